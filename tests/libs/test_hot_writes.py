"""`libs.hot_writes`: a transaction of the driver's own keeps what a session's keeps."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import IntegrityError

from libs import idempotency, outbox
from libs.clock import SystemClock
from libs.compiled import Insert, Statement
from libs.errors import Conflict, Unavailable
from libs.events.session import MembershipApproved
from libs.hot_writes import HotTransaction, TransactionFailed
from libs.idempotency import Answer, Key, KeyRunning, Replayed
from libs.ids import new_id
from libs.postgres import Database
from session_service.people.models import Person
from session_service.settings import Settings
from tests.conftest import SettingsFor
from tests.statements import statements

ADD = Insert(Person)
SLEEP = Statement(select(func.pg_sleep(20)))
PID = Statement(select(func.pg_backend_pid().label("pid")))


@pytest.fixture
async def database(settings_for: SettingsFor) -> AsyncIterator[Database]:
    """session_service's database, with one connection for reads and hot writes."""
    settings = await settings_for(Settings, "session_service", database_pool_size=1)
    made = Database(settings, SystemClock())
    yield made
    await made.close()


def person() -> Person:
    return Person(account_id=new_id(), user_code="X", name="Eve", revision=1)


def event() -> MembershipApproved:
    return MembershipApproved(
        study_session_id=new_id(), session_code="S", membership_id=new_id(), student_id=new_id(),
        tutor_id=new_id(), revision=1,
    )  # fmt: skip


async def add(database: Database) -> None:
    async with HotTransaction(database) as hot:
        await ADD.add(hot, person())


async def rows(database: Database, table: str = "people") -> int:
    async with database.transaction() as session:
        return int(
            await session.scalar(
                text(f"SELECT count(*) FROM {table}")  # noqa: S608
            )
            or 0
        )


async def test_it_commits_rows_and_events_together(database: Database) -> None:
    async with HotTransaction(database) as hot:
        await ADD.add(hot, person())
        await outbox.publish(hot, event(), event())
        assert (await rows(database), await rows(database, "outbox")) == (0, 0)
    assert (await rows(database), await rows(database, "outbox")) == (1, 2)


async def test_an_error_rolls_all_back_and_the_connection_serves_on(database: Database) -> None:
    pids = []

    async def refused() -> None:
        async with HotTransaction(database) as hot:
            pids.append(await PID.run(hot))
            await ADD.add(hot, person())
            await outbox.publish(hot, event())
            raise Conflict

    for _ in range(2):
        with pytest.raises(Conflict):
            await refused()
    assert (await rows(database), await rows(database, "outbox")) == (0, 0)
    assert pids[0] == pids[1]


async def test_a_refusal_before_the_first_statement_borrows_nothing(database: Database) -> None:
    async with HotTransaction(database) as first:
        await PID.run(first)  # holds the only connection
        with statements() as seen, pytest.raises(Conflict):
            async with HotTransaction(database):
                raise Conflict
    assert seen == []


async def test_a_refused_statement_cannot_be_overlooked(database: Database) -> None:
    async def careless() -> None:
        async with HotTransaction(database) as hot:
            eve = person()
            await ADD.add(hot, eve)
            with pytest.raises(IntegrityError):
                await ADD.add(hot, eve)

    with pytest.raises(TransactionFailed):
        await careless()
    assert await rows(database) == 0
    await add(database)
    assert await rows(database) == 1


async def test_cancelled_in_a_statement_nothing_is_left_open(database: Database) -> None:
    async def slow() -> None:
        async with HotTransaction(database) as hot:
            await ADD.add(hot, person())
            await SLEEP.run(hot)

    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.3):
            await slow()
    await add(database)
    assert await rows(database) == 1


async def test_cancelled_in_begin_or_commit_the_connection_is_not_used_again(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    for word in ("BEGIN", "COMMIT"):
        async with HotTransaction(database) as hot:
            [before] = await PID.run(hot)
            driver = await hot.driver()
        send = driver.execute

        async def cut(sent: str, word: str = word, send: object = send) -> str:
            if sent == word:
                raise asyncio.CancelledError
            return str(await send(sent))  # type: ignore[operator]

        with monkeypatch.context() as patch:
            patch.setattr(type(driver), "execute", lambda _, sent: cut(sent))
            with pytest.raises(asyncio.CancelledError):
                await add(database)
        async with HotTransaction(database) as hot:
            assert await PID.run(hot) != [before]
    assert await rows(database) == 0


async def test_a_lost_connection_is_unavailable_and_replaced(database: Database) -> None:
    async def killed(*, speaks: bool) -> None:
        async with HotTransaction(database) as hot:
            await ADD.add(hot, person())
            [row] = await PID.run(hot)
            async with database.transaction() as session:
                await session.execute(text("SELECT pg_terminate_backend(:pid)"), row)
            await asyncio.sleep(0.1)
            if speaks:
                await PID.run(hot)

    for speaks in (True, False):
        with pytest.raises(Unavailable):
            await killed(speaks=speaks)
    await add(database)
    assert await rows(database) == 1


async def test_p_a5_a_key_is_claimed_and_answered_in_it(settings_for: SettingsFor) -> None:
    database = Database(await settings_for(Settings, "session_service"), SystemClock())
    key = Key(new_id(), "POST /things", "k", "hash")
    async with HotTransaction(database) as first:
        await idempotency.claim(first, key)
        with pytest.raises(KeyRunning):
            async with HotTransaction(database) as second:
                await idempotency.claim(second, key)
        await idempotency.store(first, key, Answer(201, "{}"))
    with pytest.raises(Replayed) as repeated:
        async with HotTransaction(database) as third:
            await idempotency.claim(third, key)
    assert repeated.value.answer == Answer(201, "{}")
    await database.close()
