"""Handlers of many events at once: one call for what comes in a row, once-only effect all the
same, and event by event when one of them cannot be handled.
"""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from libs import effects, tracing
from libs.consumer import Consumer
from libs.effects import Together, handle_all
from libs.inbox import PostgresStore
from tests.libs.parts import TOPIC, Changed, Parts, Unwanted, at_work
from tests.libs.test_consumer import by_key, committed
from tests.stack import eventually

KEEP = text("INSERT INTO effects (key, revision, trace) VALUES (:key, :revision, :trace)")


async def keep_all(session: AsyncSession, events: Sequence[Changed]) -> None:
    """The effect: a row for each event, all by one call."""
    rows = [
        {"key": event.name, "revision": event.revision, "trace": event.traceparent[3:35]}
        for event in events
    ]
    await session.execute(KEEP, rows)


def consumer(parts: Parts, handle: Callable[[Any, Sequence[Changed]], Awaitable[None]]) -> Consumer:
    """A consumer with a handler of many events."""
    store = PostgresStore(parts.database)
    return Consumer("tests", parts.settings, store, {Changed: Together(handle)}, parts.producer)


async def test_a_chunk_is_one_call_and_repeats_have_no_effect(parts: Parts) -> None:
    calls: list[list[int]] = []

    async def handle(session: AsyncSession, events: Sequence[Changed]) -> None:
        calls.append([event.revision for event in events])
        await keep_all(session, events)

    sent = [Changed(name="a", revision=number) for number in range(1, 41)]
    await parts.send(*sent, *sent[:10])  # the last ten in the same chunk again
    made = consumer(parts, handle)
    async with at_work(made):
        await eventually(lambda: committed(made, 50), seconds=30)
        await parts.send(*sent)
        await eventually(lambda: committed(made, 90), seconds=30)
    assert await parts.effects() == [("a", number) for number in range(1, 41)]
    assert [number for call in calls for number in call] == list(range(1, 41))
    assert len(calls) <= 3


async def test_a_poisoned_event_is_buried_and_the_others_are_applied_once_in_order(
    parts: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(effects, "RETRY_SECONDS", (0.05, 0.05, 0.05, 0.05))

    async def handle(session: AsyncSession, events: Sequence[Changed]) -> None:
        await keep_all(session, events)  # must be rolled back with the failure
        if any((event.name, event.revision) == ("b", 3) for event in events):
            raise RuntimeError("no")

    names = "abc"
    await parts.send(*(Changed(name=n, revision=number) for number in range(1, 8) for n in names))
    made = consumer(parts, handle)
    async with at_work(made):
        await eventually(lambda: committed(made, 21), seconds=60)
    whole = list(range(1, 8))
    assert by_key(await parts.effects()) == {"a": whole, "b": [1, 2, 4, 5, 6, 7], "c": whole}
    [dead] = await parts.topic(f"{TOPIC}.dead")
    found = Changed.from_wire(dead.value or b"")
    assert found is not None
    assert (found.name, found.revision) == ("b", 3)


async def test_only_what_comes_in_a_row_is_handled_together() -> None:
    seen: list[tuple[str, list[int]]] = []

    async def together(_: Any, events: Sequence[Changed]) -> None:
        seen.append(("together", [event.revision for event in events]))

    async def each(_: Any, event: Changed) -> None:
        seen.append((tracing.current_trace_id(), [event.revision]))

    trace = f"00-{'a' * 32}-{'b' * 16}-01"
    kinds = (Changed, Changed, Unwanted, Unwanted, Changed)
    events = [
        kind(name="a", revision=number, traceparent=trace) for number, kind in enumerate(kinds, 1)
    ]
    await handle_all(None, events, {Changed: Together(together), Unwanted: each})
    own = "a" * 32
    assert seen == [("together", [1, 2]), (own, [3]), (own, [4]), ("together", [5])]
