"""The profiler: what it counts, who sees it, what it keeps, and that it is not there when off."""

import asyncio
import re
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from fastapi import APIRouter, FastAPI
from pyinstrument import Profiler
from redis.asyncio import Redis
from sqlalchemy import text

from libs import app as http
from libs import profiling, redis
from libs.auth import REVOKED, Revocations, TokenVerifier, http_keys
from libs.clock import FixedClock, SystemClock
from libs.postgres import Database
from libs.postgres_deps import ReadsDep, SessionDep
from libs.profiler_page import COOKIE, PATH
from libs.profiling import Calls, Profiled, Recorder, Request
from message_service.app import create_app as message_app
from message_service.settings import Settings as MessageSettings
from tests.access.table import nowhere, routes
from tests.conftest import SettingsFor
from tests.libs.parts import Settings
from tests.stack import User, running
from tests.user_service.test_signup import SECRETS
from user_service.app import create_app as user_app
from user_service.settings import Settings as UserSettings

AsUser = Callable[..., User]
NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
router = APIRouter(prefix="/v1")


@router.get("/things/{code}")
async def get_thing(code: str, session: SessionDep, reads: ReadsDep, more: int = 0) -> str:
    """One statement in AUTOCOMMIT, and `more` in a transaction."""
    async with reads.connect() as connection:
        await connection.execute(text("SELECT :code"), {"code": code})
    for _ in range(more):
        await session.execute(text("SELECT pg_sleep(0.01)"))
    return code


@router.get("/waits")
async def get_waits(session: SessionDep) -> None:
    """Waits for the database only."""
    await session.execute(text("SELECT pg_sleep(0.1)"))


@router.get("/burns")
async def get_burns() -> None:
    """Keeps the processor busy, in pieces between which others run."""
    for _ in range(10):
        burn_the_processor(0.01)
        await asyncio.sleep(0)


@router.get("/fails")
async def get_fails(session: SessionDep) -> None:
    """A statement that the server refuses."""
    await session.execute(text("SELECT 1 / 0"))


def burn_the_processor(seconds: float) -> None:
    """Does nothing useful for so long."""
    until = time.perf_counter() + seconds
    while time.perf_counter() < until:
        sum(range(100))


@dataclass
class Resources:
    """What a service with these routes holds."""

    clock: FixedClock
    database: Database
    redis: "Redis"
    verifier: TokenVerifier
    revocations: Revocations


@dataclass
class World:
    """A service under the profiler."""

    app: FastAPI
    client: httpx.AsyncClient

    @property
    def recorder(self) -> Recorder:
        found: Recorder = self.app.state.recorder
        return found

    async def take(self, path: str, **options: Any) -> Request:
        """Makes a request and returns what the profiler noted of it."""
        await self.client.get(path, **options)
        return max(self.recorder.slowest(), key=lambda request: request.id)


def build(settings: Settings) -> FastAPI:
    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        clock, client = FixedClock(NOW), redis.connect(settings)
        database = Database(settings, clock)
        verifier = TokenVerifier(http_keys(settings.jwks_url), clock)
        http.hand_out(app, Resources(clock, database, client, verifier, Revocations(client)))
        yield
        await client.aclose()
        await database.close()

    return http.build_app(
        http.About("parts", "A service without a feature.", "/api/parts"),
        settings,
        [router],
        lifespan,
        lambda _: {},
    )


@pytest.fixture
async def world(settings_for: SettingsFor) -> AsyncIterator[World]:
    app = build(await settings_for(Settings, "session_service", profiler=True))
    async with running(app) as client:
        yield World(app, client)


@pytest.mark.parametrize("more", [0, 1, 5])
async def test_statements_are_counted_exactly(world: World, more: int) -> None:
    found = await world.take(f"/v1/things/secret-code?more={more}")
    assert (found.method, found.route, found.status) == ("GET", "/v1/things/{code}", 200)
    assert found.calls.number == 1 + more
    assert found.at == NOW
    assert more * 0.01 <= found.calls.seconds <= found.seconds
    assert found.session is not None


async def test_a_refused_statement_counts_and_the_request_is_a_500(world: World) -> None:
    found = await world.take("/v1/fails")
    assert (found.route, found.status, found.calls.number) == ("/v1/fails", 500, 1)
    assert (await world.take("/v1/things/x?more=1")).calls.number == 2


async def test_ones_own_account_costs_one_statement(settings_for: SettingsFor) -> None:
    app = user_app(await settings_for(UserSettings, "user_service", **SECRETS, profiler=True))
    async with running(app) as client:
        await app.state.redis.flushdb()
        body = {"identifier": "admin", "password": SECRETS["admin_password"]}
        token = (await client.post("/v1/logins", json=body)).json()["access_token"]
        headers = {"Authorization": f"Bearer {token}"}
        assert (await client.get("/v1/me", headers=headers)).status_code == 200
        [me] = [one for one in app.state.recorder.slowest() if one.route == "/v1/me"]
        assert me.calls.number == 1
        assert (await client.get(PATH, headers=headers)).status_code == 200


