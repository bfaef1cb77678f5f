"""Rate limits on a real Redis."""

import asyncio
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
from redis.asyncio import Redis

from deploy.local.servers import Servers
from libs import redis
from libs.errors import TooMany
from libs.ids import new_id
from libs.limits import Backoff, Limits
from tests.libs.parts import Parts


@pytest.fixture
async def limits(parts: Parts) -> AsyncIterator[Limits]:
    client = redis.connect(parts.settings)
    yield Limits(client, str(new_id()))
    await client.aclose()


async def test_exactly_the_limit_passes_of_many_at_once(limits: Limits) -> None:
    tries = [limits.hit("login", "a", 7, 60) for _ in range(50)]
    results = await asyncio.gather(*tries, return_exceptions=True)
    passed = [hit for hit in results if not isinstance(hit, BaseException)]
    refused = [error for error in results if isinstance(error, TooMany)]
    assert (len(passed), len(refused)) == (7, 43)
    assert sorted(hit.count for hit in passed) == [1, 2, 3, 4, 5, 6, 7]
    assert (await limits.hit("login", "b", 7, 60)).count == 1
    assert (await limits.hit("other", "a", 7, 60)).count == 1


async def test_headers_tell_what_is_left(limits: Limits) -> None:
    assert (await limits.hit("x", "a", 1, 60)).headers == {
        "RateLimit-Limit": "1",
        "RateLimit-Remaining": "0",
        "RateLimit-Reset": "60",
    }
    with pytest.raises(TooMany) as caught:
        await limits.hit("x", "a", 1, 60)
    assert caught.value.headers["RateLimit-Remaining"] == "0"
    assert caught.value.retry_after in (59, 60)


async def test_the_window_ends(limits: Limits) -> None:
    await limits.hit("x", "a", 1, 1)
    with pytest.raises(TooMany):
        await limits.hit("x", "a", 1, 1)
    await asyncio.sleep(1.1)
    assert (await limits.hit("x", "a", 1, 1)).count == 1


async def test_a_count_can_be_taken_back(limits: Limits) -> None:
    await limits.hit("x", "a", 1, 60)
    await limits.forget("x", "a")
    assert (await limits.hit("x", "a", 1, 60)).count == 1


async def test_without_redis_requests_pass_at_once(limits: Limits, servers: Servers) -> None:
    await limits.hit("x", "a", 1, 60)
    servers.kill("redis")
    try:
        started = time.monotonic()
        for _ in range(5):
            assert (await limits.hit("x", "a", 1, 60)).count == 0
        await limits.forget("x", "a")
        assert time.monotonic() - started < 1
    finally:
        servers.start("redis")
    assert (await limits.hit("x", "a", 1, 60)).count == 1  # that Redis remembers nothing
    with pytest.raises(TooMany):
        await limits.hit("x", "a", 1, 60)


PAIR = Backoff("pair", 3, 60, 200, 3_600)
WIDE = Backoff("wide", 5, 60, 200, 3_600, slides=False)
NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)


async def test_a_wait_grows_up_to_its_longest(limits: Limits) -> None:
    now, waits = NOW, []
    for _ in range(6):
        hit = await limits.attempt(now, (PAIR, "a"))
        waits.append(hit.reset)
        with_refusal = hit.reset > 0
        if with_refusal:
            with pytest.raises(TooMany) as caught:
                await limits.attempt(now + timedelta(seconds=hit.reset - 1), (PAIR, "a"))
            assert caught.value.retry_after == 1
        now += timedelta(seconds=hit.reset)
    assert waits == [0, 0, 60, 120, 200, 200]


async def test_one_wait_refuses_for_all_and_then_none_counts(limits: Limits) -> None:
    for _ in range(3):
        await limits.attempt(NOW, (PAIR, "a"), (WIDE, "net"))
    for _ in range(10):
        with pytest.raises(TooMany) as caught:
            await limits.attempt(NOW, (PAIR, "a"), (WIDE, "net"))
    assert caught.value.headers == {
        "RateLimit-Limit": "3", "RateLimit-Remaining": "0", "RateLimit-Reset": "60",
    }  # fmt: skip
    assert (await limits.attempt(NOW, (PAIR, "b"), (WIDE, "net"))).count == 1
    assert (await limits.attempt(NOW, (PAIR, "b"), (WIDE, "net"))).count == 2
    with pytest.raises(TooMany) as caught:  # the fifth of the network made it wait
        await limits.attempt(NOW, (PAIR, "c"), (WIDE, "net"))
    assert caught.value.headers["RateLimit-Limit"] == "5"


async def test_exactly_the_free_tries_pass_of_many_at_once(limits: Limits) -> None:
    tries = [limits.attempt(NOW, (PAIR, "a")) for _ in range(20)]
    results = await asyncio.gather(*tries, return_exceptions=True)
    assert sum(isinstance(one, TooMany) for one in results) == 17


async def test_what_turned_out_well_is_taken_back(limits: Limits) -> None:
    for _ in range(3):
        await limits.attempt(NOW, (PAIR, "a"))
    await limits.take_back(PAIR, "a")
    assert (await limits.attempt(NOW, (PAIR, "a"))).count == 3
    await limits.forget("pair", "a")
    await limits.take_back(PAIR, "a")
    assert (await limits.attempt(NOW, (PAIR, "a"))).count == 1


async def test_tries_pass_while_redis_is_away() -> None:
    client = Redis.from_url("redis://127.0.0.1:1")
    hit = await Limits(client, "x").attempt(NOW, (PAIR, "a"))
    assert (hit.limit, hit.count, hit.reset) == (3, 0, 0)
    await client.aclose()
