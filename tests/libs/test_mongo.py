"""Transactions in MongoDB: whole or not at all, and repeated for no longer than anybody waits."""

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Any

import pytest
from pymongo.errors import DuplicateKeyError

from libs import mongo as module
from libs.clock import SystemClock
from libs.errors import Unavailable
from libs.ids import new_id
from libs.mongo import Mongo, MongoSession, conflict
from libs.settings import MongoSettings
from tests.stack import Stack


@pytest.fixture
async def mongo(stack: Stack) -> AsyncIterator[Mongo]:
    """A database of the test's own."""
    settings = MongoSettings(mongo_url=stack.servers.mongo_url, mongo_database=f"test_{new_id()}")
    opened = Mongo(settings, SystemClock())
    yield opened
    await opened.close()


async def test_writers_that_meet_lose_nothing(mongo: Mongo) -> None:
    counters = mongo.database["counters"]
    await counters.insert_one({"_id": 1, "n": 0})

    async def add(session: MongoSession) -> None:
        found = await session["counters"].find_one({"_id": 1}, session=session.handle)
        assert found is not None
        raised = {"$set": {"n": found["n"] + 1}}
        await session["counters"].update_one({"_id": 1}, raised, session=session.handle)

    await asyncio.gather(*(mongo.run(add) for _ in range(20)))
    assert await counters.find_one({"_id": 1}) == {"_id": 1, "n": 20}


async def test_a_failure_takes_everything_back_and_is_not_repeated(mongo: Mongo) -> None:
    calls = 0

    async def work(session: MongoSession) -> None:
        nonlocal calls
        calls += 1
        await session["things"].insert_one({"_id": 1}, session=session.handle)
        raise KeyError("a fault")

    with pytest.raises(KeyError):
        await mongo.run(work)
    assert await mongo.database["things"].find().to_list(None) == []
    assert calls == 1


async def test_a_broken_rule_is_not_the_server_being_away(mongo: Mongo) -> None:
    async def work(session: MongoSession) -> None:
        await session["things"].insert_one({"_id": 1}, session=session.handle)

    await mongo.run(work)
    with pytest.raises(DuplicateKeyError):
        await mongo.run(work)


async def test_a_conflict_repeats_the_work(mongo: Mongo) -> None:
    calls = 0

    async def work(session: MongoSession) -> str:
        nonlocal calls
        calls += 1
        await session["things"].insert_one({"_id": calls}, session=session.handle)
        if calls < 3:
            raise conflict()
        return "done"

    assert await mongo.run(work) == "done"
    assert await mongo.database["things"].find().to_list(None) == [{"_id": 3}]


async def test_patience_ends(mongo: Mongo, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PATIENCE_SECONDS", 0.3)

    async def work(_: MongoSession) -> None:
        raise conflict()

    began = time.monotonic()
    with pytest.raises(Unavailable):
        await mongo.run(work)
    assert 0.3 <= time.monotonic() - began < 2


async def test_a_server_that_is_away_is_said_to_be(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PATIENCE_SECONDS", 0.3)
    settings = MongoSettings(
        mongo_url="mongodb://127.0.0.1:9/", mongo_database="x", mongo_timeout_ms=200
    )
    mongo = Mongo(settings, SystemClock())

    async def read(session: MongoSession) -> Any:
        return await session["things"].find_one({}, session=session.handle)

    async with asyncio.timeout(5):
        with pytest.raises(Unavailable):
            await mongo.run(read)
        with pytest.raises(Unavailable):
            async with mongo.reads() as session:
                await read(session)
        with pytest.raises(Unavailable):
            await mongo.ping()
    await mongo.close()
