"""How long a server is away: the broker 20 seconds in `make test`, ten minutes in `make faults`."""

import os

OUTAGE_SECONDS = float(os.environ.get("OUTAGE_SECONDS", "20"))
STORE_SECONDS = 2.5
"""Twice in a test."""
PAUSE = 0.03 if OUTAGE_SECONDS < 60 else 0.5
"""Between two requests of a person: what ten minutes hold is to be looked through in seconds."""
DRAIN_SECONDS = 90 + OUTAGE_SECONDS
TIMEOUT = OUTAGE_SECONDS + DRAIN_SECONDS + 180
