"""Credentials change only by whoever has just shown who they are."""

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.stack import eventually
from tests.user_service.authenticator import Authenticator
from tests.user_service.factors.people import PASSWORD, Asha, asha, code_of
from tests.user_service.factors.test_totp import REFUSED
from tests.user_service.world import Person, World
from user_service.logins import revocations

CHANGES = [
    ("POST", "/v1/factors/totp"), ("DELETE", "/v1/factors/totp"),
    ("POST", "/v1/factors/passkey-challenges"),
    ("DELETE", "/v1/factors/passkeys/0190a0a0-0000-7000-8000-000000000000"),
    ("POST", "/v1/factors/recovery-codes"),
]  # fmt: skip
NEEDED = (403, "step_up_needed")


async def step_up(owner: Asha, kind: str, **proof: object) -> int:
    """Steps up by a factor; the status."""
    asked = (await owner.call("POST", "/v1/step-ups/challenges")).json()
    body = {"challenge": asked["challenge"], "proof": {"kind": kind} | proof}
    return (await owner.call("POST", "/v1/step-ups/factor", body)).status_code


@pytest.mark.parametrize(("method", "path"), CHANGES)
async def test_u7_five_minutes_after_the_sign_in_it_needs_a_step_up(
    world: World, method: str, path: str
) -> None:
    owner = await asha(world)
    world.clock.move(timedelta(minutes=4, seconds=59))
    soon = await owner.call(method, path)
    assert soon.status_code in (201, 404)
    assert soon.json().get("code") in (None, "factor_not_found")
    world.clock.move(timedelta(seconds=1))
    assert code_of(await owner.call(method, path)) == NEEDED


async def test_u7_the_password_steps_up_while_there_is_no_factor(world: World) -> None:
    owner = await asha(world)
    world.clock.move(timedelta(minutes=9))
    wrong = await owner.call("POST", "/v1/step-ups/password", {"password": "no"})
    assert code_of(wrong) == (400, "step_up_refused")
    assert code_of(await owner.call("POST", "/v1/factors/totp")) == NEEDED
    body = {"password": PASSWORD["password"]}
    done = await owner.call("POST", "/v1/step-ups/password", body)
    assert done.status_code == 200
    await owner.add_totp()
    assert code_of(await owner.call("POST", "/v1/step-ups/password", body)) == (
        403, "factor_needed",
    )  # fmt: skip


async def test_u7_six_wrong_passwords_wait(world: World) -> None:
    owner = await asha(world)
    for _ in range(5):
        answer = await owner.call("POST", "/v1/step-ups/password", {"password": "no"})
        assert answer.status_code == 400
    sixth = await owner.call("POST", "/v1/step-ups/password", {"password": PASSWORD["password"]})
    assert code_of(sixth) == (429, "too_many_tries")


async def test_u7_each_kind_of_factor_steps_up(world: World) -> None:
    owner, device = await asha(world), Authenticator()
    await owner.add_totp()
    await owner.add_passkey(device)
    for kind in ("totp", "recovery_code", "passkey"):
        world.clock.move(timedelta(minutes=6))
        owner.person = Asha(world, await owner.sign_in()).person
        world.clock.move(timedelta(minutes=6))
        path = "/v1/factors/passkey-challenges"
        assert code_of(await owner.call("POST", path)) == NEEDED
        if kind == "passkey":
            asked = (await owner.call("POST", "/v1/step-ups/challenges")).json()
            assert asked["factors"] == ["totp", "passkey", "recovery_code"]
            credential = device.get(asked["passkey"])
            proof = {"kind": kind, "credential": credential}
            body = {"challenge": asked["challenge"], "proof": proof}
            assert (await owner.call("POST", "/v1/step-ups/factor", body)).status_code == 200
            again = await owner.call("POST", "/v1/step-ups/factor", body)
            assert code_of(again) == (400, "challenge_refused")
        else:
            code = owner.code if kind == "totp" else owner.recovery_codes[0]
            assert await step_up(owner, kind, code=code) == 200
        assert (await owner.call("POST", path)).status_code == 201


