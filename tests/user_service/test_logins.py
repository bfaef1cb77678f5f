"""Signing in, refreshing, signing out, and what must not be possible."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from libs.ids import new_id
from libs.revocations import COMPLETE, REVOKED
from tests.conftest import SettingsFor
from tests.stack import eventually
from tests.user_service.world import PERSON, World, new_world
from user_service.logins import refresh, revocations
from user_service.logins.errors import RefreshRefused


@pytest.fixture
async def world(settings_for: SettingsFor) -> AsyncIterator[World]:
    async with new_world(settings_for) as made:
        await made.sign_up()
        yield made


async def sign_in(world: World, **other: Any) -> Any:
    body = {"identifier": "asha_rao", "password": PERSON["password"]} | other
    return await world.client.post("/v1/logins", json=body)


async def renew(world: World, token: str) -> Any:
    return await world.client.post("/v1/logins/refresh", json={"refresh_token": token})


async def test_u_a3_each_refresh_gives_a_new_pair(world: World) -> None:
    first = (await sign_in(world)).json()
    world.clock.move(timedelta(minutes=5))
    second = (await renew(world, first["refresh_token"])).json()
    assert second["refresh_token"] != first["refresh_token"]
    headers = {"Authorization": f"Bearer {second['access_token']}"}
    assert (await world.client.get("/v1/me", headers=headers)).status_code == 200
    third = await renew(world, second["refresh_token"])
    assert third.status_code == 200


async def test_u_a3_lost_reply_within_30_seconds_gets_the_same_successor(world: World) -> None:
    first = (await sign_in(world)).json()["refresh_token"]
    answers = await asyncio.gather(*(renew(world, first) for _ in range(10)))
    assert {answer.status_code for answer in answers} == {200}
    successors = {answer.json()["refresh_token"] for answer in answers}
    assert len(successors) == 1
    world.clock.move(timedelta(seconds=30))
    again = (await renew(world, first)).json()
    assert again["refresh_token"] == successors.pop()
    principal = await world.parts.verifier.verify(again["access_token"])
    left = principal.expires_at - world.clock.now()
    assert again["expires_in"] == 600
    assert timedelta(seconds=599) < left <= timedelta(seconds=600)


async def test_u_a3_reuse_after_30_seconds_ends_the_login(world: World) -> None:
    first = (await sign_in(world)).json()["refresh_token"]
    successor = (await renew(world, first)).json()["refresh_token"]
    world.clock.move(timedelta(seconds=30, microseconds=1))
    stolen = await renew(world, first)
    assert (stolen.status_code, stolen.json()["code"]) == (401, "refresh_refused")
    owner = await renew(world, successor)
    assert (owner.status_code, owner.json()["code"]) == (401, "refresh_refused")


async def test_u_a3_older_generations_are_reuse_at_once(world: World) -> None:
    first = (await sign_in(world)).json()["refresh_token"]
    second = (await renew(world, first)).json()["refresh_token"]
    third = (await renew(world, second)).json()["refresh_token"]
    assert (await renew(world, first)).status_code == 401
    assert (await renew(world, third)).status_code == 401


async def test_refresh_ends_after_thirty_days(world: World) -> None:
    token = (await sign_in(world)).json()["refresh_token"]
    world.clock.move(timedelta(days=30))
    assert (await renew(world, token)).status_code == 401


@given(st.uuids(), st.integers(0, 2**32 - 1))
def test_refresh_token_round_trip(login_id: UUID, generation: int) -> None:
    assert refresh.read("secret", refresh.issue("secret", login_id, generation)) == (
        login_id,
        generation,
    )


@given(st.text(max_size=100) | st.binary(max_size=80).map(lambda raw: raw.hex()))
def test_forged_refresh_token_is_refused(token: str) -> None:
    with pytest.raises(RefreshRefused):
        refresh.read("secret", token)


def test_refresh_token_of_another_secret_is_refused() -> None:
    with pytest.raises(RefreshRefused):
        refresh.read("secret", refresh.issue("other", new_id(), 1))


async def test_blocked_account_learns_so_only_with_the_right_password(world: World) -> None:
    async with world.parts.database.transaction() as session:
        await session.execute(text("UPDATE accounts SET blocked_at = now()"))
    wrong, right = await sign_in(world, password="no no no"), await sign_in(world)
    assert (wrong.status_code, wrong.json()["code"]) == (401, "credentials_refused")
    assert (right.status_code, right.json()["code"]) == (403, "account_blocked")


async def test_u3_logout_is_felt_by_a_living_access_token(world: World) -> None:
    tokens = (await sign_in(world)).json()
    headers = {"Authorization": f"Bearer {tokens['access_token']}"}
    assert (await world.client.delete("/v1/logins/current", headers=headers)).status_code == 204
    assert (await renew(world, tokens["refresh_token"])).status_code == 401
    entries = await revocations.wanted(world.parts.database, world.clock.now())
    assert await revocations.project(world.parts.redis, entries)

    async def refused() -> bool:
        answer = await world.client.get("/v1/me", headers=headers)
        return answer.status_code == 401 and answer.json()["code"] == "login_revoked"

    assert await eventually(refused, 5)


async def test_revocations_survive_a_redis_that_forgets(world: World) -> None:
    tokens = (await sign_in(world)).json()
    headers = {"Authorization": f"Bearer {tokens['access_token']}"}
    await world.client.delete("/v1/logins/current", headers=headers)
    entries = await revocations.wanted(world.parts.database, world.clock.now())
    assert await revocations.project(world.parts.redis, entries) is True
    assert await revocations.project(world.parts.redis, entries) is False
    await world.parts.redis.flushdb()
    assert await revocations.project(world.parts.redis, entries) is True
    assert set(await world.parts.redis.zrange(REVOKED, 0, -1)) == {*entries, COMPLETE}
    assert await revocations.project(world.parts.redis, {}) is True
    assert await world.parts.redis.zrange(REVOKED, 0, -1) == [COMPLETE]


async def test_login_reaches_only_its_own_account(world: World) -> None:
    tokens = (await sign_in(world)).json()
    assert tokens["account"]["username"] == "asha_rao"
    headers = {"Authorization": f"Bearer {tokens['access_token']}"}
    me = (await world.client.get("/v1/me", headers=headers)).json()
    assert me == tokens["account"]
    async with world.parts.database.transaction() as session:
        await session.execute(text("DELETE FROM accounts WHERE username = 'asha_rao'"))
    gone = await world.client.get("/v1/me", headers=headers)
    assert (gone.status_code, gone.json()["code"]) == (404, "account_not_found")


@pytest.mark.parametrize(
    ("scopes", "method", "path", "status"),
    [
        ({"user:read"}, "GET", "/v1/me", 200), ({"session:read"}, "GET", "/v1/me", 403),
        ({"user:write"}, "GET", "/v1/me", 403), (set(), "GET", "/v1/me", 403),
        ({"user:read"}, "DELETE", "/v1/me/pictures/current", 403),
        ({"user:write"}, "DELETE", "/v1/me/pictures/current", 204),
        ({"user:read", "user:write"}, "DELETE", "/v1/logins/current", 403),
        ({"user:enroll", "user:write"}, "DELETE", "/v1/logins/current", 403),
        ({"user:enroll"}, "DELETE", "/v1/logins/current", 204),
        ({"erasure:undo"}, "DELETE", "/v1/logins/current", 204),
        ({"user:enroll"}, "GET", "/v1/me", 403),
    ],
)  # fmt: skip
async def test_u18_a_narrowed_token_may_do_what_its_scopes_say(
    world: World, scopes: set[str], method: str, path: str, status: int
) -> None:
    login = (await sign_in(world)).json()
    whole = await world.parts.verifier.verify(login["access_token"])
    narrow = replace(whole, scopes=frozenset(scopes))
    token = await world.parts.keys.sign(narrow, world.clock.now())
    headers = {"Authorization": f"Bearer {token}"}
    answer = await world.client.request(method, path, headers=headers)
    assert answer.status_code == status
    if status == 403:
        assert answer.json()["code"] == "scope_missing"
