"""Copies of people: the newest revision stays, whatever comes in a chunk."""

from typing import Any

from libs.ids import new_id
from message_service.contacts import repository
from tests.message_service.world import World


async def test_a_chunk_keeps_the_newest_of_each(world: World) -> None:
    one, other, third = new_id(), new_id(), new_id()

    def person(key: Any, revision: int) -> dict[str, Any]:
        return {"_id": key, "user_code": f"CODE-{revision}", "revision": revision}

    async def keep(*people: dict[str, Any]) -> None:
        await world.parts.mongo.run(
            lambda session: repository.keep_newer(session, "people", people)
        )

    await keep(person(one, 3), person(other, 1))
    await keep(person(one, 2), person(other, 2), person(third, 5), person(other, 4),
               person(other, 3), person(third, 4))  # fmt: skip
    found = await world.parts.mongo.database["people"].find().to_list(None)
    assert {row["_id"]: (row["revision"], row["user_code"]) for row in found} == {
        one: (3, "CODE-3"),
        other: (4, "CODE-4"),
        third: (5, "CODE-5"),
    }