async def test_commands_of_mongo_are_counted(settings_for: SettingsFor, as_user: AsUser) -> None:
    app = message_app(await settings_for(MessageSettings, "message_service", profiler=True))
    async with running(app) as client:
        await client.get("/v1/conversations", headers=as_user("student").headers)
        [one] = app.state.recorder.slowest()
        assert one.calls.number >= 1
        assert 0 < one.calls.seconds <= one.seconds
        page = (await client.get(PATH, headers=as_user("admin").headers)).text
        assert "Mongo commands" in page
        assert "SQL statement" not in page


async def test_requests_at_once_have_their_own_counts_and_views(world: World) -> None:
    await asyncio.gather(
        *(world.client.get(f"/v1/things/x?more={more}") for more in (1, 2, 3)),
        *(world.client.get(path) for path in ("/v1/burns", "/v1/waits")),
    )
    found = world.recorder.slowest()
    things = [one for one in found if one.route == "/v1/things/{code}"]
    assert sorted(one.calls.number for one in things) == [2, 3, 4]
    by_route = {one.route: one for one in found}
    assert by_route["/v1/burns"].calls.number == 0
    assert by_route["/v1/waits"].calls.number == 1
    assert share(by_route["/v1/burns"], "burn_the_processor") > 0.3
    assert share(by_route["/v1/waits"], "burn_the_processor") < 0.1


def share(request: Request, function: str) -> float:
    """Which part of a request's time was spent inside a function."""
    assert request.session is not None
    records = request.session.frame_records
    inside = sum(took for stack, took in records if any(function in one for one in stack))
    return inside / sum(took for _, took in records)


async def test_beyond_some_at_once_requests_are_timed_only(world: World) -> None:
    at_once = profiling.AT_ONCE
    await asyncio.gather(*(world.client.get("/v1/burns") for _ in range(at_once + 3)))
    found = world.recorder.slowest()
    assert len(found) == at_once + 3
    assert [one.note for one in found if one.session is None] == ["timed only"] * 3
    assert world.recorder.active == 0


async def test_a_request_inside_a_request_is_timed_only(world: World) -> None:
    profiler = Profiler()
    profiler.start()
    try:
        assert (await world.take("/v1/things/x?more=1")).note == "timed only"
    finally:
        profiler.stop()
    found = await world.take("/v1/things/x?more=1")
    assert (found.note, found.calls.number) == ("", 2)


async def test_only_slow_requests_and_those_that_ask_keep_their_view(
    settings_for: SettingsFor,
) -> None:
    settings = await settings_for(
        Settings, "session_service", profiler=True, profiler_slower_than_ms=90
    )
    app = build(settings)
    async with running(app) as client:
        world = World(app, client)
        assert (await world.take("/v1/things/x")).note == "fast"
        assert (await world.take("/v1/waits")).session is not None
        asked = await world.take("/v1/things/x", headers={"X-Profile": "keep"})
        assert asked.session is not None


def _request(samples: int, seconds: float = 0.1) -> Request:
    session: Any = type("Session", (), {"frame_records": [()] * samples})()
    return Request(NOW, "GET", "/v1/x", 200, seconds, Calls(), session)


def test_the_buffer_is_bounded() -> None:
    recorder = Recorder(0)
    made = [_request(1, seconds=number) for number in range(profiling.KEPT_REQUESTS + 5)]
    for request in made:
        recorder.add(request)
    assert recorder.slowest() == made[:4:-1]
    assert recorder.find(made[4].id) is None
    assert recorder.slowest(203_000) == made[:202:-1]


def test_the_flame_views_share_a_budget() -> None:
    recorder, each = Recorder(0), profiling.SAMPLES_EACH
    made = [_request(each) for _ in range(profiling.KEPT_SAMPLES // each + 2)]
    for request in made:
        recorder.add(request)
    kept = [recorder.find(request.id) for request in made]
    assert [one is not None and one.session is not None for one in kept] == (
        [False] * 2 + [True] * (len(made) - 2)
    )
    assert kept[0] is not None
    assert kept[0].note == "no longer kept"


async def test_a_long_profile_is_made_coarser(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(profiling, "SAMPLES_EACH", 10)
    found = await world.take("/v1/burns")
    assert found.session is not None
    assert 1 <= len(found.session.frame_records) <= 10
    assert share(found, "burn_the_processor") > 0.5


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
    page = (await world.client.get(f"{PATH}?slower_than_ms=90", headers=admin)).text
    assert len(re.findall(times, page)) == 1
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


def is_profiled(app: FastAPI) -> bool:
    return Profiled.__name__ in [getattr(one.cls, "__name__", "") for one in app.user_middleware]


async def test_off_there_is_neither_page_nor_middleware(
    settings_for: SettingsFor, as_user: AsUser
) -> None:
    app = build(await settings_for(Settings, "session_service"))
    async with running(app) as client:
        assert not is_profiled(app)
        for headers in ({}, as_user("admin").headers):
            assert (await client.get(PATH, headers=headers)).status_code == 404
        assert (await client.get("/v1/things/x")).status_code == 200
        assert not hasattr(app.state, "recorder")


def test_the_page_is_no_part_of_the_api() -> None:
    def app(profiler: bool) -> FastAPI:
        return user_app(UserSettings.model_validate(nowhere() | SECRETS | {"profiler": profiler}))

    on, off = app(True), app(False)
    assert (is_profiled(on), is_profiled(off)) == (True, False)
    assert on.openapi() == off.openapi()
    assert routes(on) == routes(off)
