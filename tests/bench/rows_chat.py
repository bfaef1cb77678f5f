"""Chat: round trips, saturation, fan-out and idle sockets, against bare socket programs."""

from collections.abc import Awaitable, Callable
from dataclasses import asdict
from typing import Any
from uuid import UUID

from motor.motor_asyncio import AsyncIOMotorClient

from libs.clock import SystemClock
from libs.ids import new_id
from message_service.contacts.repository import pair
from tests.bench.chatter import Heard, Plan
from tests.bench.place import Place
from tests.bench.processes import Failed, Target, drive, variables
from tests.bench.results import Result, at_least, at_most, middle
from tests.stack import User

CLIENTS = 200
IDLE = 2_000
SENDERS = 16
PACE = 0.5
"""Messages a second of each client: with 200 clients a tenth of what a process can do."""

Clients = list[tuple[str, str]]


async def _open(place: Place) -> tuple[Target, str]:
    """message_service without limits, and its database."""
    settings = await place.message_settings()
    target = await place.processes.serve(
        "message_service", "tests.bench.targets:chat", variables(settings)
    )
    return target, settings.mongo_database


async def _conversations(place: Place, database: str, people: list[tuple[User, User]]) -> list[str]:
    """Conversations of pairs who share a class; returns their ids."""
    client: AsyncIOMotorClient[dict[str, Any]] = AsyncIOMotorClient(
        place.servers.mongo_url, uuidRepresentation="standard"
    )
    ids: list[UUID] = [new_id() for _ in people]
    await client[database]["entitlements"].insert_many(
        [{"_id": new_id(), "pair": pair(a.id, b.id), "revision": 1} for a, b in people]
    )
    await client[database]["conversations"].insert_many(
        [
            {
                "_id": one, "member_ids": [a.id, b.id], "seq": 0, "touched": one,
                "created_at": SystemClock().now(), "pair": pair(a.id, b.id),
            }
            for one, (a, b) in zip(ids, people, strict=True)
        ]
    )  # fmt: skip
    client.close()
    return [str(one) for one in ids]


async def _chat(plan: Plan) -> Heard:
    heard = Heard(**await drive("tests.bench.chatter", asdict(plan)))
    if heard.lost:
        raise Failed(f"{plan.work}: {heard.lost} messages were lost")
    return heard


async def _alternate(
    place: Place, ours: Target, bare: Target, clients: Clients, **how: Any
) -> tuple[list[Heard], list[Heard]]:
    heard: dict[int, list[Heard]] = {ours.pid: [], bare.pid: []}
    for number in range(place.rounds):
        for target in (ours, bare) if number % 2 == 0 else (bare, ours):
            plan = Plan(target.port, clients=clients, pids=[target.pid], **how)
            heard[target.pid].append(await _chat(plan))
    return heard[ours.pid], heard[bare.pid]


async def chat(place: Place) -> list[Result]:
    """200 clients in 100 conversations: at a pace, and as fast as they can."""
    target, database = await _open(place)
    bare = await place.bare(
        "sockets:chat",
        {"BENCH_MONGO_URL": place.servers.mongo_url, "BENCH_MONGO_DATABASE": database},
    )
    people = [(place.stack.as_user(), place.stack.as_user("tutor")) for _ in range(CLIENTS // 2)]
    ids = await _conversations(place, database, people)
    clients = [(user.token, of) for of, both in zip(ids, people, strict=True) for user in both]
    how = {"work": "paced", "seconds": max(2.0, place.seconds), "rate": PACE}
    mine, theirs = await _alternate(place, target, bare, clients, **how)
    full, full_bare = await _alternate(
        place, target, bare, clients, work="saturated", seconds=place.seconds
    )
    place.processes.stop(target)
    tails = [f"{middle([h.p99 for h in side]):.1f}" for side in (mine, theirs)]
    costs = [f"{middle([h.cpu_ms for h in side]):.2f}" for side in (full, full_bare)]
    beside = f"p99 {' against '.join(tails)} ms"
    cpu = f"CPU {' against '.join(costs)} ms per message"
    return [
        Result(
            "chat", f"chat round trip p50, 200 clients, {CLIENTS * PACE:.0f} messages/s", "ms",
            [h.p50 for h in mine], [h.p50 for h in theirs], at_most(1.3), beside,
        ),
        Result(
            "chat", "chat, 200 clients saturated in 100 conversations", "messages per s",
            [h.per_second for h in full], [h.per_second for h in full_bare], at_least(0.8), cpu,
        ),
    ]  # fmt: skip


async def fanout(place: Place) -> list[Result]:
    """Two people with 200 sockets, `SENDERS` of which send; the bare room stores nothing.

    A socket's frames are handled one after the other, so one sender alone would wait for commits.
    """
    target, database = await _open(place)
    bare = await place.bare("sockets:room", {"BENCH_REDIS_URL": place.servers.redis_url})
    tutor, student = place.stack.as_user("tutor"), place.stack.as_user()
    [of] = await _conversations(place, database, [(tutor, student)])
    clients = [(tutor.token, of)] * SENDERS + [(student.token, of)] * (CLIENTS - SENDERS)
    mine, theirs = await _alternate(
        place, target, bare, clients, work="fanout", seconds=place.seconds, senders=SENDERS
    )
    place.processes.stop(target)
    waits = [f"{middle([h.p50 for h in side]):.1f}" for side in (mine, theirs)]
    costs = [f"{middle([h.cpu_ms for h in side]):.4f}" for side in (mine, theirs)]
    beside = f"p50 {' against '.join(waits)} ms; CPU {' against '.join(costs)} ms per delivery"
    work = f"chat fan-out 1 to {CLIENTS}, {SENDERS} messages under way"
    return [
        Result(
            "fanout", work, "deliveries per s",
            [h.per_second for h in mine], [h.per_second for h in theirs], at_least(0.85), beside,
        )
    ]  # fmt: skip


async def idle(place: Place) -> list[Result]:
    """Memory of a socket that says nothing, each of another person."""
    found = []
    for _ in range(2):
        target, _ = await _open(place)
        clients = [(place.stack.as_user().token, "") for _ in range(IDLE)]
        plan = Plan(target.port, "idle", clients, 1.0, pids=[target.pid])
        found.append((await _chat(plan)).kilobytes)
        place.processes.stop(target)
    work = f"idle socket: resident memory of each of {IDLE:,}"
    return [Result("idle", work, "KB", found, (), at_most(40, times_bare=False))]


ROWS: dict[str, Callable[[Place], Awaitable[list[Result]]]] = {
    "chat": chat,
    "fanout": fanout,
    "idle": idle,
}
