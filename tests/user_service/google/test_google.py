"""Signing in by Google: what a good token opens, and what no other one does (R24, U-A11)."""

import asyncio
import base64
import json
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest
from jose import jwt

from tests.conftest import SettingsFor
from tests.crashes import Killed, dies_at
from tests.user_service.factors.people import code_of
from tests.user_service.google.issuer import Issuer, Signer
from tests.user_service.world import PERSON, World, new_world
from user_service.google import google_gateway, id_tokens


async def enter(world: World, token: str, **other: Any) -> httpx.Response:
    return await world.client.post("/v1/google-logins", json={"id_token": token} | other)


async def written(world: World) -> tuple[int, ...]:
    tables = ("accounts", "logins", "google_identities", "grants", "audit_entries", "outbox")
    return tuple([await world.count(table) for table in tables])


async def test_u2_a_newcomer_gets_a_grant_and_chooses_the_role_once(
    world: World, issuer: Issuer
) -> None:
    token = issuer.token()
    answer = await enter(world, token)
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert (body["email"], body["first_name"], body["last_name"]) == (
        "asha@example.org", "Asha", "Rao",
    )  # fmt: skip
    wanted = PERSON | {"grant": body["grant"], "role": "student"}
    for role in ("admin", "owner"):
        refused = await world.client.post("/v1/accounts", json=wanted | {"role": role})
        assert (refused.status_code, refused.json()["code"]) == (422, "invalid")
    made = await world.client.post("/v1/accounts", json=wanted)
    assert (made.status_code, made.json()["role"]) == (201, "student")
    login = await enter(world, token)
    assert (login.status_code, login.json()["account"]["id"]) == (201, made.json()["id"])
    again = await world.client.post("/v1/accounts", json=wanted | {"username": "someone"})
    assert (again.status_code, again.json()["code"]) == (400, "grant_refused")
    assert await world.count("google_identities") == 1


async def test_u2_a_verified_address_links_once_and_then_the_subject_counts(
    world: World, issuer: Issuer
) -> None:
    person = await world.sign_up("Asha@Example.org")
    first = await enter(world, issuer.token(email="ASHA@example.org"), device="phone")
    assert first.status_code == 201, first.text
    assert first.json()["account"]["id"] == str(person.id)
    headers = {"Authorization": f"Bearer {first.json()['access_token']}"}
    assert (await world.client.get("/v1/me", headers=headers)).status_code == 200
    await world.run_jobs()
    told = [mail for mail in world.mailer.mails if "Google" in mail.subject]
    assert [mail.to for mail in told] == ["Asha@example.org"]
    assert (await world.rows("SELECT count(*) FROM audit_entries WHERE action = 'google.linked'"))[
        0
    ][0] == 1
    moved = await enter(world, issuer.token(email="asha.new@example.org"))
    assert moved.json()["account"]["id"] == str(person.id)
    other = await enter(world, issuer.token(sub="20000000000000000000000000000"))
    assert (other.status_code, other.json()["code"]) == (401, "google_token_refused")
    assert await world.count("google_identities") == 1


@pytest.mark.parametrize(
    ("claims", "status"),
    [
        ({"hd": None}, 401), ({"hd": ""}, 401), ({"hd": True}, 401), ({"hd": "example.org"}, 200),
        ({"hd": None, "email": "asha.rao@gmail.com"}, 200),
        ({"hd": None, "email": "Asha.Rao@GMAIL.com"}, 200),
        ({"hd": None, "email": "asha@gmail.com.example.org"}, 401),
        ({"hd": None, "email": "asha@xgmail.com"}, 401),
    ],
)  # fmt: skip
async def test_r24_u2_only_an_address_that_google_runs_proves_itself(
    world: World, issuer: Issuer, claims: dict[str, Any], status: int
) -> None:
    before = await written(world)
    stranger = await enter(world, issuer.token(**claims))
    assert stranger.status_code == status, stranger.text
    assert (await written(world) == before) == (status == 401)
    assert status != 401 or stranger.json()["code"] == "google_token_refused"

    person = await world.sign_up(claims.get("email", "asha@example.org"))
    before = await written(world)
    answer = await enter(world, issuer.token(**claims))
    assert answer.status_code == (401 if status == 401 else 201), answer.text
    assert (await written(world) == before) == (status == 401)
    linked = await world.rows("SELECT account_id FROM google_identities")
    assert [row.account_id for row in linked] == ([] if status == 401 else [person.id])


