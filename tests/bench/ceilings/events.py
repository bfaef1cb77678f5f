"""A bare relay and a bare consumer: one batch, one send, one mark; one transaction per chunk with
one SQLAlchemy statement per event. No shards, no retries, no dead letters, no metrics.

    python -m tests.bench.ceilings.events relay|consumer|mongo

`BENCH_DSN`, `BENCH_URL`, `BENCH_KAFKA`, `BENCH_TOPIC` and `BENCH_PROBE_PORT` come from the
environment; `/readyz` answers when the process is at work.
"""

import asyncio
import json
import os
import sys
from datetime import UTC
from typing import Any
from uuid import UUID

import asyncpg
import uvicorn
import uvloop
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from motor.motor_asyncio import AsyncIOMotorClient
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from libs.clock import SystemClock
from libs.inbox import INBOX
from libs.process import settle
from session_service.people.models import Person

WAITING = "SELECT id, key, body FROM outbox WHERE sent_at IS NULL ORDER BY seq LIMIT 1000"
SENT = "UPDATE outbox SET sent_at = clock_timestamp() WHERE id = ANY($1::uuid[])"
CHUNK = 200

ready = asyncio.Event()


async def relay() -> None:
    """Moves rows of the outbox to the topic."""
    connection = await asyncpg.connect(os.environ["BENCH_DSN"])
    woken = asyncio.Event()
    await connection.add_listener("outbox", lambda *_: woken.set())
    producer = AIOKafkaProducer(
        bootstrap_servers=os.environ["BENCH_KAFKA"], acks="all", max_batch_size=1_000_000
    )
    await producer.start()
    ready.set()
    while True:
        woken.clear()
        rows = await connection.fetch(WAITING)
        if not rows:
            await woken.wait()
            continue
        sent = [
            await producer.send(
                os.environ["BENCH_TOPIC"], row["body"].encode(), key=row["key"].encode()
            )
            for row in rows
        ]
        await asyncio.gather(*sent)
        await connection.execute(SENT, [row["id"] for row in rows])


async def _records() -> Any:
    consumer = AIOKafkaConsumer(
        os.environ["BENCH_TOPIC"],
        bootstrap_servers=os.environ["BENCH_KAFKA"],
        group_id=f"bare-{os.environ['BENCH_TOPIC']}",
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        session_timeout_ms=2_000,
        heartbeat_interval_ms=500,
        fetch_max_wait_ms=20,
    )
    await consumer.start()
    while True:
        batches = await consumer.getmany(timeout_ms=200, max_records=CHUNK)
        if consumer.assignment():
            ready.set()
        for partition, records in batches.items():
            yield [json.loads(record.value) for record in records]
            await consumer.commit({partition: records[-1].offset + 1})


async def consumer() -> None:
    """Keeps people in PostgreSQL."""
    engine = create_async_engine(os.environ["BENCH_URL"])
    sessions = async_sessionmaker(engine, expire_on_commit=False)
    async for events in _records():
        now = SystemClock().now()
        async with sessions.begin() as session:
            rows = [
                {"consumer": "bare", "event_id": UUID(event["id"]), "received_at": now}
                for event in events
            ]
            known = insert(INBOX).on_conflict_do_nothing().returning(INBOX.c.event_id)
            new = set(await session.scalars(known.values(rows)))
            for event in events:
                if UUID(event["id"]) in new:
                    await session.execute(_person(event["data"]))


def _person(data: dict[str, Any]) -> Any:
    values = {
        "account_id": UUID(data["account_id"]),
        "user_code": data["user_code"],
        "name": data["name"],
        "revision": data["revision"],
    }
    statement = insert(Person).values(values)
    return statement.on_conflict_do_update(
        index_elements=[Person.account_id],
        set_=values,
        where=Person.revision < statement.excluded.revision,
    )


async def mongo() -> None:
    """Keeps people in MongoDB: inbox and people by one `insert_many` each, in one transaction."""
    client: AsyncIOMotorClient[dict[str, Any]] = AsyncIOMotorClient(
        os.environ["BENCH_MONGO_URL"], uuidRepresentation="standard"
    )
    database = client[os.environ["BENCH_MONGO_DATABASE"]]
    async for events in _records():
        now = SystemClock().now().astimezone(UTC)
        received = [
            {"consumer": "bare", "event_id": UUID(event["id"]), "received_at": now}
            for event in events
        ]
        people = [
            {
                "_id": UUID(event["data"]["account_id"]),
                "user_code": event["data"]["user_code"],
                "revision": event["data"]["revision"],
            }
            for event in events
        ]
        async with await client.start_session() as session, session.start_transaction():
            await database["inbox"].insert_many(received, session=session)
            await database["people"].insert_many(people, session=session)


async def main(work: str) -> None:
    """Runs one of the programs with its probe until killed."""

    async def readyz(_: Request) -> Response:
        return Response(status_code=200 if ready.is_set() else 503)

    app = Starlette(routes=[Route("/readyz", readyz)])
    port = int(os.environ["BENCH_PROBE_PORT"])
    server = uvicorn.Server(uvicorn.Config(app, port=port, log_config=None, lifespan="off"))
    programs = {"relay": relay, "consumer": consumer, "mongo": mongo}
    working = asyncio.create_task(programs[work]())
    settle()
    serving = asyncio.create_task(server.serve())
    await asyncio.wait([working, serving], return_when=asyncio.FIRST_COMPLETED)
    if working.done():
        working.result()


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main(sys.argv[1]))
