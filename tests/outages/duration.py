"""How long a server is away: seconds in `make test`, minutes in `make faults`."""

import os

OUTAGE_SECONDS = float(os.environ.get("OUTAGE_SECONDS", "5"))
PAUSE = 0.03 if OUTAGE_SECONDS < 60 else 0.5
"""Between two requests of a person: what ten minutes hold is to be looked through in seconds."""
DRAIN_SECONDS = 90 + OUTAGE_SECONDS
TIMEOUT = OUTAGE_SECONDS + DRAIN_SECONDS + 180
