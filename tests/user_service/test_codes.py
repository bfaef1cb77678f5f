"""Codes have a purpose, a language, and limits."""

import asyncio
from typing import Any

import pytest

from libs.errors import Unavailable
from tests.conftest import SettingsFor
from tests.user_service.world import World, new_world
from user_service.mails.smtp_gateway import Mail


async def ask(world: World, email: str, **other: Any) -> Any:
    headers = other.pop("headers", None)
    body = {"email": email} | other
    return await world.client.post("/v1/codes", json=body, headers=headers)


async def verify(world: World, email: str, code: str, purpose: str) -> Any:
    body = {"email": email, "code": code, "purpose": purpose}
    return await world.client.post("/v1/codes/verifications", json=body)


async def test_a_code_is_good_for_its_purpose_only(world: World) -> None:
    await world.sign_up()
    await world.forget_limits()
    code = await world.code_for("asha@example.org", "password_reset")
    foreign = await verify(world, "asha@example.org", code, "sign_up")
    assert (foreign.status_code, foreign.json()["code"]) == (400, "code_refused")
    assert (await verify(world, "asha@example.org", code, "password_reset")).status_code == 200


async def test_codes_of_two_purposes_do_not_replace_each_other(world: World) -> None:
    await world.sign_up()
    await world.forget_limits()
    reset = await world.code_for("asha@example.org", "password_reset")
    await world.forget_limits()
    await ask(world, "asha@example.org")
    await world.run_jobs()
    assert (await verify(world, "asha@example.org", reset, "password_reset")).status_code == 200


@pytest.mark.parametrize("purpose", ["email_change_old", "email_change_new", "admin", ""])
async def test_nobody_asks_for_a_code_of_another_purpose(world: World, purpose: str) -> None:
    assert (await ask(world, "a@example.org", purpose=purpose)).status_code == 422
    assert (await verify(world, "a@example.org", "123456", purpose)).status_code == 422
    assert await world.count("mailed_codes") == 0


@pytest.mark.parametrize(
    ("locale", "header", "subject"),
    [
        ("hi-IN", "en", "आपका StudyZed कोड है"), (None, "hi;q=0.9, en;q=0.1", "आपका StudyZed कोड है"),
        (None, "fr, hi;q=0.5", "आपका StudyZed कोड है"),
        ("en", "hi", "is your StudyZed code"), (None, "de", "is your StudyZed code"),
        (None, "", "is your StudyZed code"), ("fr", "hi", "is your StudyZed code"),
    ],
)  # fmt: skip
async def test_x20_the_mail_is_in_the_asker_s_language(
    world: World, locale: str | None, header: str, subject: str
) -> None:
    other = {} if locale is None else {"locale": locale}
    await ask(world, "a@example.org", headers={"Accept-Language": header}, **other)
    await world.run_jobs()
    assert world.mailer.mails[-1].subject.endswith(subject)


async def test_u_a1_five_codes_an_hour_for_an_address(world: World) -> None:
    for n in range(5):
        assert (await ask(world, "a@example.org", purpose="sign_up")).status_code == 202, n
        await world.parts.redis.delete(*await world.parts.redis.keys("limit:user:code-gap:*"))
    sixth = await ask(world, "A@example.org", purpose="password_reset")
    assert (sixth.status_code, sixth.json()["code"]) == (429, "too_many_requests")
    assert int(sixth.headers["Retry-After"]) in range(3_590, 3_601)
    assert sixth.headers["RateLimit-Limit"] == "5"
    assert await world.count("mailed_codes") == 5


async def test_u_a1_twenty_codes_an_hour_for_a_network(world: World) -> None:
    answers = await asyncio.gather(*(ask(world, f"a{n}@example.org") for n in range(25)))
    assert sorted(answer.status_code for answer in answers) == [202] * 20 + [429] * 5
    assert await world.count("mailed_codes") == 20


async def test_u_a1_a_large_network_may_ask_for_more(settings_for: SettingsFor) -> None:
    async with new_world(settings_for, network_size=2) as world:
        answers = await asyncio.gather(*(ask(world, f"a{n}@example.org") for n in range(41)))
        assert sorted(answer.status_code for answer in answers) == [202] * 40 + [429]


async def test_u_a1_mail_server_away_is_no_refusal_and_the_mail_is_tried_again(
    world: World,
) -> None:
    sent = world.mailer.send

    async def away(mail: Mail) -> None:
        raise Unavailable

    world.mailer.send = away  # type: ignore[method-assign]
    assert (await ask(world, "a@example.org")).status_code == 202
    with pytest.raises(Unavailable):
        await world.run_jobs()
    world.mailer.send = sent  # type: ignore[method-assign]
    await world.rows("UPDATE outbox SET closed_at = NULL RETURNING id")
    await world.run_jobs()
    assert [mail.to for mail in world.mailer.mails] == ["a@example.org"]


async def test_no_stranger_gets_mail_about_a_new_password(world: World) -> None:
    known, unknown = "asha@example.org", "stranger@example.org"
    await world.sign_up(known)
    await world.run_jobs()
    before = len(world.mailer.mails)
    await world.forget_limits()
    answers = [await ask(world, one, purpose="password_reset") for one in (known, unknown)]
    assert [(one.status_code, one.json()) for one in answers] == [(202, answers[0].json())] * 2
    await world.run_jobs()
    assert [mail.to for mail in world.mailer.mails[before:]] == [known]
    tries = [await verify(world, one, "000000", "password_reset") for one in (known, unknown)]
    codes = await world.rows(
        "SELECT tries, expires_at IS NULL AS undrawn FROM mailed_codes "
        "WHERE purpose = 'password_reset'"
    )
    if all(one.status_code == 400 for one in tries):  # but for one chance in a million
        assert [tuple(code) for code in codes] == [(1, False)] * 2
