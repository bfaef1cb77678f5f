"""The driver of events: commits accounts with their event, at a pace or all at once.

    python -m tests.bench.events < plan

Reads {"dsn", "label", "count", "rate"}; without `rate` all rows are one commit. Writes {"began"}:
when the first commit was done, in Unix seconds.
"""

import asyncio
import json
import sys
import time
from typing import Any
from uuid import UUID

import asyncpg

from libs.clock import SystemClock
from libs.events.user import AccountRegistered
from libs.ids import new_id
from libs.outbox import shard_of

ACCOUNT = """
INSERT INTO accounts (id, user_code, username, username_key, email, email_key, first_name,
 last_name, role, locale, zone, created_at, revision)
VALUES ($1, $2, $2, $2, $2, $2, 'A', 'B', 'student', 'en', 'UTC', now(), 1)
"""
COLUMNS = (
    "id", "destination", "address", "key", "shard", "body", "traceparent", "created_at", "due_at",
)  # fmt: skip
LETTER = """
INSERT INTO outbox (id, destination, address, key, shard, body, traceparent, created_at, due_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
"""


def letter(account_id: UUID, label: str, number: int) -> tuple[Any, ...]:
    """A row of the outbox; the label is in the name, by which the effects are found."""
    event = AccountRegistered(
        account_id=account_id,
        user_code=f"BENCH-{number:07d}",
        role="student",
        name=label,
        email=f"{number}@bench.example",
        locale="en",
        zone="UTC",
        revision=1,
    )
    now = SystemClock().now()
    key = str(account_id)
    body = event.to_wire(now)
    return (event.event_id, "kafka", event.topic, key, shard_of(key), body, "", now, now)


async def at_once(plan: dict[str, Any]) -> float:
    """One commit with all rows; returns its time."""
    rows = [letter(new_id(), plan["label"], n) for n in range(plan["count"])]
    connection = await asyncpg.connect(plan["dsn"])
    await connection.copy_records_to_table("outbox", columns=COLUMNS, records=rows)
    began = time.time()
    await connection.close()
    return began


async def paced(plan: dict[str, Any]) -> float:
    """A commit per event, at fixed times."""
    pool = await asyncpg.create_pool(plan["dsn"], min_size=8, max_size=8)
    loop = asyncio.get_running_loop()

    async def one(number: int) -> None:
        account_id = new_id()
        row = letter(account_id, plan["label"], number)
        async with pool.acquire() as connection, connection.transaction():
            await connection.execute(ACCOUNT, account_id, f"{plan['label']}-{number}")
            await connection.execute(LETTER, *row)

    began, due = time.time(), loop.time()
    tasks = []
    for number in range(plan["count"]):
        due += 1 / plan["rate"]
        await asyncio.sleep(max(0.0, due - loop.time()))
        tasks.append(asyncio.create_task(one(number)))
    await asyncio.gather(*tasks)
    await pool.close()
    return began


if __name__ == "__main__":
    wanted = json.load(sys.stdin)
    work = paced if wanted.get("rate") else at_once
    print(json.dumps({"began": asyncio.run(work(wanted))}))  # noqa: T201
