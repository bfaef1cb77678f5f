"""`libs.compiled`: what goes by the driver stays within the session's transaction, and behaves as
SQLAlchemy's own statements do.
"""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import bindparam, func, insert, literal, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from libs.clock import SystemClock
from libs.compiled import DRIVER, Insert, Statement
from libs.errors import Conflict, Unavailable
from libs.ids import new_id
from libs.postgres import Database, constraint
from session_service.extensions.models import Extension
from session_service.holidays.models import ClassHoliday
from session_service.people.models import Person
from session_service.settings import Settings
from tests.conftest import SettingsFor
from tests.stack import eventually
from tests.statements import statements

ADD = Insert(Person)
COUNT = Statement(select(func.count().label("people")).select_from(Person))
NAMES = Statement(select(Person.name))
PID = Statement(select(func.pg_backend_pid().label("pid")))


@pytest.fixture
async def database(settings_for: SettingsFor) -> AsyncIterator[Database]:
    """session_service's database."""
    made = Database(await settings_for(Settings, "session_service"), SystemClock())
    yield made
    await made.close()


def person(**other: Any) -> Person:
    return Person(
        **{"account_id": new_id(), "user_code": "X", "name": "Eve", "revision": 1} | other
    )


async def people(database: Database) -> int:
    [row] = await database.run(lambda session: COUNT.run(session))
    return int(row["people"])


@pytest.mark.parametrize("first", [True, False])
async def test_what_the_driver_writes_is_rolled_back_with_the_rest(
    database: Database, first: bool
) -> None:
    """Trap 1 of the foundation's figures: SQLAlchemy sends BEGIN with its own first statement."""

    async def refused(session: AsyncSession) -> None:
        if not first:
            await session.execute(text("SELECT 1"))
        await ADD.add(session, person())
        [row] = await COUNT.run(session)
        assert row == {"people": 1}
        raise Conflict

    with pytest.raises(Conflict):
        await database.run(refused)
    assert await people(database) == 0


async def test_it_shares_the_transaction_with_sqlalchemy_and_commits_with_it(
    database: Database,
) -> None:
    async with database.transaction() as session:
        await ADD.add(session, person())
        [mine] = await PID.run(session)
        assert await session.scalar(select(func.pg_backend_pid())) == mine["pid"]
        assert await session.scalar(select(func.count()).select_from(Person)) == 1
        assert await people(database) == 0
    assert await people(database) == 1


async def test_what_the_session_holds_back_is_flushed_before(database: Database) -> None:
    async with database.transaction() as session:
        eve = person()
        session.add(eve)
        assert await COUNT.run(session) == [{"people": 1}]
        eve.name = "Eva"
        assert await NAMES.run(session) == [{"name": "Eva"}]


async def test_a_constraint_speaks_by_its_name_and_a_savepoint_keeps_the_rest(
    database: Database,
) -> None:
    eve = person()
    async with database.transaction() as session:
        await ADD.add(session, eve)
        with pytest.raises(IntegrityError) as refused:
            async with session.begin_nested():
                await ADD.add(session, eve)
        assert constraint(refused.value) == "pk_people"
        await ADD.add(session, person())
        async with session.begin_nested() as inner:
            await ADD.add(session, person())
            await inner.rollback()
        await ADD.add(session, person())
    assert await people(database) == 3


async def test_a_refused_statement_spoils_the_transaction(database: Database) -> None:
    eve = person()

    async def twice(session: AsyncSession) -> None:
        await ADD.add(session, eve)
        await ADD.add(session, eve)

    with pytest.raises(IntegrityError):
        await database.run(twice)
    assert await people(database) == 0


async def test_values_keep_their_types(database: Database) -> None:
    values = {
        "id": new_id(),
        "decimal": Decimal("7.50"),
        "instant": datetime(2026, 3, 29, 1, 30, tzinfo=UTC),
        "span": timedelta(minutes=90),
        "nothing": None,
        "word": "naïve",
        "yes": True,
    }
    columns: list[Any] = [
        bindparam(name, value, required=False).label(name) for name, value in values.items()
    ]
    async with database.transaction() as session:
        assert await Statement(select(*columns)).run(session) == [values]


async def test_a_missing_value_is_an_error_and_none_is_a_value(database: Database) -> None:
    echo = Statement(select(bindparam("word", type_=Person.name.type).label("word"), literal(1)))
    async with database.transaction() as session:
        with pytest.raises(KeyError):
            await echo.run(session)
        assert (await echo.run(session, word=None))[0]["word"] is None


async def test_a_lost_connection_is_unavailable(database: Database) -> None:
    async def killed(session: AsyncSession) -> None:
        [row] = await PID.run(session)
        async with database.transaction() as other:
            await other.execute(text("SELECT pg_terminate_backend(:pid)"), row)
        with pytest.raises(Unavailable):
            await COUNT.run(session)
        await COUNT.run(session)  # finds it closed

    with pytest.raises(Unavailable):
        await database.run(killed)
    assert await people(database) == 0


async def test_a_connection_that_was_lost_in_the_pool_is_unavailable_once(
    database: Database,
) -> None:
    """Nothing of the transaction was sent yet: its BEGIN finds out."""
    async with database.transaction() as session:
        [row] = await PID.run(session)
        driver = session.info[DRIVER][1]
    async with database.reads.connect() as other:
        await other.execute(text("SELECT pg_terminate_backend(:pid)"), row)

    async def closed() -> bool:
        return bool(driver.is_closed())

    await eventually(closed)
    with pytest.raises(Unavailable):
        await people(database)
    assert await people(database) == 0


async def test_many_rows_go_in_order_and_in_one_go(database: Database) -> None:
    keys = Insert(Person)._keys
    rows = [{key: getattr(one, key) for key in keys} for one in (person(name=n) for n in "abc")]
    with statements() as seen:
        await database.run(lambda session: ADD.run_all(session, rows))
    assert seen == ["by the driver"]
    found = await database.run(lambda session: NAMES.run(session))
    assert [row["name"] for row in found] == ["a", "b", "c"]


async def test_many_rows_are_all_or_none(database: Database) -> None:
    one = person()
    row = {key: getattr(one, key) for key in Insert(Person)._keys}
    with pytest.raises(IntegrityError):
        await database.run(lambda session: ADD.run_all(session, [row, row]))
    assert await people(database) == 0


async def test_each_statement_is_seen(database: Database) -> None:
    with statements() as seen:
        async with database.transaction() as session:
            await ADD.add(session, person())
            await COUNT.run(session)
    assert seen == ["by the driver"] * 2


@pytest.mark.parametrize("table", [Extension, ClassHoliday])
def test_an_insert_names_every_column(table: type[Any]) -> None:
    assert Insert(table)._keys == list(table.__table__.columns.keys())


def test_an_insert_leaves_to_the_database_what_has_a_default_there() -> None:
    assert Insert(Person)._keys == ["account_id", "user_code", "name", "revision"]


def test_an_in_list_is_refused() -> None:
    with pytest.raises(ValueError, match="ANY"):
        Statement(
            insert(Person).from_select(["name"], select(Person.name).where(Person.name.in_(["a"])))
        )
