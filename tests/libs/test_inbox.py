"""The inbox: what has been received has no second effect. Real PostgreSQL."""

import asyncio

import pytest

from libs import inbox
from libs.errors import Conflict
from libs.ids import new_id
from tests.libs.parts import Parts


async def test_only_new_ids_come_back_and_each_once(parts: Parts) -> None:
    first, second, third = new_id(), new_id(), new_id()
    run = parts.database.run
    assert await run(lambda s: inbox.once(s, "c", [first, second, first])) == {first, second}
    assert await run(lambda s: inbox.once(s, "c", [second, third])) == {third}
    assert await run(lambda s: inbox.once(s, "other", [first])) == {first}
    assert await run(lambda s: inbox.once(s, "c", [])) == set()


async def test_a_rollback_forgets_the_ids(parts: Parts) -> None:
    event_id = new_id()

    async def refused(session: object) -> None:
        assert await inbox.once(session, "c", [event_id]) == {event_id}  # type: ignore[arg-type]
        raise Conflict

    with pytest.raises(Conflict):
        await parts.database.run(refused)
    assert await parts.database.run(lambda s: inbox.once(s, "c", [event_id])) == {event_id}


async def test_of_many_at_once_one_gets_each_id(parts: Parts) -> None:
    ids = [new_id() for _ in range(20)]
    run = parts.database.run
    found = await asyncio.gather(*(run(lambda s: inbox.once(s, "c", ids)) for _ in range(8)))
    assert sorted(len(new) for new in found) == [0, 0, 0, 0, 0, 0, 0, 20]
