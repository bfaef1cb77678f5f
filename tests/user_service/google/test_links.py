"""Links to Google: who gets none, and how one is removed."""

import re
from typing import Any

import pytest

from tests.access.table import nowhere
from tests.user_service.google.issuer import Issuer
from tests.user_service.google.test_google import enter
from tests.user_service.world import PERSON, SECRETS, World
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
