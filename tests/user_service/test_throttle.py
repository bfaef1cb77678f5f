"""Who guesses passwords waits; the owner does not (U-A5)."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import httpx
import pytest

from libs.limits import Backoff
from tests.conftest import SettingsFor
from tests.user_service.world import PERSON, Person, World, new_world
from user_service.accounts.passwords import Passwords
from user_service.logins import throttle

WRONG = "not this one, no"


@pytest.fixture
async def world(settings_for: SettingsFor) -> AsyncIterator[World]:
    async with new_world(settings_for) as made:
        await made.sign_up()
        yield made


async def sign_in(world: World, client: httpx.AsyncClient | None = None, **other: Any) -> Any:
    body = {"identifier": "asha_rao", "password": PERSON["password"]} | other
    return await (client or world.client).post("/v1/logins", json=body)


@asynccontextmanager
async def network(world: World, address: str) -> AsyncIterator[httpx.AsyncClient]:
    """A client at another address."""
    app = world.client._transport.app  # type: ignore[attr-defined]
    transport = httpx.ASGITransport(app, raise_app_exceptions=False, client=(address, 1))
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        yield client


def code(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


async def guess(world: World, times: int, **other: Any) -> None:
    for _ in range(times):
        answer = await sign_in(world, **({"password": WRONG} | other))
        assert code(answer) == (401, "credentials_refused"), answer.text


async def without_password(world: World) -> None:
    await world.rows("UPDATE accounts SET password_hash = NULL WHERE id IS NOT NULL RETURNING id")


@pytest.mark.parametrize("passwordless", [False, True])
async def test_u_a5_unknown_user_and_wrong_password_look_the_same(
    world: World, passwordless: bool
) -> None:
    if passwordless:
        await without_password(world)
    wrong = await sign_in(world, password=WRONG)
    unknown = await sign_in(world, identifier="nobody_here")
    assert wrong.status_code == unknown.status_code == 401
    bodies = [{k: v for k, v in a.json().items() if k != "trace_id"} for a in (wrong, unknown)]
    assert bodies[0] == bodies[1]
    assert bodies[0]["code"] == "credentials_refused"
    skipped = {"x-trace-id"}
    heads = [{k: v for k, v in a.headers.items() if k not in skipped} for a in (wrong, unknown)]
    assert heads[0] == heads[1]
    assert (heads[0]["ratelimit-limit"], heads[0]["ratelimit-remaining"]) == ("5", "4")


async def test_u_a5_unknown_user_and_wrong_password_wait_alike(world: World) -> None:
    for identifier in ("asha_rao", "nobody_here"):
        await guess(world, 5, identifier=identifier)
        assert code(await sign_in(world, identifier=identifier)) == (429, "too_many_tries")


async def test_u_a5_the_sixth_try_of_a_network_waits_longer_each_time(world: World) -> None:
    await guess(world, 5)
    for minutes in (1, 2, 4, 8, 15, 15):
        refused = await sign_in(world)
        assert code(refused) == (429, "too_many_tries")
        assert refused.headers["Retry-After"] == str(60 * minutes)
        assert refused.headers["RateLimit-Remaining"] == "0"
        world.clock.move(timedelta(minutes=minutes, milliseconds=-1))
        assert code(await sign_in(world)) == (429, "too_many_tries")
        world.clock.move(timedelta(milliseconds=1))
        await guess(world, 1)
    world.clock.move(timedelta(minutes=15))
    assert (await sign_in(world)).status_code == 201
    await guess(world, 5)  # the right password has made it forget


async def test_u_a5_other_networks_and_other_people_do_not_wait(world: World) -> None:
    await guess(world, 5)
    await guess(world, 1, identifier="admin")
    async with network(world, "203.0.113.7") as elsewhere:
        assert (await sign_in(world, elsewhere)).status_code == 201
    assert code(await sign_in(world)) == (429, "too_many_tries")


async def test_u_a5_addresses_of_one_ipv6_network_are_one(world: World) -> None:
    for n in range(6):
        async with network(world, f"2001:db8::{n + 1}") as client:
            answer = await sign_in(world, client, password=WRONG)
            assert answer.status_code == (401 if n < 5 else 429)


async def test_u_a5_twenty_wrong_tries_at_once_count_each(world: World) -> None:
    answers = await asyncio.gather(*(sign_in(world, password=WRONG) for _ in range(20)))
    assert sorted(answer.status_code for answer in answers) == [401] * 5 + [429] * 15
    assert code(await sign_in(world)) == (429, "too_many_tries")


async def test_u_a5_spelling_an_identifier_otherwise_gives_no_new_tries(world: World) -> None:
    for identifier in ("asha_rao", "ASHA_RAO", " asha_rao ", "Asha_Rao", "asha_raO"):
        await guess(world, 1, identifier=identifier)
    assert code(await sign_in(world)) == (429, "too_many_tries")


async def known_device(world: World) -> Person:
    return await world.sign_in("asha_rao", PERSON["password"], device="phone")


async def test_u_a5_the_owner_on_a_known_device_still_gets_in(world: World) -> None:
    phone = await known_device(world)
    token = phone.login["device_token"]
    await guess(world, 5)
    assert code(await sign_in(world)) == (429, "too_many_tries")
    assert (await sign_in(world, device_token=token)).status_code == 201
    assert code(await sign_in(world)) == (429, "too_many_tries")  # for the others nothing changed


async def test_u_a5_a_known_device_has_tries_of_its_own_and_no_more(world: World) -> None:
    token = (await known_device(world)).login["device_token"]
    await guess(world, 5, device_token=token)
    assert code(await sign_in(world, device_token=token)) == (429, "too_many_tries")
    assert (await sign_in(world)).status_code == 201


async def test_u_a5_a_device_that_was_signed_out_from_afar_is_known_no_more(world: World) -> None:
    phone, laptop = await known_device(world), await known_device(world)
    answer = await world.client.delete("/v1/logins/others", headers=laptop.headers)
    assert answer.status_code == 204
    await guess(world, 5)
    token = phone.login["device_token"]
    assert code(await sign_in(world, device_token=token)) == (429, "too_many_tries")
    assert (await sign_in(world, device_token=laptop.login["device_token"])).status_code == 201


async def test_u_a5_the_token_of_another_account_s_device_opens_nothing(world: World) -> None:
    bela = await world.sign_up("b@example.org", username="bela_das")
    await guess(world, 5)
    token = bela.login["device_token"]
    assert code(await sign_in(world, device_token=token)) == (429, "too_many_tries")


async def test_u_a5_one_password_tried_on_everybody_waits(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(throttle, "NETWORK", Backoff("spray", 7, 60, 900, 3_600))
    phone = await known_device(world)
    for n in range(7):
        await guess(world, 1, identifier=f"somebody_{n}")
    assert code(await sign_in(world)) == (429, "too_many_tries")
    token = phone.login["device_token"]
    assert (await sign_in(world, device_token=token)).status_code == 201
    async with network(world, "203.0.113.7") as elsewhere:
        assert (await sign_in(world, elsewhere)).status_code == 201


async def test_u_a5_right_passwords_do_not_make_a_network_wait(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(throttle, "NETWORK", Backoff("spray", 3, 60, 900, 3_600))
    for _ in range(9):
        assert (await sign_in(world)).status_code == 201


async def test_u_a5_many_networks_that_guess_one_password_wait(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(throttle, "IDENTIFIER", Backoff("wide", 7, 60, 900, 3_600))
    phone = await known_device(world)
    for n in range(7):
        async with network(world, f"203.0.113.{n}") as client:
            assert (await sign_in(world, client, password=WRONG)).status_code == 401
    async with network(world, "203.0.113.77") as client:
        assert code(await sign_in(world, client)) == (429, "too_many_tries")
        token = phone.login["device_token"]
        assert (await sign_in(world, client, device_token=token)).status_code == 201


async def test_u_a5_a_new_password_ends_the_wait_of_all_networks(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(throttle, "IDENTIFIER", Backoff("wide", 3, 60, 900, 3_600))
    await guess(world, 3)
    grant = await grant_for_reset(world)
    body = {"grant": grant, "password": "another long phrase"}
    assert (await world.client.post("/v1/password-resets", json=body)).status_code == 204
    async with network(world, "203.0.113.7") as client:
        answer = await sign_in(world, client, password="another long phrase")
        assert answer.status_code == 201


@pytest.mark.parametrize("identifier", ["asha_rao", "asha@example.org"])
async def test_u_a5_whoever_forgot_the_password_does_not_wait_after_a_new_one(
    world: World, identifier: str
) -> None:
    await guess(world, 5, identifier=identifier)
    async with network(world, "203.0.113.7") as elsewhere:
        for _ in range(5):
            assert (await sign_in(world, elsewhere, password=WRONG)).status_code == 401
        body = {"grant": await grant_for_reset(world), "password": "another long phrase"}
        assert (await world.client.post("/v1/password-resets", json=body)).status_code == 204
        new: dict[str, Any] = {"password": body["password"]}
        assert (await sign_in(world, identifier=identifier, **new)).status_code == 201
        assert code(await sign_in(world, elsewhere, **new)) == (429, "too_many_tries")


async def grant_for_reset(world: World) -> str:
    for key in await world.parts.redis.keys("limit:user:code*"):
        await world.parts.redis.delete(key)
    return await world.grant_for("asha@example.org", "password_reset")


async def test_a_network_may_sign_in_sixty_times_a_minute(world: World) -> None:
    before = (await world.parts.redis.keys("limit:user:logins:*"))[0]
    await world.parts.redis.set(before, 60, keepttl=True)
    answer = await sign_in(world)
    assert code(answer) == (429, "too_many_requests")
    assert int(answer.headers["Retry-After"]) in range(1, 61)


async def test_u_a5_a_refusal_takes_the_time_of_the_slowest_hash_there_is(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No clock is read here: what counts is that everybody's refusal is evened out, or nobody's."""
    evened: list[str | None] = []

    async def even_out(_: Passwords, encoded: str | None, __: str) -> None:
        evened.append(encoded)

    monkeypatch.setattr(Passwords, "even_out", even_out)
    await guess(world, 1)
    await guess(world, 1, identifier="nobody_here")
    assert evened == []
    await world.rows("UPDATE accounts SET password_hash = 'pbkdf2_sha256$1$salt$AAAA' "
                     "WHERE username = 'admin' RETURNING id")  # fmt: skip
    await guess(world, 1, identifier="admin")
    await guess(world, 1, identifier="nobody_here")
    await guess(world, 1)
    assert (await sign_in(world)).status_code == 201
    assert [one and one.partition("$")[0] for one in evened] == ["pbkdf2_sha256", None, ""]