FORGED = {
    "expired": {"exp": 1_700_000_000, "iat": 1_699_990_000},
    "not yet": {"iat": 4_000_000_000, "exp": 4_000_003_600},
    "other audience": {"aud": "somebody.else.example"},
    "other issuer": {"iss": "https://accounts.example.org"},
    "no issuer": {"iss": None},
    "address not verified": {"email_verified": False},
    "verified as text": {"email_verified": "true"},
    "no address": {"email": None},
    "no subject": {"sub": None},
    "subject of another kind": {"sub": 7},
    "a nonce that nobody asked for": {"nonce": "n-1"},
    "an empty nonce": {"nonce": ""},
    "a nonce of another kind": {"nonce": 7},
}


@pytest.mark.parametrize("claims", FORGED.values(), ids=FORGED.keys())
async def test_r24_u_a11_a_wrong_token_writes_nothing(
    world: World, issuer: Issuer, claims: dict[str, Any]
) -> None:
    before = await written(world)
    answer = await enter(world, issuer.token(**claims))
    assert (answer.status_code, answer.json()["code"]) == (401, "google_token_refused")
    assert await written(world) == before


async def test_r24_a_forged_signature_writes_nothing(world: World, issuer: Issuer) -> None:
    before = await written(world)
    good = issuer.token()
    head, body, seal = good.split(".")
    claims = json.loads(base64.urlsafe_b64decode(body + "=="))
    changed = json.dumps(claims | {"email": "admin@studyzed.example"}).encode()
    unsigned = base64.urlsafe_b64encode(b'{"alg":"none","kid":"one"}').decode().rstrip("=")
    public = issuer.signers[0].certificate()
    forged = [
        issuer.token(signer=Signer("one")),
        issuer.token(signer=Signer("two")),
        f"{head}.{base64.urlsafe_b64encode(changed).decode().rstrip('=')}.{seal}",
        f"{unsigned}.{body}.",
        jwt.encode(claims, "a secret", "HS256", headers={"kid": "one"}),
        jwt.encode(claims, public.replace("CERTIFICATE", "X"), "HS256", headers={"kid": "one"}),
        good[:-8], "", "google-id-117", "a.b.c", "\u00e9.\u00e9.\u00e9", good + "." + seal,
    ]  # fmt: skip
    for token in forged:
        answer = await enter(world, token)
        assert answer.status_code == (422 if not token else 401), token
    assert await written(world) == before
    assert issuer.fetches == 1, "unknown key ids lead to one fetch a minute at most"


async def ask_nonce(world: World) -> str:
    answer = await world.client.post("/v1/google-logins/nonces")
    assert answer.status_code == 201, answer.text
    ends = datetime.fromisoformat(answer.json()["expires_at"])
    assert ends == world.clock.now() + timedelta(minutes=5)
    return str(answer.json()["nonce"])


async def test_r24_a_nonce_must_be_ours_and_signs_in_once(world: World, issuer: Issuer) -> None:
    await world.sign_up()
    refused = (401, "google_token_refused")
    token = issuer.token(nonce=await ask_nonce(world))
    answers = await asyncio.gather(*(enter(world, token) for _ in range(20)))
    assert sorted(answer.status_code for answer in answers) == [201] + [401] * 19
    assert code_of(await enter(world, token)) == refused
    assert code_of(await enter(world, issuer.token(nonce="A" * 43))) == refused
    passkey = (await world.client.post("/v1/passkey-logins/challenges")).json()["challenge"]
    assert code_of(await enter(world, issuer.token(nonce=passkey))) == refused
    late = issuer.token(nonce=await ask_nonce(world))
    world.clock.move(timedelta(minutes=5))
    assert code_of(await enter(world, late)) == refused
    assert (await enter(world, issuer.token())).status_code == 201, "a client may ask for none"


