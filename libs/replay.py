"""Lists dead letters and sends them again.

    python -m libs.replay                  list them: dead events of all consumers, dead jobs
    python -m libs.replay --show ID        all that is known of one, its body included
    python -m libs.replay --id ID ...      send these again, with their old ids and keys
    python -m libs.replay --topic NAME     those of a topic, or of a type of job
    python -m libs.replay --all            all of them

It reads the settings of every service that the environment names: `<PREFIX>KAFKA_BOOTSTRAP`,
`<PREFIX>DATABASE_URL`, `<PREFIX>MONGO_URL`. An event goes to the consumer that has failed; a job
gets all its tries anew. A body may hold what is personal: only `--show` prints it.
"""

import argparse
import asyncio
import os
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, Protocol

from aiokafka.errors import KafkaError
from asyncpg import PostgresError
from pymongo.errors import PyMongoError

from libs.clock import SystemClock
from libs.dead_letters import DeadDocuments, DeadEvents, DeadLetter, DeadRows
from libs.migrate import SERVICES, prefix_of
from libs.mongo import Mongo
from libs.settings import KafkaSettings, MongoSettings

COLUMNS = ("id", "owner", "address", "type", "key", "reason", "time")
FAILURES = (KafkaError, PostgresError, PyMongoError, OSError, TimeoutError)


class Source(Protocol):
    """Where dead letters lie."""

    async def find(self) -> list[DeadLetter]: ...
    async def send_again(self, letters: Sequence[DeadLetter]) -> list[DeadLetter]: ...


@asynccontextmanager
async def sources(environment: Mapping[str, str]) -> AsyncIterator[list[Source]]:
    """The broker, and the outbox of every service that is set."""
    made: list[Source] = []
    open_stores: list[Mongo] = []
    for service in SERVICES:
        prefix = prefix_of(service)
        if url := environment.get(f"{prefix}DATABASE_URL"):
            made.append(DeadRows(service, url))
        elif f"{prefix}MONGO_URL" in environment:
            settings: Any = MongoSettings(_env_prefix=prefix)
            open_stores.append(Mongo(settings, SystemClock()))
            made.append(DeadDocuments(service, open_stores[-1]))
    for service in SERVICES:
        if f"{prefix_of(service)}KAFKA_BOOTSTRAP" in environment:
            broker: Any = KafkaSettings(_env_prefix=prefix_of(service))
            made.append(DeadEvents(broker))
            break
    try:
        yield made
    finally:
        for mongo in open_stores:
            await mongo.close()


def table(letters: Sequence[DeadLetter]) -> str:
    """A line for each; of the reason only the failure's name, since its text may be personal."""
    rows = [COLUMNS] + [
        (
            letter.id,
            letter.owner,
            letter.address,
            letter.type,
            letter.key,
            letter.reason.partition(":")[0],
            f"{letter.at:%Y-%m-%dT%H:%M:%SZ}",
        )
        for letter in letters
    ]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join("  ".join(map(str.ljust, row, widths)).rstrip() for row in rows)


def details(letter: DeadLetter) -> str:
    """All of one, a line for each part."""
    parts = {name: getattr(letter, name) for name in letter.__slots__}
    return "\n".join(f"{name}: {value}" for name, value in parts.items())


def is_wanted(letter: DeadLetter, arguments: argparse.Namespace) -> bool:
    """Whether the command line speaks of this one."""
    names = {letter.id, letter.place}
    return (
        bool(arguments.all)
        or bool(names & {*arguments.id, arguments.show})
        or letter.address == arguments.topic
    )


async def run(arguments: argparse.Namespace) -> int:
    """Does what the command line asks for; returns the exit status."""
    async with sources(os.environ) as all_sources:
        if not all_sources:
            sys.exit("no service is set: USER_KAFKA_BOOTSTRAP, USER_DATABASE_URL or another's")
        found = [(source, await source.find()) for source in all_sources]
        letters = [letter for _, each in found for letter in each]
        chosen = [letter for letter in letters if is_wanted(letter, arguments)]
        if arguments.show and chosen:
            say("\n\n".join(map(details, chosen)))
        elif arguments.show or ((arguments.id or arguments.topic) and not chosen):
            say("No dead letter is of that name.")
            return 1
        elif not (arguments.all or chosen):
            say(table(letters) if letters else "There are no dead letters.")
        else:
            return await send(found, chosen)
    return 0


async def send(
    found: Sequence[tuple[Source, list[DeadLetter]]], chosen: Sequence[DeadLetter]
) -> int:
    """Sends the chosen ones again, each from where it lies; returns the exit status."""
    sent = 0
    for source, letters in found:
        picked = [letter for letter in letters if letter in chosen]
        sent += len(await source.send_again(picked)) if picked else 0
    say(f"Sent again: {sent} of {len(chosen)}.")
    return int(sent < len(chosen))


def say(line: str) -> None:
    """Prints."""
    print(line, flush=True)  # noqa: T201


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(
        prog="python -m libs.replay", description="Lists dead letters and sends them again."
    )
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--show", metavar="ID", help="print one with its body")
    which.add_argument("--id", nargs="+", default=[], metavar="ID", help="send these again")
    which.add_argument("--topic", metavar="NAME", help="send those of a topic or type of job again")
    which.add_argument("--all", action="store_true", help="send all of them again")
    try:
        sys.exit(asyncio.run(run(parser.parse_args())))
    except FAILURES as error:
        sys.exit(f"cannot look at the dead letters: {type(error).__name__}")


if __name__ == "__main__":
    main()
