"""Google is one factor: an account that has a second one is asked for it."""

from tests.user_service.factors.people import Asha, code_of
from tests.user_service.google.issuer import Issuer
from tests.user_service.test_email_changes import ask, codes_of, confirm
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
    assert await world.count("google_identities") == 0, "not before the factor was shown"
    wrong = f"{(int(owner.code) + 1) % 1_000_000:06d}"
    refused = await owner.answer(asked.json()["challenge"], "totp", code=wrong)
    assert code_of(refused) == (400, "factor_refused")
    assert await world.count("google_identities") == 0
    made = await owner.answer(asked.json()["challenge"], "totp", code=owner.code)
    assert made.status_code == 201, made.text
    assert made.json()["account"]["id"] == str(owner.person.id)
    [(device, factor)] = await world.rows(
        "SELECT device, factor FROM logins ORDER BY id DESC LIMIT 1"
    )
    assert (device, factor) == ("phone", "totp")
    [(linked,)] = await world.rows("SELECT account_id FROM google_identities")
    assert linked == owner.person.id
    again = await world.client.post("/v1/google-logins", json=body)
    assert again.status_code == 202, "a link does not stand for the factor either"


async def test_u2_an_address_that_moves_away_meanwhile_links_nothing(
    world: World, issuer: Issuer
) -> None:
    owner = Asha(world, await world.sign_up())
    await owner.add_totp()
    asked = await world.client.post("/v1/google-logins", json={"id_token": issuer.token()})
    await world.forget_limits()
    wanted = (await ask(world, owner.person)).json()
    moved = await confirm(world, owner.person, wanted, *await codes_of(world))
    assert moved.status_code == 204
    answer = await owner.answer(asked.json()["challenge"], "totp", code=owner.code)
    assert code_of(answer) == (400, "challenge_refused")
    assert await world.count("google_identities") == 0


async def test_u2_of_two_google_accounts_of_one_address_the_first_is_linked(
    world: World, issuer: Issuer
) -> None:
    owner = Asha(world, await world.sign_up())
    await owner.add_totp()
    asked = [
        await world.client.post("/v1/google-logins", json={"id_token": issuer.token(sub=subject)})
        for subject in ("1", "2")
    ]
    answers = []
    for one in asked:
        owner.wait()
        answers.append(await owner.answer(one.json()["challenge"], "totp", code=owner.code))
    assert answers[0].status_code == 201
    assert code_of(answers[1]) == (409, "google_link_taken")
    assert [row[0] for row in await world.rows("SELECT subject FROM google_identities")] == ["1"]
