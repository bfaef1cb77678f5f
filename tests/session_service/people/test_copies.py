"""The copy of people's names and zones."""

from typing import Any

from sqlalchemy import text

from libs.events.user import AccountRegistered, ProfileChanged
from tests.session_service.world import World, open_world
from tests.stack import Stack


async def copies(world: World) -> list[Any]:
    async with world.parts.database.transaction() as session:
        rows = await session.execute(text("SELECT name, zone, revision FROM people"))
        return [tuple(row) for row in rows]


async def test_x21_a_person_s_zone_follows_the_profile(stack: Stack) -> None:
    async with open_world(stack) as world:
        told = AccountRegistered(
            account_id=world.student.id, user_code=world.student.code, role="student",
            name="Asha Rao", email="asha@example.org", locale="en", zone="Asia/Kolkata", revision=1,
        )  # fmt: skip
        await world.handle(told)
        assert await copies(world) == [("Asha Rao", "Asia/Kolkata", 1)]
        fields = told.model_dump() | {"zone": "Europe/Berlin", "revision": 3}
        await world.handle(ProfileChanged(**fields))
        await world.handle(ProfileChanged(**fields | {"zone": "Asia/Tokyo", "revision": 2}))
        assert await copies(world) == [("Asha Rao", "Europe/Berlin", 3)]
