"""Checks that nobody has tampered with the audit trail.

    python -m user_service.audit.verify                     walks the chain and looks beside it
    python -m user_service.audit.verify --head SEQ:HASH     besides, that a seal which was noted
                                                            earlier, elsewhere, is still there

Ends with 0 if all is well, with 1 after naming the first broken link, with 2 if it cannot look.
"""

import argparse
import asyncio
import sys

from libs.clock import SystemClock
from libs.errors import Unavailable
from libs.postgres import Database
from libs.settings import load
from user_service.audit import chain, sealing
from user_service.settings import Settings


def anchor(text: str) -> tuple[int, str]:
    """The number and hash of a seal, from `SEQ:HASH`. Raises `ValueError`."""
    seq, _, found = text.partition(":")
    if not found:
        raise ValueError("not SEQ:HASH")
    return int(seq), found


async def run(settings: Settings, noted: tuple[int, str] | None = None) -> sealing.Report:
    """What verification finds in the database of these settings. Raises `Unavailable`."""
    database = Database(settings, SystemClock(), name="user_audit", info=chain.info(settings))
    try:
        async with database.transaction() as session:
            return await sealing.verify(session, noted)
    finally:
        await database.close()


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(
        prog="python -m user_service.audit.verify", description="Checks the audit trail."
    )
    parser.add_argument("--head", metavar="SEQ:HASH", type=anchor, help="a seal noted earlier")
    arguments = parser.parse_args()
    try:
        report = asyncio.run(run(load(Settings), arguments.head))
    except Unavailable:
        print("cannot look at the audit trail: the database is away", file=sys.stderr)  # noqa: T201
        sys.exit(2)
    if report.broken:
        print(f"The audit trail is broken. {report.broken}.")  # noqa: T201
        print(f"Good up to {report.head}.")  # noqa: T201
        sys.exit(1)
    if report.bare:
        print(f"The oldest {report.bare} are older than codes: only their order is sealed.")  # noqa: T201
    print(f"The audit trail is whole: {report.sealed} sealed, {report.waiting} waiting.")  # noqa: T201
    print(f"Its head is {report.head}: note it elsewhere, for --head.")  # noqa: T201


if __name__ == "__main__":
    main()