async def test_u7_a_wrong_factor_does_not_step_up(world: World) -> None:
    owner = await asha(world)
    await owner.add_totp()
    world.clock.move(timedelta(minutes=6))
    wrong = f"{(int(owner.code) + 1) % 1_000_000:06d}"
    asked = (await owner.call("POST", "/v1/step-ups/challenges")).json()
    body = {"challenge": asked["challenge"], "proof": {"kind": "totp", "code": wrong}}
    assert code_of(await owner.call("POST", "/v1/step-ups/factor", body)) == REFUSED
    assert code_of(await owner.call("DELETE", "/v1/factors/totp")) == NEEDED


@pytest.mark.parametrize("kind", ["totp", "passkey"])
async def test_u7_the_first_factor_ends_all_other_logins(world: World, kind: str) -> None:
    owner = await asha(world)
    other = await world.sign_in(PASSWORD["identifier"], PASSWORD["password"])
    await (owner.add_totp() if kind == "totp" else owner.add_passkey(Authenticator()))

    async def renewed(person: Person) -> int:
        renewal = {"refresh_token": person.login["refresh_token"]}
        return (await world.client.post("/v1/logins/refresh", json=renewal)).status_code

    assert (await renewed(owner.person), await renewed(other)) == (200, 401)
    second = Authenticator()
    if kind == "totp":
        other = await owner.sign_in()
        await owner.add_passkey(second)
        assert await renewed(other) == 200, "the second factor ends nothing"


async def test_u7_u16_a_new_password_needs_the_factor_where_there_is_one(world: World) -> None:
    owner = await asha(world)
    await owner.add_totp()
    world.clock.move(timedelta(minutes=5))
    body = {"old_password": PASSWORD["password"], "password": "another long phrase"}
    before = await world.rows("SELECT password_hash FROM accounts ORDER BY id")
    assert code_of(await owner.call("PUT", "/v1/me/password", body)) == NEEDED
    assert await world.rows("SELECT password_hash FROM accounts ORDER BY id") == before
    assert await step_up(owner, "totp", code=owner.code) == 200
    assert (await owner.call("PUT", "/v1/me/password", body)).status_code == 204
    changed = await world.rows("SELECT action FROM audit_entries WHERE action LIKE 'password.%'")
    assert [action for (action,) in changed] == ["password.changed"]


async def test_u7_removing_a_factor_ends_all_other_logins(world: World) -> None:
    owner = await asha(world)
    await owner.add_totp()
    other = Asha(world, await owner.sign_in())
    assert (await owner.call("DELETE", "/v1/factors/totp")).status_code == 204
    assert await world.count("recovery_codes") == 0
    assert (await owner.call("GET", "/v1/me")).status_code == 200
    renewed = {"refresh_token": other.person.login["refresh_token"]}
    answer = await world.client.post("/v1/logins/refresh", json=renewed)
    assert code_of(answer) == (401, "refresh_refused")
    entries = await revocations.wanted(world.parts.database, world.clock.now())
    await revocations.project(world.parts.redis, entries)

    async def felt() -> bool:
        return (await other.call("GET", "/v1/me")).status_code == 401

    assert await eventually(felt, 10)
    plain = await world.client.post("/v1/logins", json=PASSWORD)
    assert plain.status_code == 201
    await world.run_jobs()
    subjects = [mail.subject for mail in world.mailer.mails]
    assert "The authenticator app was removed from your StudyZed account" in subjects


@pytest.mark.parametrize(("method", "path"), [*CHANGES, ("GET", "/v1/factors")])
async def test_u7_no_narrowed_token_and_nobody_in_anothers_place(
    world: World, method: str, path: str
) -> None:
    owner = await asha(world)
    whole = await world.parts.verifier.verify(owner.person.login["access_token"])
    wide = frozenset(f"user:{right}" for right in ("read", "write"))
    mixed = wide | {"user:enroll"}
    for other in (
        replace(whole, scopes=wide), replace(whole, scopes=mixed),
        replace(whole, actor_id=whole.account_id),
    ):  # fmt: skip
        token = await world.parts.keys.sign(other, world.clock.now())
        headers = {"Authorization": f"Bearer {token}"}
        answer = await world.client.request(method, path, headers=headers)
        assert code_of(answer) == (403, "scope_missing")
