"""The audit trail: sealed once and in order, and evident to tampering (U21)."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Sequence
from contextlib import AsyncExitStack
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy.exc import ProgrammingError

from libs.ids import new_id
from tests.user_service.audit.trails import owner, record, sealed, verify, wipe
from tests.user_service.world import World
from user_service.audit import service
from user_service.audit.jobs import SealEntries

SEVERAL = 5
TAMPERINGS = {
    "an entry's details are changed": (
        "UPDATE audit_entries SET details = jsonb_set(details, '{reason}', '\"Another\"') "
        "WHERE id = $3",
        "seal 3: its entry {entry} was changed, or not written by the service",
    ),
    "an entry's actor is changed": (
        "UPDATE audit_entries SET actor_id = gen_random_uuid() WHERE id = $3",
        "seal 3: its entry {entry} was changed, or not written by the service",
    ),
    "an entry's time is changed": (
        "UPDATE audit_entries SET at = at - interval '1 microsecond' WHERE id = $3",
        "seal 3: its entry {entry} was changed, or not written by the service",
    ),
    "an entry is deleted": (
        "DELETE FROM audit_entries WHERE id = $3", "seal 3: its entry {entry} was deleted",
    ),
    "an entry and its seal are deleted": (
        "WITH gone AS (DELETE FROM audit_seals WHERE entry_id = $3) "
        "DELETE FROM audit_entries WHERE id = $3",
        "seal 3 is missing: after seal 2 comes seal 4",
    ),
    "a seal is deleted": (
        "DELETE FROM audit_seals WHERE entry_id = $3",
        "seal 3 is missing: after seal 2 comes seal 4",
    ),
    "the last seal is deleted": (
        "DELETE FROM audit_seals WHERE entry_id = $5",
        "entry {last} has no seal, and waits for none",
    ),
    "two entries change places": (
        "UPDATE audit_seals SET entry_id = CASE entry_id WHEN $3 THEN $4 ELSE $3 END "
        "WHERE entry_id IN ($3, $4)",
        "seal 3 was changed, or seals another entry",
    ),
    "two seals change places": (
        "UPDATE audit_seals SET seq = CASE seq WHEN 3 THEN 4 ELSE 3 END WHERE entry_id IN ($3, $4)",
        "seal 3 does not follow seal 2",
    ),
    "a gap is closed": (
        "WITH gone AS (DELETE FROM audit_seals WHERE seq = 3), "
        "rest AS (UPDATE audit_seals SET seq = seq + 100 WHERE seq > 3) "
        "DELETE FROM audit_entries WHERE id = $3",
        "seal 3 is missing: after seal 2 comes seal 104",
    ),
    "a seal is dated back": (
        "UPDATE audit_seals SET sealed_at = sealed_at - interval '1 day' WHERE entry_id = $3",
        "seal 3 was changed, or seals another entry",
    ),
    "an entry is slipped in": (
        "INSERT INTO audit_entries SELECT gen_random_uuid(), at, actor_id, action, subject_id, "
        "details, code FROM audit_entries WHERE id = $3",
        "has no seal, and waits for none",
    ),
    "a seal is slipped in before the first": (
        "INSERT INTO audit_seals SELECT -7, gen_random_uuid(), previous, hash, sealed_at "
        "FROM audit_seals WHERE entry_id = $3",
        "seal 1 is missing: after seal 0 comes seal -7",
    ),
}  # fmt: skip


async def seals(world: World) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in await world.rows("SELECT * FROM audit_seals ORDER BY seq")]


async def entry_ids(world: World) -> list[UUID]:
    return [row.entry_id for row in await world.rows("SELECT * FROM audit_seals ORDER BY seq")]


async def test_u21_what_was_recorded_is_sealed_in_order_and_once(world: World) -> None:
    await sealed(world, SEVERAL)
    before = await seals(world)
    assert [seal[0] for seal in before] == [1, 2, 3, 4, 5]
    for _ in range(2):
        await world.run(SealEntries())
    assert await seals(world) == before
    await record(world)
    await asyncio.gather(*(world.run(SealEntries()) for _ in range(5)))
    assert (await seals(world))[:SEVERAL] == before
    report = await verify(world)
    assert (report.sealed, report.waiting, report.broken) == (6, 0, "")


async def test_u21_more_than_a_batch_is_sealed_in_one_run(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("user_service.audit.sealing.BATCH", 4)
    await sealed(world, 9)
    assert (await verify(world)).sealed == 9


async def test_u21_an_entry_that_commits_late_is_sealed_late(world: World) -> None:
    await wipe(world)
    async with world.parts.database.transaction() as session:
        await service.record(session, "late.act", actor_id=None, subject_id=None)
        await record(world, "early.act")
        await world.run(SealEntries())
        assert (await verify(world)).sealed == 1
    report = await verify(world)
    assert (report.sealed, report.waiting, report.broken) == (1, 1, "")
    await world.run(SealEntries())
    assert (await verify(world)).sealed == 2
    actions = await world.rows(
        "SELECT action FROM audit_entries JOIN audit_seals ON entry_id = id ORDER BY seq"
    )
    assert [row.action for row in actions] == ["early.act", "late.act"]


@pytest.mark.parametrize("how", TAMPERINGS)
async def test_u21_tampering_is_found(world: World, how: str) -> None:
    statement, expected = TAMPERINGS[how]
    await sealed(world, SEVERAL)
    assert (await verify(world)).broken == ""
    ids = await entry_ids(world)
    for number, entry_id in enumerate(ids, 1):
        statement = statement.replace(f"${number}", f"'{entry_id}'::uuid")
    async with owner(world) as hand:
        await hand.execute("ALTER TABLE audit_seals DROP CONSTRAINT pk_audit_seals")
        await hand.execute("ALTER TABLE audit_seals DROP CONSTRAINT uq_audit_seals_entry_id")
        await hand.execute(statement)
    broken = (await verify(world)).broken
    assert expected.format(entry=ids[2], last=ids[-1]) in broken


async def test_u21_an_entry_that_the_service_did_not_write_is_found_even_once_sealed(
    world: World,
) -> None:
    """Who stole the service's own rights may add rows, but knows no key."""
    await sealed(world, SEVERAL)
    forged = new_id()
    await world.rows_written(
        "INSERT INTO audit_entries SELECT :id, at, actor_id, action, subject_id, details, code "
        "FROM audit_entries LIMIT 1", id=forged,
    )  # fmt: skip
    await world.rows_written("INSERT INTO audit_unsealed VALUES (:id)", id=forged)
    said = f"{forged} was changed, or not written by the service"
    assert (await verify(world)).broken == f"entry {said}"
    await world.run(SealEntries())
    assert (await verify(world)).broken == f"seal 6: its entry {said}"


