"""`libs.hot_reads`: the driver's own reads behave as SQLAlchemy's do."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from uuid import UUID

import pytest
from sqlalchemy import bindparam, func, insert, select, text

from libs.clock import SystemClock
from libs.errors import Unavailable
from libs.hot_reads import PageQuery, Query, columns_of
from libs.ids import new_id
from libs.pagination import PageRequest, encode
from libs.postgres import Database
from libs.schemas import Schema
from session_service.people.models import Person
from session_service.settings import Settings
from tests.conftest import SettingsFor
from tests.statements import statements

BY_NAME = Query(
    select(Person.account_id, Person.name)
    .where(Person.name == bindparam("name"), Person.revision > 0)
    .order_by(Person.account_id)
    .limit(2)
)
PEOPLE = PageQuery(
    select(Person.account_id.label("id"), Person.name),
    Person.account_id,
    {"name": Person.name == bindparam("name")},
)
MOMENT = datetime(2026, 3, 29, 1, 30, tzinfo=UTC)


@pytest.fixture
async def database(settings_for: SettingsFor) -> AsyncIterator[Database]:
    """session_service's database."""
    made = Database(await settings_for(Settings, "session_service"), SystemClock())
    yield made
    await made.close()


async def test_a_row_comes_by_its_names_and_a_missing_one_as_none(database: Database) -> None:
    ids = sorted(new_id() for _ in range(3))
    rows = [{"account_id": one, "user_code": "X", "name": "Eve", "revision": 1} for one in ids]
    async with database.transaction() as session:
        await session.execute(insert(Person), rows)
    assert await BY_NAME.first(database.reads, name="Eve") == {"account_id": ids[0], "name": "Eve"}
    assert [row["account_id"] for row in await BY_NAME.all(database.reads, name="Eve")] == ids[:2]
    assert await BY_NAME.first(database.reads, name="Nobody") is None


async def test_instants_stay_aware(database: Database) -> None:
    query = Query(select(bindparam("at", MOMENT, required=False).label("at")))
    assert await query.first(database.reads) == {"at": MOMENT}


async def test_a_killed_connection_is_replaced(database: Database) -> None:
    pid = Query(select(func.pg_backend_pid().label("pid")))
    found = await pid.first(database.reads)
    assert found is not None
    async with database.transaction() as session:
        await session.execute(text("SELECT pg_terminate_backend(:pid)"), found)
    await asyncio.sleep(0.1)
    again = await pid.first(database.reads)
    assert again is not None
    assert again != found


async def test_a_cancelled_read_leaves_its_connection_whole(database: Database) -> None:
    slow = Query(select(func.pg_sleep(5).label("slept")))
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.2):
            await slow.first(database.reads)
    for _ in range(3):
        assert await BY_NAME.all(database.reads, name="Nobody") == []


async def test_a_database_that_is_away_is_unavailable(settings_for: SettingsFor) -> None:
    settings = await settings_for(Settings, "session_service")
    nowhere = {"database_url": "postgresql+asyncpg://a:b@127.0.0.1:9/x"}
    away = Database(Settings(**settings.model_dump() | nowhere), SystemClock())
    with pytest.raises(Unavailable):
        await BY_NAME.first(away.reads, name="Eve")
    await away.close()


def test_an_in_list_is_refused() -> None:
    with pytest.raises(ValueError, match="ANY"):
        Query(select(Person.name).where(Person.name.in_(["a", "b"])))


async def test_pages_are_newest_first_and_end_with_no_cursor(database: Database) -> None:
    ids = sorted((new_id() for _ in range(5)), reverse=True)
    rows = [
        {"account_id": one, "user_code": "X", "name": "Eve" if n % 2 else "Ada", "revision": 1}
        for n, one in enumerate(ids)
    ]
    async with database.transaction() as session:
        await session.execute(insert(Person), rows)
    seen: list[UUID] = []
    pages: list[int] = []
    cursor: str | None = None
    while cursor is not None or not pages:
        with statements() as sent:
            page = await PEOPLE.page(database.reads, PageRequest(cursor, 2))
        assert len(sent) == 1
        pages.append(len(page["items"]))
        seen += [row["id"] for row in page["items"]]
        cursor = page["next_cursor"]
    assert (seen, pages) == (ids, [2, 2, 1])
    adas = await PEOPLE.page(database.reads, PageRequest(None, 3), name="Ada")
    assert [row["id"] for row in adas["items"]] == ids[0::2]
    assert adas["next_cursor"] is None
    after = await PEOPLE.page(database.reads, PageRequest(encode(ids[0]), 1), name="Ada")
    assert after == {"items": [{"id": ids[2], "name": "Ada"}], "next_cursor": encode(ids[2])}
    everyone = await PEOPLE.page(database.reads, PageRequest(None, 5), name=None)
    assert len(everyone["items"]) == 5


def test_a_schema_names_its_columns() -> None:
    class Shown(Schema):
        name: str
        account_id: int
        rank: int

    assert columns_of(Person, Shown, without={"rank"}) == [Person.name, Person.account_id]
