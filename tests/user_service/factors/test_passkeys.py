"""Passkeys, made by an authenticator in software."""

import asyncio
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx
import pytest

from tests.user_service.authenticator import Authenticator, b64, unb64
from tests.user_service.factors.people import Asha, asha, code_of
from tests.user_service.factors.test_totp import REFUSED
from tests.user_service.world import World


async def use(owner: Asha, device: Authenticator, asked: dict[str, Any]) -> httpx.Response:
    """Answers a sign-in's challenge with a passkey."""
    credential = device.get(asked["passkey"])
    return await owner.answer(asked["challenge"], "passkey", credential=credential)


async def ask_alone(world: World) -> dict[str, Any]:
    """A challenge for a sign-in by passkey alone."""
    asked = await world.client.post("/v1/passkey-logins/challenges")
    assert asked.status_code == 201, asked.text
    challenge: dict[str, Any] = asked.json()
    return challenge


async def use_alone(world: World, device: Authenticator, asked: dict[str, Any]) -> httpx.Response:
    """Signs in by a passkey alone."""
    body = {"challenge": asked["challenge"], "credential": device.get(asked["options"])}
    return await world.client.post("/v1/passkey-logins", json=body | {"device": "phone"})


async def test_u7_a_passkey_is_added_and_signs_in_beside_the_password(world: World) -> None:
    owner, device = await asha(world), Authenticator()
    made = await owner.add_passkey(device, "my phone")
    assert (made["name"], made["last_used_at"]) == ("my phone", None)
    assert len(owner.recovery_codes) == 10
    asked = await owner.ask()
    assert asked["factors"] == ["passkey", "recovery_code"]
    assert asked["passkey"]["rpId"] == "gateway.test"
    assert asked["passkey"]["allowCredentials"] == [
        {"id": b64(device.id), "type": "public-key", "transports": ["internal"]}
    ]
    answer = await use(owner, device, asked)
    assert answer.status_code == 201, answer.text
    [held] = (await owner.call("GET", "/v1/factors")).json()["passkeys"]
    assert held["last_used_at"] is not None


async def test_u7_several_passkeys_with_names(world: World) -> None:
    owner, phone, key = await asha(world), Authenticator(), Authenticator(verifies=False)
    await owner.add_passkey(phone, "phone")
    codes = owner.recovery_codes
    second = await owner.add_passkey(key, "key")
    assert owner.recovery_codes == codes
    held = (await owner.call("GET", "/v1/factors")).json()["passkeys"]
    assert [passkey["name"] for passkey in held] == ["phone", "key"]
    for device in (phone, key):
        assert (await use(owner, device, await owner.ask())).status_code == 201
    gone = await owner.call("DELETE", f"/v1/factors/passkeys/{second['id']}")
    assert gone.status_code == 204
    asked = await owner.ask()
    assert len(asked["passkey"]["allowCredentials"]) == 1
    assert code_of(await use(owner, key, asked)) == REFUSED
    again = await owner.call("DELETE", f"/v1/factors/passkeys/{second['id']}")
    assert code_of(again) == (404, "factor_not_found")


async def test_u7_eleventh_passkey_is_refused(world: World) -> None:
    owner = await asha(world)
    for number in range(10):
        await owner.add_passkey(Authenticator(), f"key {number}")
    refused = await owner.call("POST", "/v1/factors/passkey-challenges")
    assert code_of(refused) == (409, "too_many_passkeys")


async def test_u7_one_credential_cannot_be_added_twice(world: World) -> None:
    owner, device = await asha(world), Authenticator()
    await owner.add_passkey(device)
    asked = (await owner.call("POST", "/v1/factors/passkey-challenges")).json()
    assert [known["id"] for known in asked["options"]["excludeCredentials"]] == [b64(device.id)]
    body = {
        "challenge": asked["challenge"],
        "name": "again",
        "credential": device.create(asked["options"]),
    }
    refused = await owner.call("POST", "/v1/factors/passkeys", body)
    assert code_of(refused) == (409, "passkey_known")