async def test_u21_what_waits_for_its_seal_is_guarded_too(world: World) -> None:
    await wipe(world)
    await record(world)
    [(waiting,)] = await world.rows("SELECT entry_id FROM audit_unsealed")
    async with owner(world) as hand:
        await hand.execute("DELETE FROM audit_entries")
    assert (await verify(world)).broken == f"entry {waiting} waits for its seal, and was deleted"


async def test_u21_a_cut_off_end_shows_against_a_head_that_was_noted(world: World) -> None:
    await sealed(world, SEVERAL)
    seq, noted = (await verify(world)).head.split(":")
    anchor = (int(seq), noted)
    assert (await verify(world, anchor)).broken == ""
    async with owner(world) as hand:
        await hand.execute("DELETE FROM audit_entries WHERE id IN (SELECT entry_id FROM audit_seals"
                           " WHERE seq > 3)")  # fmt: skip
        await hand.execute("DELETE FROM audit_seals WHERE seq > 3")
    assert (await verify(world)).broken == ""
    assert (await verify(world, anchor)).broken == "seal 5, which was noted, is missing"
    await record(world)
    await record(world)
    await world.run(SealEntries())
    assert (await verify(world, anchor)).broken == "seal 5 is not the one that was noted"


async def test_u21_links_of_two_true_histories_cannot_be_spliced(world: World) -> None:
    """The service itself made every row; only the hash of what came before tells them apart."""
    await sealed(world, 4)
    async with owner(world) as hand:
        await hand.execute("CREATE TABLE old_seals AS SELECT * FROM audit_seals WHERE seq = 4")
        await hand.execute("CREATE TABLE old_entries AS SELECT * FROM audit_entries "
                           "WHERE id IN (SELECT entry_id FROM old_seals)")  # fmt: skip
        await hand.execute("DELETE FROM audit_entries WHERE id IN (SELECT id FROM old_entries)")
        await hand.execute("DELETE FROM audit_seals WHERE seq = 4")
        await record(world)
        await record(world)
        await world.run(SealEntries())
        assert (await verify(world)).broken == ""
        await hand.execute("DELETE FROM audit_entries WHERE id IN "
                           "(SELECT entry_id FROM audit_seals WHERE seq = 4)")  # fmt: skip
        await hand.execute("DELETE FROM audit_seals WHERE seq = 4")
        await hand.execute("INSERT INTO audit_entries SELECT * FROM old_entries")
        await hand.execute("INSERT INTO audit_seals SELECT * FROM old_seals")
        await hand.execute(
            "UPDATE audit_seals SET previous = (SELECT hash FROM old_seals) WHERE seq = 5"
        )
        await hand.execute("DROP TABLE old_seals, old_entries")
    assert (await verify(world)).broken == "seal 5 was changed, or seals another entry"


@pytest.mark.parametrize("table", ["audit_entries", "audit_seals"])
@pytest.mark.parametrize("statement", ["UPDATE {} SET {} = {}", "DELETE FROM {}", "TRUNCATE {}"])
async def test_u21_the_service_itself_can_only_add_and_read(
    world: World, table: str, statement: str
) -> None:
    await sealed(world, 1)
    column = {"audit_entries": "code", "audit_seals": "hash"}[table]
    with pytest.raises(ProgrammingError) as refused:
        await world.rows_written(statement.format(table, column, column))
    assert "permission denied" in str(refused.value)


