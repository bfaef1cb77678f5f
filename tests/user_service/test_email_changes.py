"""Another address: both confirm, both are told, and nobody else learns anything (U16)."""

import asyncio
import re
from datetime import timedelta
from typing import Any

import pytest

from tests.user_service.world import PERSON, Person, World
from user_service.email_changes.schemas import SendEmailChange
from user_service.erasures.schemas import EraseDue
from user_service.privacy.schemas import ForgetOld

OLD, NEW = "asha@example.org", "Asha.New@example.org"


async def ask(world: World, person: Person, email: str = NEW) -> Any:
    await later(world)
    return await ask_at_once(world, person, email)


async def ask_at_once(world: World, person: Person, email: str = NEW) -> Any:
    body = {"email": email}
    return await world.client.post("/v1/me/email-changes", json=body, headers=person.headers)


async def later(world: World) -> None:
    """Half a minute after the last code to any address."""
    for key in await world.parts.redis.keys("limit:user:code-gap:*"):
        await world.parts.redis.delete(key)


async def codes_of(world: World) -> tuple[str, str]:
    """The codes in the two newest mails: the old address's, the new one's."""
    await world.run_jobs()
    found = [re.search(r"\b\d{6}\b", mail.subject) for mail in world.mailer.mails[-2:]]
    assert found[0]
    assert found[1]
    return found[0][0], found[1][0]


async def confirm(world: World, person: Person, change: Any, old: str, new: str) -> Any:
    return await world.client.post(
        f"/v1/me/email-changes/{change['id']}/confirmation",
        json={"old_code": old, "new_code": new},
        headers=person.headers,
    )


async def address(world: World, username: str = "asha_rao") -> str:
    rows = await world.rows("SELECT email FROM accounts WHERE username = :name", name=username)
    return str(rows[0][0])


def other(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06d}"


async def test_u16_an_address_changes_when_both_have_confirmed(world: World) -> None:
    asha = await world.sign_up(OLD)
    await world.run_jobs()
    wanted = await ask(world, asha)
    assert wanted.status_code == 202
    assert wanted.json()["email"] == NEW
    old, new = await codes_of(world)
    assert [mail.to for mail in world.mailer.mails[-2:]] == [OLD, NEW]
    assert NEW in world.mailer.mails[-2].text
    assert await address(world) == OLD
    assert (await confirm(world, asha, wanted.json(), old, new)).status_code == 204
    assert await address(world) == NEW
    await world.run_jobs()
    told = world.mailer.mails[-2:]
    assert {mail.to for mail in told} == {OLD, NEW}
    assert {mail.subject for mail in told} == {"Your StudyZed address was changed"}
    for identifier, status in ((NEW.lower(), 201), (OLD, 401)):
        body = {"identifier": identifier, "password": PERSON["password"]}
        assert (await world.client.post("/v1/logins", json=body)).status_code == status
    entries = await world.rows("SELECT action, subject_id FROM audit_entries")
    assert [tuple(entry) for entry in entries] == [("email.changed", asha.id)]


async def test_u16_others_learn_the_new_address(world: World) -> None:
    asha = await world.sign_up(OLD)
    wanted = (await ask(world, asha)).json()
    await confirm(world, asha, wanted, *await codes_of(world))
    rows = await world.rows(
        "SELECT body::jsonb FROM outbox WHERE destination = 'kafka' ORDER BY seq DESC LIMIT 1"
    )
    event = rows[0][0]
    assert event["type"] == "studyzed.profile.changed"
    assert (event["data"]["email"], event["data"]["revision"]) == (NEW, 2)


@pytest.mark.parametrize("wrong", ["old", "new", "both"])
async def test_u16_both_codes_must_be_right_and_the_sixth_try_is_refused(
    world: World, wrong: str
) -> None:
    asha = await world.sign_up(OLD)
    wanted = (await ask(world, asha)).json()
    old, new = await codes_of(world)
    tried = (old if wrong == "new" else other(old), new if wrong == "old" else other(new))
    for pair in [tried] * 5 + [(old, new)]:
        answer = await confirm(world, asha, wanted, *pair)
        assert (answer.status_code, answer.json()["code"]) == (400, "code_refused")
    assert await address(world) == OLD


