"""SecantusDB with the time-out that compose sets for MongoDB (`transactionLifetimeLimitSeconds`).

A process that dies in the middle of a transaction leaves its documents locked until the server
gives the transaction up: after 60 s by default in both. SecantusDB 0.7 has no option for it, so it
is started by this script, with the default changed.
"""

import sys

from secantus.cli import main  # type: ignore[import-untyped]
from secantus.server import SecantusDBServer  # type: ignore[import-untyped]

TRANSACTION_SECONDS = 10.0
OPTION = "transaction_lifetime_seconds"


def limit() -> None:
    """Shortens a transaction's life. Raises `RuntimeError` when SecantusDB has changed."""
    defaults = SecantusDBServer.__init__.__kwdefaults__ or {}
    if OPTION not in defaults:
        raise RuntimeError("SecantusDB keeps its transactions' lifetime elsewhere now")
    defaults[OPTION] = TRANSACTION_SECONDS


if __name__ == "__main__":
    limit()
    sys.exit(main())