@pytest.mark.parametrize(
    "change",
    [
        {"origin": "http://evil.test"}, {"origin": "https://gateway.test"},
        {"origin": "http://gateway.test.evil.test"},
    ],
)  # fmt: skip
async def test_u7_a_wrong_origin_is_refused(world: World, change: dict[str, str]) -> None:
    owner, device = await asha(world), Authenticator()
    asked = (await owner.call("POST", "/v1/factors/passkey-challenges")).json()
    phished = replace(device, **change)  # type: ignore[arg-type]
    body = {"challenge": asked["challenge"], "name": "x"}
    credential = phished.create(asked["options"])
    refused = await owner.call("POST", "/v1/factors/passkeys", body | {"credential": credential})
    assert code_of(refused) == REFUSED
    await owner.add_passkey(device)
    device.origin = change["origin"]
    assert code_of(await use(owner, device, await owner.ask())) == REFUSED
    assert code_of(await use_alone(world, device, await ask_alone(world))) == REFUSED


async def test_u7_a_wrong_domain_is_refused(world: World) -> None:
    owner, device = await asha(world), Authenticator()
    await owner.add_passkey(device)
    asked = await owner.ask()
    asked["passkey"]["rpId"] = "evil.test"
    assert code_of(await use(owner, device, asked)) == REFUSED


async def test_u7_a_replayed_answer_is_refused(world: World) -> None:
    owner, device = await asha(world), Authenticator(step=0)
    await owner.add_passkey(device)
    asked = await owner.ask()
    credential = device.get(asked["passkey"])
    first = await owner.answer(asked["challenge"], "passkey", credential=credential)
    assert first.status_code == 201
    same = await owner.answer(asked["challenge"], "passkey", credential=credential)
    assert code_of(same) == (400, "challenge_refused")
    other = (await owner.ask())["challenge"]
    replayed = await owner.answer(other, "passkey", credential=credential)
    assert code_of(replayed) == REFUSED


async def test_u7_one_challenge_twenty_answers_at_once(world: World) -> None:
    owner, device = await asha(world), Authenticator(step=0)
    await owner.add_passkey(device)
    asked, before = await ask_alone(world), await world.count("logins")
    answers = await asyncio.gather(*(use_alone(world, device, asked) for _ in range(20)))
    assert Counter(answer.status_code for answer in answers) == {201: 1, 400: 19}
    assert await world.count("logins") == before + 1


async def test_u7_a_counter_that_does_not_rise_is_refused(world: World) -> None:
    owner, device = await asha(world), Authenticator(count=7)
    await owner.add_passkey(device)
    copy = replace(device)
    assert (await use(owner, device, await owner.ask())).status_code == 201
    for count in (0, 5, 7):  # the next one is one more
        copy.count = count
        assert code_of(await use(owner, copy, await owner.ask())) == REFUSED
    [(kept,)] = await world.rows("SELECT sign_count FROM passkeys")
    assert kept == 8
    assert (await use(owner, device, await owner.ask())).status_code == 201


async def test_u7_anothers_passkey_is_refused(world: World) -> None:
    owner, mine, theirs = await asha(world), Authenticator(), Authenticator()
    await owner.add_passkey(mine)
    ravi = Asha(world, await world.sign_up("ravi@example.org", username="ravi_kumar"))
    await ravi.add_passkey(theirs)
    assert code_of(await use(owner, theirs, await owner.ask())) == REFUSED
    stolen = replace(theirs, id=mine.id)  # my credential's name under another's key
    assert code_of(await use(owner, stolen, await owner.ask())) == REFUSED
    own = (await owner.call("GET", "/v1/factors")).json()["passkeys"][0]["id"]
    foreign = await ravi.call("DELETE", f"/v1/factors/passkeys/{own}")
    assert code_of(foreign) == (404, "factor_not_found")
    assert await world.count("passkeys") == 2


async def test_u7_a_changed_signature_is_refused(world: World) -> None:
    owner, device = await asha(world), Authenticator()
    await owner.add_passkey(device)
    asked = await owner.ask()
    credential = device.get(asked["passkey"])
    for name in ("signature", "authenticatorData", "clientDataJSON", "userHandle"):
        raw = bytearray(unb64(credential["response"][name]))
        raw[-1] ^= 1
        broken = credential | {"response": credential["response"] | {name: b64(bytes(raw))}}
        answer = await owner.answer(asked["challenge"], "passkey", credential=broken)
        assert code_of(answer) == REFUSED, name