async def test_r24_a_nonce_counts_for_newcomers_and_links_too(world: World, issuer: Issuer) -> None:
    token = issuer.token(nonce=await ask_nonce(world))
    assert (await enter(world, token)).status_code == 200
    assert (await enter(world, token)).status_code == 401
    asha = await world.sign_up()
    used = {"id_token": token}
    again = await world.client.put("/v1/me/google", json=used, headers=asha.headers)
    assert code_of(again) == (401, "google_token_refused")
    fresh = {"id_token": issuer.token(nonce=await ask_nonce(world))}
    linked = await world.client.put("/v1/me/google", json=fresh, headers=asha.headers)
    assert linked.status_code == 204
    assert (await enter(world, fresh["id_token"])).status_code == 401


async def test_twenty_first_sign_ins_link_once(world: World, issuer: Issuer) -> None:
    person = await world.sign_up("asha@example.org")
    token = issuer.token()
    answers = await asyncio.gather(*(enter(world, token) for _ in range(20)))
    assert {answer.status_code for answer in answers} == {201}
    assert {answer.json()["account"]["id"] for answer in answers} == {str(person.id)}
    assert await world.count("google_identities") == 1
    linked = "SELECT count(*) FROM audit_entries WHERE action = 'google.linked'"
    assert (await world.rows(linked))[0][0] == 1


async def test_a_blocked_account_stays_out(world: World, issuer: Issuer) -> None:
    await world.sign_up("asha@example.org")
    async with world.parts.database.transaction() as session:
        from sqlalchemy import text

        await session.execute(
            text("UPDATE accounts SET blocked_at = now() WHERE email_key = 'asha@example.org'")
        )
    answer = await enter(world, issuer.token())
    assert (answer.status_code, answer.json()["code"]) == (403, "account_blocked")
    assert await world.count("google_identities") == 0


async def test_certificates_are_kept_and_new_ones_found(
    world: World, issuer: Issuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert (await enter(world, issuer.token())).status_code == 200
    issuer.away = True
    assert (await enter(world, issuer.token())).status_code == 200
    assert issuer.fetches == 1
    issuer.away = False
    issuer.signers.append(Signer("two"))
    assert (await enter(world, issuer.token())).status_code == 401, "too soon to ask again"
    monkeypatch.setattr(id_tokens, "SHORTEST_SECONDS", 0.0)
    assert (await enter(world, issuer.token())).status_code == 200
    assert issuer.fetches == 2


async def test_without_certificates_it_is_our_fault(world: World, issuer: Issuer) -> None:
    issuer.away = True
    answer = await enter(world, issuer.token())
    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
    issuer.away = False
    assert (await enter(world, issuer.token())).status_code == 200


POINTS = ["google.before_certificates", "google.after_certificates"]


@pytest.mark.parametrize("name", POINTS)
async def test_u2_a_death_while_certificates_are_fetched_changes_nothing(
    world: World, issuer: Issuer, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    before, token = await written(world), issuer.token()
    monkeypatch.setattr(google_gateway, "reach", dies_at(name))
    with pytest.raises(BaseException, match=r"^$") as died:
        await enter(world, token)
    assert died.type is Killed
    monkeypatch.undo()
    assert await written(world) == before
    answer = await enter(world, token)
    assert answer.status_code == 200, answer.text


async def test_off_unless_an_app_is_named(settings_for: SettingsFor, issuer: Issuer) -> None:
    async with new_world(settings_for) as world:
        answer = await enter(world, issuer.token())
        nonce = await world.client.post("/v1/google-logins/nonces")
    assert code_of(answer) == code_of(nonce) == (404, "google_off")
    assert issuer.fetches == 0
