"""Rate limits on a real Redis."""

import asyncio
import time
from collections.abc import AsyncIterator

import pytest

from deploy.local.servers import Servers
from libs import redis
from libs.errors import TooMany
from libs.ids import new_id
from libs.limits import Limits
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
