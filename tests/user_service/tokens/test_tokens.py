"""Personal access tokens: making, exchanging and revoking them."""

import asyncio
from collections import Counter
from datetime import timedelta
from typing import Any

import httpx
import pytest

from tests.conftest import SettingsFor
from tests.stack import eventually
from tests.user_service.factors.people import Asha, asha, code_of
from tests.user_service.world import PERSON, World, new_world
from user_service.logins import revocations
from user_service.tokens import repository, secret

PASSWORD = {"password": PERSON["password"]}
READER = {"name": "laptop", "scopes": ["user:read"], "days": 30}


async def make(owner: Asha, **other: Any) -> dict[str, Any]:
    """A new token of somebody's."""
    made = await owner.call("POST", "/v1/tokens", READER | other)
    assert made.status_code == 201, made.text
    token: dict[str, Any] = made.json()
    return token


async def exchange(world: World, token: str, **other: Any) -> httpx.Response:
    body = {"subject_token": token} | other
    return await world.client.post("/v1/tokens/exchanges", json=body)


async def bearer(world: World, token: str, **other: Any) -> dict[str, str]:
    """The header of an access token that a personal one was exchanged for."""
    answer = await exchange(world, token, **other)
    assert answer.status_code == 200, answer.text
    return {"Authorization": f"Bearer {answer.json()['access_token']}"}


async def test_u18_a_token_is_shown_once_and_kept_as_a_hash(world: World) -> None:
    owner = await asha(world)
    made = await make(owner, scopes=["user:read", "session:write", "session:read"])
    plain = made.pop("token")
    assert secret.is_whole(plain)
    assert made["last_four"] == plain[-4:]
    assert made["scopes"] == ["session:read", "session:write", "user:read"]
    listed = (await owner.call("GET", "/v1/tokens")).json()
    assert listed == {"items": [made], "next_cursor": None}
    for (row,) in await world.rows("SELECT t::text FROM personal_tokens t"):
        assert plain not in row
        assert plain[4:-6] not in row
    [(action, details)] = await world.rows("SELECT action, details FROM audit_entries")
    assert action == "token.made"
    assert details == {"token_id": made["id"], "scopes": "session:read session:write user:read"}
    await world.run_jobs()
    told = world.mailer.mails[-1]
    assert told.subject == "A personal access token was made for your StudyZed account"
    assert '"laptop"' in told.text
    assert plain not in told.text


async def test_u18_an_exchange_gives_ten_minutes_with_the_tokens_scopes(world: World) -> None:
    owner = await asha(world)
    made = await make(owner, scopes=["user:read", "session:write"])
    answer = (await exchange(world, made["token"])).json()
    access = answer.pop("access_token")
    assert answer == {
        "issued_token_type": "urn:ietf:params:oauth:token-type:access_token",
        "token_type": "Bearer",
        "expires_in": 600,
        "scope": "session:write user:read",
    }
    principal = await world.parts.verifier.verify(access)
    assert (principal.account_id, str(principal.login_id)) == (owner.person.id, made["id"])
    assert principal.scopes == frozenset({"session:write", "user:read"})
    headers = {"Authorization": f"Bearer {access}"}
    assert (await world.client.get("/v1/me", headers=headers)).status_code == 200
    world.clock.move(timedelta(minutes=10))
    ended = await world.client.get("/v1/me", headers=headers)
    assert code_of(ended) == (401, "token_expired")


async def test_u18_an_exchange_may_ask_for_less_and_never_for_more(world: World) -> None:
    owner = await asha(world)
    token = (await make(owner, scopes=["user:read", "session:write"]))["token"]
    narrowed = await exchange(world, token, scope="session:write")
    assert narrowed.json()["scope"] == "session:write"
    headers = {"Authorization": f"Bearer {narrowed.json()['access_token']}"}
    assert code_of(await world.client.get("/v1/me", headers=headers)) == (403, "scope_missing")
    for scope in ("session:read", "session:write payment:read", "user:enroll", "user:*", "all"):
        answer = await exchange(world, token, scope=scope)
        assert code_of(answer) == (400, "scope_refused"), scope


