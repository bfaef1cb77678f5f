"""Entries that are older than codes: an upgrade leaves a trail that verifies (U21)."""

import pytest

from libs.ids import new_id
from tests.user_service.audit.trails import owner, record, verify, wipe
from tests.user_service.world import World
from user_service.audit.jobs import SealEntries

OLD = 3


async def add_old(world: World) -> str:
    """An entry as it stands after migration 202611251540; its id."""
    entry_id = new_id()
    async with owner(world) as hand:
        await hand.execute(
            "INSERT INTO audit_entries (id, at, actor_id, action, subject_id, details) "
            "VALUES ($1, now(), gen_random_uuid(), 'account.blocked', NULL, '{\"reason\": \"R\"}')",
            entry_id,
        )
        await hand.execute("INSERT INTO audit_unsealed VALUES ($1)", entry_id)
    return str(entry_id)


async def upgraded(world: World) -> list[str]:
    """A trail with old entries that wait for their seals; their ids."""
    await wipe(world)
    return [await add_old(world) for _ in range(OLD)]


async def test_u21_a_trail_from_before_codes_verifies_and_goes_on(world: World) -> None:
    await upgraded(world)
    report = await verify(world)
    assert (report.sealed, report.waiting, report.broken) == (0, OLD, "")
    await record(world)
    report = await verify(world)
    assert (report.sealed, report.waiting, report.broken) == (0, OLD + 1, "")
    await world.run(SealEntries())
    await record(world)
    await world.run(SealEntries())
    report = await verify(world)
    assert (report.sealed, report.waiting, report.broken, report.bare) == (OLD + 2, 0, "", 0)


@pytest.mark.parametrize("change", ["details = '{}'", "actor_id = NULL", "at = now()"])
async def test_u21_an_old_entry_is_as_safe_as_others_once_it_is_sealed(
    world: World, change: str
) -> None:
    _, second, _ = await upgraded(world)
    await world.run(SealEntries())
    assert (await verify(world)).broken == ""
    async with owner(world) as hand:
        await hand.execute(f"UPDATE audit_entries SET {change} WHERE id = $1", second)  # noqa: S608
    report = await verify(world)
    assert (report.sealed, report.broken) == (1, "seal 2 was changed, or seals another entry")


@pytest.mark.parametrize("sealed", [False, True])
async def test_u21_nothing_without_a_code_is_slipped_in_later(world: World, sealed: bool) -> None:
    await upgraded(world)
    await record(world)
    await world.run(SealEntries())
    entry_id = await add_old(world)
    if sealed:
        await world.run(SealEntries())
    told = f"entry {entry_id} was changed, or not written by the service"
    report = await verify(world)
    assert report.broken == (f"seal {OLD + 2}: its {told}" if sealed else told)


async def test_u21_a_code_is_not_taken_away(world: World) -> None:
    """To make an entry look old."""
    await wipe(world)
    for _ in range(OLD):
        await record(world)
    await world.run(SealEntries())
    async with owner(world) as hand:
        await hand.execute(
            "UPDATE audit_entries SET code = '', actor_id = NULL "
            "WHERE id = (SELECT entry_id FROM audit_seals WHERE seq = 1)"
        )
    assert (await verify(world)).broken == "seal 1 was changed, or seals another entry"
