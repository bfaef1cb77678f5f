"""The profiler: what it counts and keeps, for requests at once too; off, it is not there."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from fastapi import FastAPI
from pyinstrument import Profiler

from libs import profiling
from libs.profiler_page import PATH
from libs.profiling import Calls, Profiled, Recorder, Request
from message_service.app import create_app as message_app
from message_service.settings import Settings as MessageSettings
from tests.access.table import nowhere, routes
from tests.conftest import SettingsFor
from tests.libs.parts import Settings
from tests.libs.profiled import NOW, AsUser, World, build, profiled
from tests.stack import running
from tests.user_service.world import SETTINGS
from user_service.app import create_app as user_app
from user_service.settings import Settings as UserSettings


@pytest.fixture
async def world(settings_for: SettingsFor) -> AsyncIterator[World]:
    async with profiled(settings_for) as made:
        yield made


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
    app = user_app(await settings_for(UserSettings, "user_service", **SETTINGS, profiler=True))
    async with running(app) as client:
        await app.state.redis.flushdb()
        body = {"identifier": "admin", "password": SETTINGS["admin_password"]}
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
        *(world.client.get(path) for path in ("/v1/burns", "/v1/waits")),
        *(world.client.get(f"/v1/things/x?more={more}") for more in (1, 2, 3)),
    )
    found = world.recorder.slowest()
    things = [one for one in found if one.route == "/v1/things/{code}"]
    assert sorted(one.calls.number for one in things) == [2, 3, 4]
    by_route = {one.route: one for one in found}
    assert by_route["/v1/burns"].calls.number == 0
    assert by_route["/v1/waits"].calls.number == 1
    assert share(by_route["/v1/burns"], "burn_the_processor") > 0.3
    others = [one for one in found if one.route != "/v1/burns"]
    assert [one for one in others if share(one, "burn_the_processor") > 0.02] == []


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
    async with profiled(settings_for, profiler_slower_than_ms=2_000) as world:
        assert (await world.take("/v1/things/x")).note == "fast"
        assert (await world.take("/v1/things/x?more=200")).session is not None
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


async def test_a_view_begins_below_the_middleware(world: World) -> None:
    found = await world.take("/v1/burns")
    assert share(found, "libs/app.py") > 0.5
    assert share(found, "run_until_complete") == 0
    assert share(found, "libs/profiling.py") < 0.1


async def test_a_long_profile_is_made_coarser(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(profiling, "SAMPLES_EACH", 10)
    found = await world.take("/v1/burns")
    assert found.session is not None
    assert 1 <= len(found.session.frame_records) <= 10
    assert share(found, "burn_the_processor") > 0.5


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
        return user_app(UserSettings.model_validate(nowhere() | SETTINGS | {"profiler": profiler}))

    on, off = app(True), app(False)
    assert (is_profiled(on), is_profiled(off)) == (True, False)
    assert on.openapi() == off.openapi()
    assert routes(on) == routes(off)