async def test_u18_a_token_makes_no_tokens_and_touches_no_credentials(world: World) -> None:
    owner = await asha(world)
    own = await make(owner, scopes=["user:read", "user:write"])
    headers = await bearer(world, own["token"])
    for method, path, body in (
        ("POST", "/v1/tokens", READER), ("GET", "/v1/tokens", None),
        ("DELETE", f"/v1/tokens/{own['id']}", None), ("GET", "/v1/factors", None),
        ("POST", "/v1/factors/totp", None), ("POST", "/v1/step-ups/challenges", None),
        ("POST", "/v1/step-ups/password", PASSWORD),
        ("GET", "/v1/logins", None), ("DELETE", "/v1/logins/others", None),
        ("DELETE", "/v1/logins/current", None),
    ):  # fmt: skip
        answer = await world.client.request(method, path, json=body, headers=headers)
        assert code_of(answer) == (403, "scope_missing"), path


async def test_u18_a_revoked_token_ends_what_it_was_exchanged_for(world: World) -> None:
    owner = await asha(world)
    made = await make(owner)
    headers = await bearer(world, made["token"])
    assert (await owner.call("DELETE", f"/v1/tokens/{made['id']}")).status_code == 204
    assert code_of(await exchange(world, made["token"])) == (401, "token_refused")
    entries = await revocations.wanted(
        world.parts.database, world.clock.now(), repository.list_revoked
    )
    assert set(entries) == {f"login:{made['id']}"}
    await revocations.project(world.parts.redis, entries)

    async def felt() -> bool:
        answer = await world.client.get("/v1/me", headers=headers)
        return answer.status_code == 401 and answer.json()["code"] == "login_revoked"

    assert await eventually(felt, 10)
    again = await owner.call("DELETE", f"/v1/tokens/{made['id']}")
    assert code_of(again) == (404, "token_not_found")
    assert (await owner.call("GET", "/v1/tokens")).json()["items"] == []


async def test_u18_a_token_ends_at_its_time_and_its_access_token_no_later(world: World) -> None:
    owner = await asha(world)
    ends = world.clock.now() + timedelta(minutes=4)
    made = await make(owner, days=None, expires_at=ends.isoformat())
    assert (await exchange(world, made["token"])).json()["expires_in"] == 240
    world.clock.move(timedelta(minutes=4))
    assert code_of(await exchange(world, made["token"])) == (401, "token_refused")


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"days": 366}, "/days"), ({"days": 0}, "/days"), ({"days": None}, "/"),
        ({"expires_at": "2036-01-01T00:00:00Z"}, "/"),
        ({"days": None, "expires_at": "2036-01-01T00:00:00Z"}, "/expires_at"),
        ({"days": None, "expires_at": "2020-01-01T00:00:00Z"}, "/expires_at"),
        ({"scopes": []}, "/scopes"), ({"scopes": ["user:enroll"]}, "/scopes/0"),
        ({"scopes": ["all"]}, "/scopes/0"), ({"name": ""}, "/name"), ({"kind": "x"}, "/kind"),
    ],
)  # fmt: skip
async def test_u18_bad_wishes_are_named(world: World, body: dict[str, Any], pointer: str) -> None:
    owner = await asha(world)
    answer = await owner.call("POST", "/v1/tokens", READER | body)
    assert answer.status_code == 422
    assert [field["pointer"] for field in answer.json()["fields"]] == [pointer]
    assert await world.count("personal_tokens") == 0


async def test_u18_twenty_tokens_and_no_more_however_many_ask_at_once(world: World) -> None:
    owner = await asha(world)
    for _ in range(18):
        await make(owner)
    answers = await asyncio.gather(*(owner.call("POST", "/v1/tokens", READER) for _ in range(20)))
    assert Counter(answer.status_code for answer in answers) == {201: 2, 409: 18}
    assert await world.count("personal_tokens") == 20
    first = (await owner.call("GET", "/v1/tokens")).json()["items"][0]["id"]
    await owner.call("DELETE", f"/v1/tokens/{first}")
    await make(owner)


async def test_u18_making_one_needs_a_step_up(world: World) -> None:
    owner = await asha(world)
    world.clock.move(timedelta(minutes=5))
    late = await owner.call("POST", "/v1/tokens", READER)
    assert code_of(late) == (403, "step_up_needed")
    await owner.call("POST", "/v1/step-ups/password", PASSWORD)
    await make(owner)


async def test_u18_last_use_is_noted_once_a_minute(world: World) -> None:
    owner = await asha(world)
    token = (await make(owner))["token"]

    async def used() -> Any:
        return (await world.rows("SELECT last_used_at FROM personal_tokens"))[0][0]

    assert await used() is None
    first = world.clock.now()
    await exchange(world, token)
    assert await used() == first
    world.clock.move(timedelta(seconds=59))
    await exchange(world, token)
    assert await used() == first
    world.clock.move(timedelta(seconds=1))
    await exchange(world, token)
    assert await used() == first + timedelta(minutes=1)


