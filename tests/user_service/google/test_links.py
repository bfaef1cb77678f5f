"""Links to Google: who gets none, and how one is removed."""

import asyncio
import re
from datetime import timedelta
from typing import Any

import pytest

from tests.access.table import nowhere
from tests.user_service.google.issuer import Issuer
from tests.user_service.google.test_google import enter
from tests.user_service.world import PERSON, SECRETS, Person, World
from user_service.settings import Settings


def refusal(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


async def test_u2_admins_sign_in_by_password(world: World, issuer: Issuer) -> None:
    token = issuer.token(email="admin@studyzed.example")
    assert refusal(await enter(world, token)) == (403, "google_not_for_admins")
    assert await world.count("google_identities") == 0
    await world.sign_up()
    assert (await enter(world, issuer.token())).status_code == 201
    await world.rows("UPDATE accounts SET role = 'admin' RETURNING id")
    assert refusal(await enter(world, issuer.token())) == (403, "google_not_for_admins")


async def test_u2_a_link_is_removed_and_a_password_set_by_a_code(
    world: World,
    issuer: Issuer,
) -> None:
    await world.sign_up()
    await world.rows("UPDATE accounts SET password_hash = NULL WHERE role = 'tutor' RETURNING id")
    login = (await enter(world, issuer.token())).json()
    headers = {"Authorization": f"Bearer {login['access_token']}"}
    gone = await world.client.delete("/v1/me/google", headers=headers)
    assert gone.status_code == 204
    again = await world.client.delete("/v1/me/google", headers=headers)
    assert refusal(again) == (404, "google_not_linked")
    assert await world.count("google_identities") == 0
    await world.forget_limits()
    grant = await world.grant_for("asha@example.org", "password_reset")
    body = {"grant": grant, "password": "another long phrase"}
    assert (await world.client.post("/v1/password-resets", json=body)).status_code == 204
    await world.sign_in("asha_rao", "another long phrase")
    actions = [row[0] for row in await world.rows("SELECT action FROM audit_entries ORDER BY id")]
    assert actions == ["google.linked", "google.unlinked", "password.reset"]


async def put(world: World, person: Person, token: str) -> Any:
    body = {"id_token": token}
    return await world.client.put("/v1/me/google", json=body, headers=person.headers)


async def test_u2_whoever_is_signed_in_links_a_google_account_of_any_address(
    world: World, issuer: Issuer
) -> None:
    asha = await world.sign_up()
    token = issuer.token(email="asha@elsewhere.example", hd=None)
    assert refusal(await enter(world, token)) == (401, "google_token_refused")
    assert (await put(world, asha, token)).status_code == 204
    assert (await put(world, asha, token)).status_code == 204
    login = await enter(world, token)
    assert (login.status_code, login.json()["account"]["id"]) == (201, str(asha.id))
    actions = await world.rows("SELECT action FROM audit_entries")
    assert [action for (action,) in actions] == ["google.linked"]
    await world.run_jobs()
    told = [mail.to for mail in world.mailer.mails if "Google" in mail.subject]
    assert told == ["asha@example.org"]


async def test_u2_linking_needs_a_fresh_sign_in_and_no_other_link(
    world: World, issuer: Issuer
) -> None:
    admin, asha = await world.admin(), await world.sign_up()
    assert refusal(await put(world, admin, issuer.token())) == (403, "google_not_for_admins")
    assert refusal(await put(world, asha, "a.b.c")) == (401, "google_token_refused")
    world.clock.move(timedelta(minutes=5))
    assert refusal(await put(world, asha, issuer.token())) == (403, "step_up_needed")
    assert await world.count("google_identities") == 0
    asha = await world.sign_in("asha_rao", PERSON["password"])
    assert (await put(world, asha, issuer.token())).status_code == 204
    taken = (409, "google_link_taken")
    assert refusal(await put(world, asha, issuer.token(sub="2"))) == taken
    await world.forget_limits()
    bela = await world.sign_up("b@example.org", username="bela_das")
    assert refusal(await put(world, bela, issuer.token())) == taken
    assert await world.count("google_identities") == 1


async def test_u2_twenty_who_link_one_google_account_at_once_are_one(
    world: World, issuer: Issuer
) -> None:
    people = []
    for n in range(4):
        await world.forget_limits()
        people.append(await world.sign_up(f"p{n}@example.org", username=f"person_{n}"))
    token = issuer.token(email="asha@elsewhere.example", hd=None)
    answers = await asyncio.gather(*(put(world, person, token) for person in people * 5))
    winners = {n % 4 for n, answer in enumerate(answers) if answer.status_code == 204}
    assert len(winners) == 1
    assert sorted(answer.status_code for answer in answers) == [204] * 5 + [409] * 15
    assert await world.count("google_identities") == 1


async def test_u2_a_known_device_is_no_news(world: World, issuer: Issuer) -> None:
    asha = await world.sign_up()
    token = asha.login["device_token"]
    login = await enter(world, issuer.token(), device="phone", device_token=token)
    assert login.json()["device_id"] == asha.login["device_id"]
    await world.run_jobs()
    assert not [mail for mail in world.mailer.mails if re.search("New sign-in", mail.subject)]
    assert PERSON["username"] == login.json()["account"]["username"]


def test_u2_certificates_come_from_google_alone_outside_tests() -> None:
    secrets = dict.fromkeys(SECRETS, "a secret of 32 letters, quite long")
    values = nowhere() | secrets | {"google_certificates_url": "http://127.0.0.1:1/certs"}
    Settings.model_validate(values)
    with pytest.raises(ValueError, match="USER_GOOGLE_CERTIFICATES_URL"):
        Settings.model_validate(values | {"environment": "production"})