async def test_u16_codes_do_not_change_places(world: World) -> None:
    asha = await world.sign_up(OLD)
    wanted = (await ask(world, asha)).json()
    old, new = await codes_of(world)
    if old != new:
        assert (await confirm(world, asha, wanted, new, old)).status_code == 400
    assert await address(world) == OLD


async def test_u16_codes_are_good_for_ten_minutes(world: World) -> None:
    asha = await world.sign_up(OLD)
    wanted = (await ask(world, asha)).json()
    old, new = await codes_of(world)
    world.clock.move(timedelta(minutes=10))
    fresh = await world.sign_in("asha_rao", PERSON["password"])
    answer = await confirm(world, fresh, wanted, old, new)
    assert (answer.status_code, answer.json()["code"]) == (400, "code_refused")


async def test_u16_only_the_owner_confirms_and_only_the_newest_wish(world: World) -> None:
    asha = await world.sign_up(OLD)
    bela = await world.sign_up("b@example.org", username="bela_das")
    first = (await ask(world, asha)).json()
    codes = await codes_of(world)
    foreign = await confirm(world, bela, first, *codes)
    assert (foreign.status_code, foreign.json()["code"]) == (404, "email_change_not_found")
    await ask(world, asha, "third@example.org")
    stale = await confirm(world, asha, first, *codes)
    assert (stale.status_code, stale.json()["code"]) == (404, "email_change_not_found")
    assert await address(world) == OLD


async def test_u16_confirming_twice_at_once_changes_once(world: World) -> None:
    asha = await world.sign_up(OLD)
    wanted = (await ask(world, asha)).json()
    codes = await codes_of(world)
    answers = await asyncio.gather(*(confirm(world, asha, wanted, *codes) for _ in range(4)))
    assert [answer.status_code for answer in answers].count(204) == 1
    rows = await world.rows("SELECT count(*) FROM audit_entries WHERE action = 'email.changed'")
    assert rows[0][0] == 1


async def test_u16_of_two_who_want_one_address_one_gets_it(world: World) -> None:
    asha = await world.sign_up(OLD)
    bela = await world.sign_up("b@example.org", username="bela_das")
    wishes = []
    for person, email in ((asha, NEW), (bela, NEW.upper())):
        await world.forget_limits()
        wanted = (await ask(world, person, email)).json()
        wishes.append((person, wanted, *await codes_of(world)))
    answers = await asyncio.gather(*(confirm(world, *wish) for wish in wishes))
    assert sorted(answer.status_code for answer in answers) == [204, 409]
    assert {a.json()["code"] for a in answers if a.status_code == 409} == {"email_taken"}
    keys = await world.rows("SELECT email_key FROM accounts ORDER BY email_key")
    assert len([key for (key,) in keys if key == NEW.lower()]) == 1


async def test_u16_an_address_that_somebody_has_is_answered_alike(world: World) -> None:
    asha = await world.sign_up(OLD)
    await world.sign_up("b@example.org", username="bela_das")
    await world.forget_limits()
    known = await ask(world, asha, "b@example.org")
    unknown = await ask(world, asha, "c@example.org")
    same = {"status": known.status_code, "fields": known.json().keys()}
    assert same == {"status": unknown.status_code, "fields": unknown.json().keys()}
    await world.run_jobs()
    mails = [mail for mail in world.mailer.mails if mail.to == "b@example.org"]
    assert mails[-1].subject == "Your address was to be used for another StudyZed account"
    assert not re.search(r"\d{6}", mails[-1].text)


async def test_u16_ones_own_address_is_no_other(world: World) -> None:
    asha = await world.sign_up(OLD)
    await world.forget_limits()
    answer = await ask(world, asha, OLD.upper())
    assert (answer.status_code, answer.json()["code"]) == (409, "email_unchanged")


