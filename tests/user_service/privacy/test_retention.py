"""X18: what the data map promises to forget is forgotten, to the instant."""

from datetime import timedelta

import pytest

from tests.user_service.world import World
from user_service.privacy.schemas import ForgetOld

DAY, BIT = timedelta(days=1), timedelta(microseconds=1)


async def forget(world: World, after: timedelta) -> None:
    world.clock.move(after)
    await world.run(ForgetOld())


@pytest.mark.parametrize(("table", "lives"), [("mailed_codes", DAY), ("grants", DAY)])
async def test_x18_codes_and_grants_live_a_day(world: World, table: str, lives: timedelta) -> None:
    await world.grant_for("a@example.org")
    column = {"mailed_codes": "created_at", "grants": "expires_at"}[table]
    [(since,)] = await world.rows(f"SELECT {column} FROM {table}")  # noqa: S608
    await forget(world, since - world.clock.now() + lives)
    assert await world.count(table) == 1
    await forget(world, BIT)
    assert await world.count(table) == 0


async def test_x18_logins_stay_thirty_days_after_their_end(world: World) -> None:
    person = await world.sign_up()
    ended = await world.sign_in("asha_rao", "a long pass phrase")
    await world.client.delete("/v1/logins/current", headers=ended.headers)
    ids = "SELECT id FROM logins WHERE account_id = :id ORDER BY created_at, id"
    assert len(await world.rows(ids, id=person.id)) == 2
    await forget(world, 30 * DAY)
    assert len(await world.rows(ids, id=person.id)) == 2
    await forget(world, BIT)  # the one that was signed out
    [(left,)] = await world.rows(ids, id=person.id)
    [(expires,)] = await world.rows("SELECT expires_at FROM logins WHERE id = :id", id=left)
    await forget(world, expires - world.clock.now() + 30 * DAY)
    assert len(await world.rows(ids, id=person.id)) == 1
    await forget(world, BIT)
    assert await world.rows(ids, id=person.id) == []
    assert await world.count("accounts") == 2