async def test_u7_a_passkey_alone_signs_in_when_it_verified_its_user(world: World) -> None:
    owner, device = await asha(world), Authenticator()
    await owner.add_passkey(device)
    asked = await ask_alone(world)
    assert asked["options"]["allowCredentials"] == []
    assert asked["options"]["userVerification"] == "required"
    made = await use_alone(world, device, asked)
    assert made.status_code == 201, made.text
    assert made.json()["account"]["id"] == str(owner.person.id)
    device.verifies = False
    assert code_of(await use_alone(world, device, await ask_alone(world))) == REFUSED
    device.verifies, device.handle = True, b"somebody else!!!"
    assert code_of(await use_alone(world, device, await ask_alone(world))) == REFUSED


async def test_u7_an_authenticator_that_names_nobody_only_goes_beside_a_password(
    world: World,
) -> None:
    """Without `userHandle` it is the account that says whose a passkey must be."""
    owner, mine, theirs = await asha(world), Authenticator(), Authenticator()
    await owner.add_passkey(mine)
    ravi = Asha(world, await world.sign_up("ravi@example.org", username="ravi_kumar"))
    await ravi.add_passkey(theirs)

    def nameless(device: Authenticator, options: dict[str, Any]) -> dict[str, Any]:
        credential = device.get(options)
        del credential["response"]["userHandle"]
        return credential

    asked = await owner.ask()
    for device, status in ((theirs, 400), (mine, 201)):
        credential = nameless(device, asked["passkey"])
        answer = await owner.answer(asked["challenge"], "passkey", credential=credential)
        assert answer.status_code == status, answer.text
    alone = await ask_alone(world)
    body = {"challenge": alone["challenge"], "credential": nameless(mine, alone["options"])}
    assert code_of(await world.client.post("/v1/passkey-logins", json=body)) == REFUSED


async def test_u7_a_passkey_of_nobodys_or_a_blocked_one_does_not_sign_in(world: World) -> None:
    owner, device = await asha(world), Authenticator()
    await owner.add_passkey(device)
    stranger = Authenticator(handle=device.handle)
    assert code_of(await use_alone(world, stranger, await ask_alone(world))) == REFUSED
    await world.rows("UPDATE accounts SET blocked_at = now() RETURNING id")
    answer = await use_alone(world, device, await ask_alone(world))
    assert code_of(answer) == (403, "account_blocked")


async def test_u7_challenges_of_passkeys_end_and_are_forgotten(world: World) -> None:
    owner, device = await asha(world), Authenticator()
    await owner.add_passkey(device)
    asked = await ask_alone(world)
    new = (await owner.call("POST", "/v1/factors/passkey-challenges")).json()
    world.clock.move(timedelta(minutes=5))
    late = await use_alone(world, device, asked)
    assert code_of(late) == (400, "challenge_refused")
    body = {"challenge": new["challenge"], "name": "x"}
    body |= {"credential": Authenticator().create(new["options"])}
    assert code_of(await owner.call("POST", "/v1/factors/passkeys", body)) == (
        400, "challenge_refused",
    )  # fmt: skip
    from user_service.proofs.jobs import ForgetOldChallenges

    await world.run(ForgetOldChallenges())
    assert await world.count("challenges") == 2  # those that end right now
    world.clock.move(timedelta(microseconds=1))
    await world.run(ForgetOldChallenges())
    assert await world.count("challenges") == 0


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("attestationObject", b64(b"\xff" * 40)), ("attestationObject", b64(b"\xa0")),
        ("attestationObject", b64(b"\x9f" * 9_000)), ("clientDataJSON", b64(b"[]")),
        ("clientDataJSON", b64(b"\xff")), ("clientDataJSON", b64(b"{}")),
        ("attestationObject", "A"), ("clientDataJSON", "A"),
    ],
)  # fmt: skip
async def test_u7_broken_bytes_are_refused(world: World, name: str, value: str) -> None:
    owner, device = await asha(world), Authenticator()
    asked = (await owner.call("POST", "/v1/factors/passkey-challenges")).json()
    credential = device.create(asked["options"])
    credential["response"][name] = value
    body = {"challenge": asked["challenge"], "name": "x", "credential": credential}
    assert code_of(await owner.call("POST", "/v1/factors/passkeys", body)) == REFUSED
    assert await world.count("passkeys") == 0
