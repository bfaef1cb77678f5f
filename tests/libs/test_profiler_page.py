"""The profiler's page: who sees it, what it says, what it does not."""

import re
import time
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta

import pytest

from libs.clock import SystemClock
from libs.profiler_page import COOKIE, PATH
from libs.revocations import REVOKED
from tests.conftest import SettingsFor
from tests.libs.profiled import AsUser, World, profiled


@pytest.fixture
async def world(settings_for: SettingsFor) -> AsyncIterator[World]:
    async with profiled(settings_for) as made:
        yield made


def denied(as_user: AsUser) -> Iterator[tuple[dict[str, str], int]]:
    yield {}, 401
    yield {"Authorization": "Bearer x.y.z"}, 401
    yield {"Authorization": "Basic YTpi"}, 401
    yield {"Cookie": f"{COOKIE}=x.y.z"}, 401
    yield as_user("admin", lives=timedelta(days=-30_000)).headers, 401
    for role in ("student", "tutor"):
        caller = as_user(role)
        yield caller.headers, 403
        yield {"Cookie": f"{COOKIE}={caller.token}"}, 403


async def test_only_an_admin_sees_anything(world: World, as_user: AsUser) -> None:
    found = await world.take("/v1/things/x?more=1")
    for headers, status in denied(as_user):
        for path in (PATH, f"{PATH}/{found.id}"):
            answer = await world.client.get(path, headers=headers)
            assert answer.status_code == status
            assert "/v1/things" not in answer.text
            assert str(found.id) not in answer.text
            assert "set-cookie" not in answer.headers
    admin = as_user("admin").headers
    assert "/v1/things/{code}" in (await world.client.get(PATH, headers=admin)).text
    view = await world.client.get(f"{PATH}/{found.id}", headers=admin)
    assert (view.status_code, "get_thing" in view.text) == (200, True)


async def test_a_revoked_admin_sees_nothing(world: World, as_user: AsUser) -> None:
    admin = as_user("admin")
    key = f"login:{admin.principal.login_id}"
    await world.app.state.redis.zadd(REVOKED, {key: time.time() + 60})
    await world.app.state.revocations.load()
    assert (await world.client.get(PATH, headers=admin.headers)).status_code == 401
    await world.app.state.redis.zrem(REVOKED, key)


async def test_the_form_takes_an_admins_token(world: World, as_user: AsUser) -> None:
    for token, status in (("", 401), ("x", 401), (as_user("tutor").token, 403)):
        answer = await world.client.post(f"{PATH}/sign-in", data={"token": token})
        assert answer.status_code == status
        assert "set-cookie" not in answer.headers
    admin = as_user("admin")
    answer = await world.client.post(f"{PATH}/sign-in", data={"token": admin.token})
    assert (answer.status_code, answer.headers["location"]) == (303, PATH)
    cookie = answer.headers["set-cookie"].lower()
    for part in ("httponly", "samesite=strict", "path=/internal;", "max-age=900"):
        assert part in cookie
    assert (await world.client.get(PATH)).status_code == 200
    assert (await world.client.post(f"{PATH}/sign-out")).status_code == 303
    assert (await world.client.get(PATH)).status_code == 401


async def test_a_cookie_ends_with_its_token(world: World, as_user: AsUser) -> None:
    now = SystemClock().now()
    world.app.state.clock.at = now
    admin = as_user("admin", lives=timedelta(minutes=5))
    answer = await world.client.post(f"{PATH}/sign-in", data={"token": admin.token})
    found = re.search(r"max-age=(\d+)", answer.headers["set-cookie"].lower())
    assert found
    assert 290 <= int(found[1]) <= 300


async def test_a_form_that_is_too_long_is_refused(world: World) -> None:
    answer = await world.client.post(f"{PATH}/sign-in", data={"token": "x" * 20_000})
    assert answer.status_code == 413


async def test_the_page_says_nothing_personal(world: World, as_user: AsUser) -> None:
    admin, student = as_user("admin"), as_user("student")
    for path in ("/v1/things/asha@example.org?more=0&name=Asha", "/nowhere/Asha?more=secret"):
        await world.client.get(path, headers=student.headers | {"X-Name": "Asha"})
    page = (await world.client.get(PATH, headers=admin.headers)).text
    views = [
        (await world.client.get(f"{PATH}/{one.id}", headers=admin.headers)).text
        for one in world.recorder.slowest()
    ]
    assert len(views) == 2
    for shown in (page, *views):
        for private in ("Asha", "example.org", "secret", student.token, str(student.id)):
            assert private not in shown
    assert "(no route)" in page


async def test_the_page_filters_and_goes_by_time(world: World, as_user: AsUser) -> None:
    admin = as_user("admin").headers
    for path in ("/v1/things/x", "/v1/waits", "/v1/things/x?more=2"):
        await world.client.get(path)
    times = r'<td class="n"><strong>([\d.]+)<'
    page = (await world.client.get(PATH, headers=admin)).text
    shown = [float(one) for one in re.findall(times, page)]
    assert len(shown) == 3
    assert shown == sorted(shown, reverse=True)
    limit = int(shown[0])  # a loaded machine may make any of them the slowest
    page = (await world.client.get(f"{PATH}?slower_than_ms={limit}", headers=admin)).text
    assert len(re.findall(times, page)) == sum(one >= limit for one in shown)
    for odd in ("-1", "x", "", "9" * 400, "\u0663"):
        answer = await world.client.get(PATH, headers=admin, params={"slower_than_ms": odd})
        assert len(re.findall(times, answer.text)) == 3


async def test_pages_allow_nothing_from_outside(world: World, as_user: AsUser) -> None:
    admin = as_user("admin").headers
    found = await world.take("/v1/things/x")
    for path, scripts in ((PATH, "'none'"), (f"{PATH}/{found.id}", "'nonce-")):
        answer = await world.client.get(path, headers=admin)
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert f"script-src {scripts}" in policy
        assert answer.headers["cache-control"] == "no-store"
    gone = await world.client.get(f"{PATH}/{'0' * 8}-0000-7000-8000-{'0' * 12}", headers=admin)
    assert gone.status_code == 404
