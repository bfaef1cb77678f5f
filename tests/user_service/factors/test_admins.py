"""Admins need a second factor: until they have one, their tokens do nothing but add one."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from libs.auth import ScopeMissing
from libs.settings import load
from tests.access.table import nowhere
from tests.conftest import SettingsFor
from tests.user_service.factors.people import Asha, code_of
from tests.user_service.world import SECRETS, Person, World, new_world
from user_service.factors import service
from user_service.settings import Settings

ADMIN = {"identifier": "admin", "password": SECRETS["admin_password"]}


@pytest.fixture
async def world(settings_for: SettingsFor) -> AsyncIterator[World]:
    async with new_world(settings_for, admin_second_factor=True) as made:
        yield made


async def refresh(world: World, person: Person) -> dict[str, Any]:
    """The next pair of a login."""
    body = {"refresh_token": person.login["refresh_token"]}
    answer = await world.client.post("/v1/logins/refresh", json=body)
    assert answer.status_code == 200, answer.text
    person.login |= answer.json()
    pair: dict[str, Any] = answer.json()
    return pair


async def test_u7_an_admin_without_a_factor_can_only_add_one(world: World) -> None:
    admin = Asha(world, await world.admin())
    assert admin.person.login["scope"] == "user:enroll"
    for method, path in (
        ("GET", "/v1/me"), ("GET", "/v1/logins"), ("DELETE", "/v1/logins/others"),
    ):  # fmt: skip
        assert code_of(await admin.call(method, path)) == (403, "scope_missing"), path
    held = await admin.call("GET", "/v1/factors")
    assert (held.status_code, held.json()["required"]) == (200, True)
    assert (await refresh(world, admin.person))["scope"] == "user:enroll"

    await admin.add_totp()
    assert code_of(await admin.call("GET", "/v1/me")) == (403, "scope_missing")
    assert (await refresh(world, admin.person))["scope"] is None
    assert (await admin.call("GET", "/v1/me")).status_code == 200


async def test_u7_an_admin_without_a_factor_can_sign_out(world: World) -> None:
    admin = Asha(world, await world.admin())
    assert (await admin.call("DELETE", "/v1/logins/current")).status_code == 204
    renewal = {"refresh_token": admin.person.login["refresh_token"]}
    renewed = await world.client.post("/v1/logins/refresh", json=renewal)
    assert code_of(renewed) == (401, "refresh_refused")


@pytest.mark.parametrize("named", ["message", "notification", "payment", "session", "user"])
async def test_u7_the_narrowed_token_is_refused_by_every_service(world: World, named: str) -> None:
    admin = await world.admin()
    principal = await world.parts.verifier.verify(admin.login["access_token"])
    for writes in (False, True):
        with pytest.raises(ScopeMissing):
            principal.check_scope(f"{named}_service", writes=writes)


async def test_u7_an_admin_signs_in_with_both_from_then_on(world: World) -> None:
    admin = Asha(world, await world.admin())
    await admin.add_totp()
    asked = await world.client.post("/v1/logins", json=ADMIN)
    assert asked.status_code == 202
    made = await admin.answer(asked.json()["challenge"], "totp", code=admin.code)
    assert (made.status_code, made.json()["scope"]) == (201, None)


async def test_u7_a_login_from_before_the_first_factor_ends_and_adds_none(world: World) -> None:
    """Whoever has the password alone must not come in by a login that began before."""
    thief, admin = Asha(world, await world.admin()), Asha(world, await world.admin())
    begun = (await thief.call("POST", "/v1/factors/totp")).json()
    passkey = await thief.call("POST", "/v1/factors/passkey-challenges")
    assert passkey.status_code == 201
    await admin.add_totp()
    assert begun["secret"] != admin.secret
    for method, path in (
        ("POST", "/v1/factors/totp"), ("DELETE", "/v1/factors/totp"),
        ("POST", "/v1/factors/passkey-challenges"), ("POST", "/v1/factors/recovery-codes"),
    ):  # fmt: skip
        assert code_of(await thief.call(method, path)) == (401, "login_revoked"), path
    by_password = await thief.call("POST", "/v1/step-ups/password", {"password": ADMIN["password"]})
    assert code_of(by_password) == (403, "factor_needed")
    challenge = (await thief.call("POST", "/v1/step-ups/challenges")).json()["challenge"]
    body = {"challenge": challenge, "proof": {"kind": "totp", "code": admin.code}}
    by_factor = await thief.call("POST", "/v1/step-ups/factor", body)
    assert code_of(by_factor) == (401, "login_revoked")
    renewal = {"refresh_token": thief.person.login["refresh_token"]}
    renewed = await world.client.post("/v1/logins/refresh", json=renewal)
    assert code_of(renewed) == (401, "refresh_refused")
    assert (await refresh(world, admin.person))["scope"] is None


async def test_u7_an_admin_keeps_one_factor(world: World) -> None:
    admin = Asha(world, await world.admin())
    await admin.add_totp()
    assert code_of(await admin.call("DELETE", "/v1/factors/totp")) == (409, "last_factor_kept")
    assert await world.count("totps") == 1


async def test_u7_two_first_factors_at_once_give_one_set_of_codes(world: World) -> None:
    admin = Asha(world, await world.admin())
    admin.secret = (await admin.call("POST", "/v1/factors/totp")).json()["secret"]
    body = {"code": admin.code}
    answers = await asyncio.gather(
        *(admin.call("POST", "/v1/factors/totp/confirmations", body) for _ in range(20))
    )
    assert sorted(answer.status_code for answer in answers) == [200, *[404] * 19]
    assert await world.count("recovery_codes") == 10


async def test_u7_a_reset_takes_everything_and_ends_all_logins(world: World) -> None:
    admin = Asha(world, await world.admin())
    await admin.add_totp()
    owner = Asha(world, await world.sign_up())
    await owner.add_totp()
    half_done = (await owner.ask())["challenge"]
    async with world.parts.database.transaction() as session:
        await service.reset(
            session, owner.person.id, actor_id=admin.person.id, reason="lost the phone"
        )
    answer = await owner.answer(half_done, "totp", code=owner.code)
    assert code_of(answer) == (400, "challenge_refused")
    renewed = await world.client.post(
        "/v1/logins/refresh", json={"refresh_token": owner.person.login["refresh_token"]}
    )
    assert code_of(renewed) == (401, "refresh_refused")
    again = await world.sign_in("asha_rao", "a long pass phrase")
    assert again.login["scope"] is None
    [(actor, subject, details)] = await world.rows(
        "SELECT actor_id, subject_id, details FROM audit_entries WHERE action = 'factor.reset'"
    )
    assert (actor, subject) == (admin.person.id, owner.person.id)
    assert details == {"reason": "lost the phone", "totp": True, "passkeys": 0}
    await world.run_jobs()
    assert "Your second factors on StudyZed were reset" in {
        mail.subject for mail in world.mailer.mails
    }
    [(left,)] = await world.rows("SELECT count(*) FROM totps")
    assert left == 1


@pytest.mark.parametrize(("minutes", "good"), [(0, False), (1, True), (60, True), (61, False)])
def test_u5_no_access_token_outlives_what_is_known_of_revocations(minutes: int, good: bool) -> None:
    strong = "a1b2c3d4e5f6g7h8i9j0k1l2m3n4o5p6q7"  # pragma: allowlist secret
    values = nowhere() | SECRETS | dict.fromkeys(Settings.strong_secrets(), strong)
    values |= {"environment": "production", "public_url": "https://x.example"}
    values |= {"access_minutes": minutes}
    if good:
        assert Settings.model_validate(values).access_minutes == minutes
        return
    with pytest.raises(ValueError, match="USER_ACCESS_MINUTES"):
        Settings.model_validate(values)


def test_u7_only_local_modes_may_let_admins_in_without(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    strong = "a1b2c3d4e5f6g7h8i9j0k1l2m3n4o5p6q7"  # pragma: allowlist secret
    values = nowhere() | SECRETS | dict.fromkeys(Settings.strong_secrets(), strong)
    values |= {"environment": "production", "public_url": "https://x.example"}
    for name, value in values.items():
        monkeypatch.setenv(f"USER_{name.upper()}", value)
    assert load(Settings).admin_second_factor is True
    assert (load(Settings).rp_id, load(Settings).origins) == ("x.example", ("https://x.example",))
    monkeypatch.setenv("USER_ADMIN_SECOND_FACTOR", "false")
    with pytest.raises(SystemExit) as stopped:
        load(Settings)
    assert stopped.value.code == 78
    assert "USER_ADMIN_SECOND_FACTOR" in capsys.readouterr().err
    monkeypatch.setenv("USER_ENVIRONMENT", "local")
    monkeypatch.setenv("USER_PASSKEY_RP_ID", "localhost")
    monkeypatch.setenv("USER_PASSKEY_ORIGINS", "http://localhost:1 http://localhost:2")
    made = load(Settings)
    assert (made.admin_second_factor, made.rp_id) == (False, "localhost")
    assert made.origins == ("http://localhost:1", "http://localhost:2")
