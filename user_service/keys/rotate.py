"""Lets the next signing key take over at once, as after 30 days; audited as `keys.rotated`.

    python -m user_service.keys.rotate           no request fails, here or in other services
    python -m user_service.keys.rotate --now     also when the next key was published just now; then
                                                 services may refuse good tokens for up to a minute

The key before stays published until its last token has ended. Ends with 1 if it did nothing.
"""

import argparse
import asyncio
import sys

from libs.clock import Clock, SystemClock
from libs.errors import AppError
from libs.postgres import Database
from libs.settings import load
from user_service.audit import chain
from user_service.keys import service
from user_service.settings import Settings


async def run(settings: Settings, clock: Clock, *, hurried: bool) -> str:
    """Rotates; the id of the key that signs from now on. Raises `KeyTooYoung` or `Unavailable`."""
    secret = settings.key_secret.get_secret_value()
    database = Database(settings, clock, name="user_keys", info=chain.info(settings))
    try:
        async with database.transaction() as session:
            return (await service.rotate(session, secret, clock.now(), hurried=hurried)).kid
    finally:
        await database.close()


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(
        prog="python -m user_service.keys.rotate", description="Rotates the signing key."
    )
    parser.add_argument("--now", action="store_true", help="even if the next key is too young")
    arguments = parser.parse_args()
    try:
        kid = asyncio.run(run(load(Settings), SystemClock(), hurried=arguments.now))
    except AppError as error:
        sys.exit(f"not rotated: {error.detail}")
    print(f"The key {kid} signs from now on; the next one is published.")  # noqa: T201


if __name__ == "__main__":
    main()
