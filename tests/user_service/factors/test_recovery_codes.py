"""Recovery codes: ten, shown once, each good once."""

import asyncio
import json
from collections import Counter

import pytest

from tests.user_service.factors.people import asha, code_of
from tests.user_service.factors.test_totp import REFUSED, uncounted
from tests.user_service.world import World


async def test_u7_a_recovery_code_stands_in_for_the_app(world: World) -> None:
    owner = await asha(world)
    await owner.add_totp()
    for number, code in enumerate((owner.recovery_codes[3], owner.recovery_codes[0]), 1):
        challenge = (await owner.ask())["challenge"]
        typed = code.upper().replace("-", "")
        made = await owner.answer(challenge, "recovery_code", code=typed)
        assert made.status_code == 201, made.text
        held = (await owner.call("GET", "/v1/factors")).json()
        assert held["recovery_codes_left"] == 10 - number
        again = (await owner.ask())["challenge"]
        assert code_of(await owner.answer(again, "recovery_code", code=code)) == REFUSED


async def test_u7_a_recovery_code_is_used_once_by_twenty_at_once(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    owner = await asha(world)
    await owner.add_totp()
    challenges = [(await owner.ask())["challenge"] for _ in range(20)]
    monkeypatch.setattr(world.parts.limits, "hit", uncounted)
    code = owner.recovery_codes[0]
    answers = await asyncio.gather(
        *(owner.answer(challenge, "recovery_code", code=code) for challenge in challenges)
    )
    assert Counter(answer.status_code for answer in answers) == {201: 1, 400: 19}


async def test_u7_its_owner_hears_how_many_are_left(world: World) -> None:
    owner = await asha(world)
    await owner.add_totp()
    await world.run_jobs()
    world.mailer.mails.clear()
    for code in owner.recovery_codes:
        challenge = (await owner.ask())["challenge"]
        assert (await owner.answer(challenge, "recovery_code", code=code)).status_code == 201
    await world.run_jobs()
    told = [mail.text for mail in world.mailer.mails if "recovery code" in mail.subject]
    assert len(told) == 10
    assert "There are 9 left." in told[0]
    assert "There is one left: make new ones soon." in told[8]
    assert "There are none left" in told[9]
    spent = (await owner.ask())["factors"]
    assert spent == ["totp"]


async def test_u7_new_codes_make_the_old_ones_void(world: World) -> None:
    owner = await asha(world)
    await owner.add_totp()
    old = owner.recovery_codes
    made = await owner.call("POST", "/v1/factors/recovery-codes")
    assert made.status_code == 201
    new = made.json()["recovery_codes"]
    assert len({*old, *new}) == 20
    challenge = (await owner.ask())["challenge"]
    assert code_of(await owner.answer(challenge, "recovery_code", code=old[0])) == REFUSED
    assert (await owner.answer(challenge, "recovery_code", code=new[0])).status_code == 201
    acts = [row.action for row in await world.rows("SELECT action FROM audit_entries ORDER BY id")]
    assert acts == ["factor.added", "factor.recovery_codes_renewed", "factor.recovery_code_used"]
    await world.run_jobs()
    kept = await world.rows("SELECT values FROM outgoing_mails")
    assert not [code for code in (*old, *new) if code in json.dumps([row[0] for row in kept])]


async def test_u7_a_second_app_is_refused(world: World) -> None:
    owner = await asha(world)
    await owner.add_totp()
    refused = await owner.call("POST", "/v1/factors/totp")
    assert code_of(refused) == (409, "totp_known")


async def test_u7_without_a_factor_there_are_no_codes(world: World) -> None:
    owner = await asha(world)
    refused = await owner.call("POST", "/v1/factors/recovery-codes")
    assert code_of(refused) == (404, "factor_not_found")
    assert await world.count("recovery_codes") == 0