Steps = Sequence[tuple[str, int]]
STEPS = st.lists(
    st.tuples(st.sampled_from(["begin", "commit", "roll back", "seal"]), st.integers(0, 3)),
    max_size=25,
)


@given(steps=STEPS, tampering=st.sampled_from(["", "change", "delete", "insert", "swap"]),
       victim=st.integers(0, 1_000))  # fmt: skip
@settings(max_examples=40)
async def test_u21_any_history_of_late_commits_is_sealed_once_and_guarded(
    world: World, steps: Steps, tampering: str, victim: int
) -> None:
    await wipe(world)
    committed = await play(world, steps)
    await world.run(SealEntries())
    ids = await entry_ids(world)
    rows = await world.rows(
        "SELECT details ->> 'mark' FROM audit_entries JOIN audit_seals ON entry_id = id"
    )
    assert sorted(mark for (mark,) in rows) == sorted(committed)
    report = await verify(world)
    assert (report.sealed, report.waiting, report.broken) == (len(committed), 0, "")
    if tampering and len(ids) > 1:
        one, other = ids[victim % len(ids)], ids[(victim + 1) % len(ids)]
        async with owner(world) as hand:
            await tamper(hand, tampering, one, other)
        assert (await verify(world)).broken


class Undone(Exception):
    """Ends a transaction without a trace."""


async def play(world: World, steps: Steps) -> list[str]:
    """Up to four transactions at a time, each with an entry; they end in any order, and the job
    runs between them. Returns the marks of what was committed.
    """
    open_ones: dict[int, tuple[AsyncExitStack, str]] = {}
    committed: list[str] = []
    for step, place in [*steps, *(("commit", place) for place in range(4))]:
        if step == "begin" and place not in open_ones:
            stack = AsyncExitStack()
            session = await stack.enter_async_context(world.parts.database.transaction())
            mark = str(new_id())
            await service.record(session, "some.act", actor_id=None, subject_id=None, mark=mark)
            open_ones[place] = (stack, mark)
        elif step == "seal":
            before = await seals(world)
            await world.run(SealEntries())
            assert (await seals(world))[: len(before)] == before
        elif place in open_ones:
            stack, mark = open_ones.pop(place)
            if step == "commit":
                await stack.aclose()
                committed.append(mark)
            else:
                await stack.__aexit__(Undone, Undone(), None)
    return committed


async def tamper(
    hand: "asyncpg.Connection[asyncpg.Record]", how: str, one: UUID, other: UUID
) -> None:
    """Does one thing to the trail that the service would not do."""
    if how == "change":
        await hand.execute("UPDATE audit_entries SET action = 'another.act' WHERE id = $1", one)
    elif how == "delete":
        await hand.execute("DELETE FROM audit_entries WHERE id = $1", one)
    elif how == "insert":
        await hand.execute(
            "INSERT INTO audit_entries (id, at, action, details, code) "
            "SELECT gen_random_uuid(), at, action, details, code FROM audit_entries WHERE id = $1",
            one,
        )
    else:
        await hand.execute(
            "WITH a AS (SELECT details, code FROM audit_entries WHERE id = $1), "
            "b AS (SELECT details, code FROM audit_entries WHERE id = $2) "
            "UPDATE audit_entries SET code = CASE id WHEN $1 THEN (SELECT code FROM b) "
            "ELSE (SELECT code FROM a) END WHERE id IN ($1, $2)",
            one, other,
        )  # fmt: skip


def command(world: World, *arguments: str) -> "subprocess.CompletedProcess[str]":
    """`make audit-verify`, over this world's database."""
    values = world.parts.settings
    given_settings = {
        f"USER_{name.upper()}": str(getattr(value, "get_secret_value", lambda v=value: v)())
        for name, value in values
        if value not in (None, "")
    }
    return subprocess.run(
        [sys.executable, "-m", "user_service.audit.verify", *arguments],
        env={**os.environ, **given_settings}, capture_output=True, text=True, timeout=60,
        check=False,
    )  # fmt: skip


async def test_u21_the_command_names_the_first_broken_link(world: World) -> None:
    await sealed(world, SEVERAL)
    whole = await asyncio.to_thread(command, world)
    assert whole.returncode == 0, whole.stderr
    head = (await verify(world)).head
    assert whole.stdout.splitlines() == [
        "The audit trail is whole: 5 sealed, 0 waiting.",
        f"Its head is {head}: note it elsewhere, for --head.",
    ]
    assert (await asyncio.to_thread(command, world, "--head", head)).returncode == 0
    assert (await asyncio.to_thread(command, world, "--head", "6:ab")).returncode == 1
    assert (await asyncio.to_thread(command, world, "--head", "6")).returncode == 2
    ids = await entry_ids(world)
    async with owner(world) as hand:
        await hand.execute("DELETE FROM audit_entries WHERE id = ANY($1)", [ids[1], ids[3]])
    broken = await asyncio.to_thread(command, world)
    assert broken.returncode == 1
    assert f"seal 2: its entry {ids[1]} was deleted." in broken.stdout
