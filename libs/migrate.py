"""Brings stores to the state that the code needs: migrations, MongoDB indexes, Kafka topics,
buckets of objects.

    python -m libs.migrate [SERVICE ...]        upgrade databases, create indexes and topics
    python -m libs.migrate --topics             topics only
    python -m libs.migrate --buckets SERVICE    the buckets of a service that keeps objects, only
    python -m libs.migrate ... --replay HOURS   besides, let the relays publish again what left in
                                                the last hours (the broker has lost its memory)
    python -m libs.migrate --check SERVICE ...  fail if the models differ from the migrations
    python -m libs.migrate --revision TEXT SERVICE ...  write a new migration from the difference

Migrations run as the database's owner (`<PREFIX>_DATABASE_OWNER_URL`), the services as the role
`app`.
"""

import argparse
import asyncio
import importlib
import importlib.util
import os
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from alembic import command, context
from alembic.config import Config
from alembic.util.exc import CommandError
from sqlalchemy import Connection, MetaData, pool
from sqlalchemy.ext.asyncio import create_async_engine

from libs import kafka
from libs.clock import SystemClock
from libs.mongo import Mongo, ensure_base_indexes
from libs.mongo_outbox import replay_events
from libs.outbox import PostgresOutbox
from libs.settings import KafkaSettings, MongoSettings, ObjectsSettings

SERVICES = (
    "user_service",
    "notification_service",
    "payment_service",
    "session_service",
    "message_service",
)
TOPICS = (*(f"{service.removesuffix('_service')}.events" for service in SERVICES), "privacy.events")


def prefix_of(service: str) -> str:
    """The prefix of a service's settings, such as `USER_`."""
    return service.removesuffix("_service").upper() + "_"


def config(service: str, url: str) -> Config:
    """Alembic's configuration for a service, without a file."""
    folder = Path(__file__).parent.parent / service / "migrations"
    made = Config(attributes={"url": url}, stdout=sys.stderr)
    made.set_main_option("script_location", str(folder))
    made.set_main_option(
        "file_template", "%%(year)d_%%(month).2d_%%(day).2d_%%(hour).2d%%(minute).2d_%%(slug)s"
    )
    made.set_main_option("timezone", "UTC")
    return made


def run_env(*metadata: MetaData) -> None:
    """What a service's `migrations/env.py` calls with the metadata of its tables."""
    engine = create_async_engine(context.config.attributes["url"], poolclass=pool.NullPool)

    def migrate(connection: Connection) -> None:
        context.configure(
            connection=connection, target_metadata=metadata, compare_server_default=True
        )
        with context.begin_transaction():
            context.run_migrations()

    async def main() -> None:
        async with engine.connect() as connection:
            await connection.run_sync(migrate)
        await engine.dispose()

    asyncio.run(main())


def has_migrations(service: str) -> bool:
    """Whether a service keeps PostgreSQL."""
    return importlib.util.find_spec(f"{service}.migrations") is not None


def owner_url(service: str) -> str:
    """The URL of the owner's role. Exits with a sentence when it is not set."""
    prefix = prefix_of(service)
    url = os.environ.get(f"{prefix}DATABASE_OWNER_URL") or os.environ.get(f"{prefix}DATABASE_URL")
    if not url:
        sys.exit(f"cannot migrate {service}: set {prefix}DATABASE_OWNER_URL")
    return url


async def ensure_indexes(service: str) -> None:
    """Creates the indexes of a MongoDB service."""
    prefix = prefix_of(service)
    mongo = Mongo(MongoSettings(_env_prefix=prefix), SystemClock())
    try:
        await ensure_base_indexes(mongo)
        await importlib.import_module(f"{service}.indexes").ensure(mongo)
    finally:
        await mongo.close()


async def ensure_all_topics() -> None:
    """Creates all topics, by the first service's Kafka settings that are set."""
    for service in SERVICES:
        if f"{prefix_of(service)}KAFKA_BOOTSTRAP" in os.environ:
            settings: Any = KafkaSettings(_env_prefix=prefix_of(service))
            await kafka.ensure_topics(settings, TOPICS)
            return
    sys.exit("cannot create topics: set USER_KAFKA_BOOTSTRAP or another service's")


async def ensure_buckets(service: str) -> None:
    """Makes the buckets of a service that keeps objects."""
    from libs.objects import Objects  # noqa: PLC0415  (only such services' images have the signer)

    settings: Any = ObjectsSettings(_env_prefix=prefix_of(service))
    objects = Objects(settings, SystemClock())
    try:
        await objects.ensure_buckets()
    finally:
        await objects.close()


async def replay(service: str, hours: int) -> None:
    """Marks the events of the last hours as unsent, in a service's own store."""
    if has_migrations(service):
        box = PostgresOutbox(owner_url(service))
        await box.open(lambda: None)
        try:
            await box.replay(hours)
        finally:
            await box.close()
        return
    settings: Any = MongoSettings(_env_prefix=prefix_of(service))
    mongo = Mongo(settings, SystemClock())
    try:
        await replay_events(mongo, hours)
    finally:
        await mongo.close()


def upgrade(services: Sequence[str]) -> None:
    """Upgrades every given service's store."""
    for service in services:
        if has_migrations(service):
            command.upgrade(config(service, owner_url(service)), "head")
        else:
            asyncio.run(ensure_indexes(service))
        print(f"{service}: up to date", flush=True)  # noqa: T201


def check(services: Sequence[str]) -> None:
    """Upgrades databases and compares them with the models. Raises `CommandError`."""
    for service in filter(has_migrations, services):
        command.upgrade(config(service, owner_url(service)), "head")
        command.check(config(service, owner_url(service)))


def write(services: Sequence[str], message: str) -> None:
    """Writes migrations from what the models have and the database has not."""
    for service in services:
        stamp = datetime.now(UTC).strftime("%Y%m%d%H%M")
        made = config(service, owner_url(service))
        command.upgrade(made, "head")
        command.revision(made, message, autogenerate=True, rev_id=stamp)


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(
        prog="python -m libs.migrate", description="Brings stores up to date."
    )
    parser.add_argument(
        "services", nargs="*", choices=[*SERVICES, []], help="all when none is named"
    )
    parser.add_argument("--topics", action="store_true", help="create topics only")
    parser.add_argument("--buckets", action="store_true", help="make buckets only")
    parser.add_argument("--replay", metavar="HOURS", type=int, default=0, help="publish again")
    parser.add_argument("--check", action="store_true", help="fail if models and migrations differ")
    parser.add_argument("--revision", metavar="MESSAGE", help="write a new migration")
    arguments = parser.parse_args()
    services = arguments.services or SERVICES
    try:
        if arguments.topics:
            asyncio.run(ensure_all_topics())
        elif arguments.buckets:
            for service in services:
                asyncio.run(ensure_buckets(service))
        elif arguments.check:
            check(services)
        elif arguments.revision:
            write(services, arguments.revision)
        else:
            upgrade(services)
            asyncio.run(ensure_all_topics())
        for service in services if arguments.replay else ():
            asyncio.run(replay(service, arguments.replay))
    except CommandError as error:
        sys.exit(f"migrations: {error}")


if __name__ == "__main__":
    main()
