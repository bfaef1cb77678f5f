"""Google is one factor: an account that has a second one is asked for it."""

from tests.user_service.factors.people import Asha
from tests.user_service.google.issuer import Issuer
from tests.user_service.world import World


async def test_u7_google_does_not_stand_for_the_second_factor(world: World, issuer: Issuer) -> None:
    owner = Asha(world, await world.sign_up())
    await owner.add_totp()
    before = await world.count("logins")
    body = {"id_token": issuer.token(), "device": "phone"}
    asked = await world.client.post("/v1/google-logins", json=body)
    assert asked.status_code == 202, asked.text
    assert asked.json()["factors"] == ["totp", "recovery_code"]
    assert await world.count("logins") == before
    made = await owner.answer(asked.json()["challenge"], "totp", code=owner.code)
    assert made.status_code == 201, made.text
    assert made.json()["account"]["id"] == str(owner.person.id)
    [(device, factor)] = await world.rows(
        "SELECT device, factor FROM logins ORDER BY id DESC LIMIT 1"
    )
    assert (device, factor) == ("phone", "totp")