async def test_u16_five_wishes_an_hour(world: World) -> None:
    asha = await world.sign_up(OLD)
    await world.forget_limits()
    answers = [await ask(world, asha, f"n{n}@example.org") for n in range(6)]
    assert [answer.status_code for answer in answers] == [202] * 5 + [429]
    again = await ask(world, asha, "n0@example.org")
    assert again.status_code == 429


async def test_u16_the_old_address_gets_codes_half_a_minute_apart_too(world: World) -> None:
    asha = await world.sign_up(OLD)
    assert (await ask(world, asha)).status_code == 202
    before = await world.count("mailed_codes")
    again = await ask_at_once(world, asha, "another@example.org")
    assert (again.status_code, again.json()["code"]) == (429, "too_many_requests")
    assert 1 <= int(again.headers["Retry-After"]) <= 30
    assert (await world.count("mailed_codes"), await world.count("email_changes")) == (before, 1)
    assert (await ask(world, asha, "another@example.org")).status_code == 202


async def test_u16_mails_sent_again_carry_new_codes_and_none_after_the_change(world: World) -> None:
    asha = await world.sign_up(OLD)
    wanted = (await ask(world, asha)).json()
    first = await codes_of(world)
    job = SendEmailChange(change_id=wanted["id"])
    await world.run(job)
    second = await codes_of(world)
    if first != second:
        assert (await confirm(world, asha, wanted, *first)).status_code == 400
    assert (await confirm(world, asha, wanted, *second)).status_code == 204
    await world.run_jobs()
    sent = len(world.mailer.mails)
    await world.run(job)
    assert len(world.mailer.mails) == sent


async def test_u16_a_code_to_the_old_address_is_void_once_it_is_old(world: World) -> None:
    """A code for a new password, mailed before the change, opens nothing after it."""
    asha = await world.sign_up(OLD)
    await world.forget_limits()
    grant = await world.grant_for(OLD, "password_reset")
    wanted = (await ask(world, asha)).json()
    assert (await confirm(world, asha, wanted, *await codes_of(world))).status_code == 204
    body = {"grant": grant, "password": "another long phrase"}
    answer = await world.client.post("/v1/password-resets", json=body)
    assert (answer.status_code, answer.json()["code"]) == (400, "grant_refused")


async def test_u_a9_an_old_address_is_nowhere_after_an_erasure(world: World) -> None:
    """Somebody else had invited it; the account's own address is the new one by then."""
    tutor = await world.sign_up("tutor@example.org", username="tutor_one", first_name="Tara")
    headers = tutor.headers | {"Content-Type": "text/csv"}
    text = f"email,first_name\n{OLD},Asha\nravi@example.org,Ravi\n"
    await world.client.post("/v1/invite-imports", content=text, headers=headers)
    for _ in range(2):
        await world.run_jobs()
    asha = await world.sign_up(OLD)
    wanted = await ask(world, asha)
    old, new = await codes_of(world)
    assert (await confirm(world, asha, wanted.json(), old, new)).status_code == 204
    await world.run_jobs()
    assert await world.rows("SELECT email FROM invites") == [("ravi@example.org",)]
    asha = await world.sign_in("asha_rao", PERSON["password"])
    wish = {"password": PERSON["password"]}
    answer = await world.client.post("/v1/me/erasure", json=wish, headers=asha.headers)
    assert answer.status_code == 202, answer.text
    world.clock.move(timedelta(days=14))
    await world.run(ForgetOld())  # codes and grants live a day
    for _ in range(2):
        await world.run(EraseDue())
        await world.run_jobs()
    tables = await world.rows(
        "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'"
    )
    for (table,) in tables:
        found = await world.rows(
            f"SELECT 1 FROM {table} AS held WHERE held::text ILIKE '%asha%@example.org%'"  # noqa: S608
        )
        assert found == [], table