async def test_u18_unknown_and_broken_secrets_are_refused_alike(world: World) -> None:
    owner = await asha(world)
    good = (await make(owner))["token"]
    for wrong in (secret.draw(), good[:-1], good + "0", good.upper(), "szp_", "x"):
        assert code_of(await exchange(world, wrong)) == (401, "token_refused")


async def test_u18_one_token_is_exchanged_sixty_times_a_minute(world: World) -> None:
    owner = await asha(world)
    token = (await make(owner))["token"]
    answers = [await exchange(world, token) for _ in range(61)]
    assert Counter(answer.status_code for answer in answers) == {200: 60, 429: 1}


async def test_u18_a_blocked_accounts_tokens_wait_for_the_end_of_the_block(world: World) -> None:
    owner = await asha(world)
    token = (await make(owner))["token"]
    await world.rows("UPDATE accounts SET blocked_at = now() RETURNING id")
    assert code_of(await exchange(world, token)) == (403, "account_blocked")
    await world.rows("UPDATE accounts SET blocked_at = NULL RETURNING id")
    assert (await exchange(world, token)).status_code == 200


async def test_u18_an_admins_token_reads_only(world: World) -> None:
    admin = Asha(world, await world.admin())
    refused = await admin.call("POST", "/v1/tokens", READER | {"scopes": ["user:write"]})
    assert code_of(refused) == (403, "scopes_not_for_admins")
    assert (await exchange(world, (await make(admin))["token"])).json()["scope"] == "user:read"
    owner = await asha(world)
    both = (await make(owner, scopes=["user:read", "user:write"]))["token"]
    writes = (await make(owner, scopes=["user:write"]))["token"]
    await world.rows("UPDATE accounts SET role = 'admin' RETURNING id")
    assert (await exchange(world, both)).json()["scope"] == "user:read"
    assert code_of(await exchange(world, writes)) == (400, "scope_refused")


async def test_u18_a_new_role_ends_all_tokens(world: World) -> None:
    admin, owner = Asha(world, await world.admin()), await asha(world)
    made = await make(owner)
    path = f"/v1/admin/accounts/{owner.person.id}/role"
    changed = await admin.call("PUT", path, {"role": "student", "reason": "He asked for it."})
    assert changed.status_code == 200, changed.text
    assert code_of(await exchange(world, made["token"])) == (401, "token_refused")


async def test_u18_an_account_that_waits_to_be_erased_has_no_tokens(world: World) -> None:
    owner = await asha(world)
    made = await make(owner)
    left = await owner.call("POST", "/v1/me/erasure", PASSWORD)
    assert left.status_code == 202, left.text
    assert code_of(await exchange(world, made["token"])) == (401, "token_refused")
    [(revoked,)] = await world.rows("SELECT revoked_at FROM personal_tokens")
    assert revoked == world.clock.now()


async def test_u18_an_admin_without_a_factor_uses_no_token(settings_for: SettingsFor) -> None:
    async with new_world(settings_for, admin_second_factor=True) as world:
        owner = await asha(world)
        token = (await make(owner))["token"]
        await world.rows("UPDATE accounts SET role = 'admin' WHERE username = 'asha_rao' "
                         "RETURNING id")  # fmt: skip
        assert code_of(await exchange(world, token)) == (401, "token_refused")
        await owner.add_totp()
        assert (await exchange(world, token)).status_code == 200


async def test_u7_an_admin_resets_anothers_factors(world: World) -> None:
    admin, owner = Asha(world, await world.admin()), await asha(world)
    await owner.add_totp()
    made = await make(owner)
    path = f"/v1/admin/accounts/{owner.person.id}/factor-resets"
    done = await admin.call("POST", path, {"reason": "Lost the phone."})
    assert done.status_code == 204, done.text
    assert [await world.count(table) for table in ("totps", "recovery_codes")] == [0, 0]
    assert code_of(await exchange(world, made["token"])) == (401, "token_refused")
    own = f"/v1/admin/accounts/{admin.person.id}/factor-resets"
    refused = await admin.call("POST", own, {"reason": "Why not."})
    assert code_of(refused) == (409, "own_account")
