"""Passwords: how they are kept, which are taken, and how they change (U-A11, U16, R23)."""

import asyncio
import base64
import hashlib
import unicodedata
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import argon2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.conftest import SettingsFor
from tests.user_service.world import PERSON, SECRETS, World, new_world
from user_service.accounts.passwords import Passwords, common
from user_service.accounts.service import ensure_admin
from user_service.logins import revocations

OLD, NEW = PERSON["password"], "another long phrase"


@pytest.fixture
async def world(settings_for: SettingsFor) -> AsyncIterator[World]:
    async with new_world(settings_for) as made:
        await made.sign_up()
        await made.forget_limits()
        yield made


def django(password: str, iterations: int = 870_000, salt: str = "mQ3vHd0xZr5e") -> str:
    """A hash by the documented algorithm of Django's PBKDF2PasswordHasher."""
    digest = hashlib.pbkdf2_hmac("sha256", password.encode(), salt.encode(), iterations)
    return f"pbkdf2_sha256${iterations}${salt}${base64.b64encode(digest).decode()}"


async def store(world: World, encoded: str | None) -> None:
    await world.rows(
        "UPDATE accounts SET password_hash = :encoded WHERE username = 'asha_rao' RETURNING id",
        encoded=encoded,
    )


async def stored(world: World) -> str:
    [(encoded,)] = await world.rows(
        "SELECT password_hash FROM accounts WHERE username = 'asha_rao'"
    )
    return str(encoded)


async def sign_in(world: World, password: str) -> int:
    body = {"identifier": "asha_rao", "password": password}
    return (await world.client.post("/v1/logins", json=body)).status_code


async def reset(world: World, grant: str, password: str = NEW) -> Any:
    body = {"grant": grant, "password": password}
    return await world.client.post("/v1/password-resets", json=body)


def refusal(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


# --- how they are kept ---


async def test_a_hash_of_django_is_good_once_and_then_replaced(world: World) -> None:
    await store(world, django(OLD))
    assert await sign_in(world, NEW) == 401
    assert (await stored(world)).startswith("pbkdf2_sha256$870000$")
    assert await sign_in(world, OLD) == 201
    assert (await stored(world)).startswith("$argon2id$v=19$m=47104,t=1,p=1$")
    assert await sign_in(world, OLD) == 201


@pytest.mark.parametrize(
    "broken",
    ["pbkdf2_sha256$", "pbkdf2_sha256$x$salt$AAAA", "pbkdf2_sha256$1$s$!!", "md5$a$b", "!"],
)
async def test_a_broken_hash_fits_nothing(world: World, broken: str) -> None:
    await store(world, broken)
    assert await sign_in(world, OLD) == 401


async def test_a_hash_of_other_parameters_is_replaced(world: World) -> None:
    await store(world, argon2.PasswordHasher(time_cost=1, memory_cost=8_192).hash(OLD))
    assert await sign_in(world, OLD) == 201
    renewed = await stored(world)
    assert renewed.startswith("$argon2id$v=19$m=47104,t=1,p=1$")
    assert await sign_in(world, OLD) == 201
    assert await stored(world) == renewed


async def test_two_logins_that_replace_a_hash_at_once_both_get_in(world: World) -> None:
    await store(world, django(OLD, iterations=1_000))
    assert await asyncio.gather(*(sign_in(world, OLD) for _ in range(4))) == [201] * 4
    assert (await stored(world)).startswith("$argon2id$")
    assert await sign_in(world, OLD) == 201


async def test_a_login_does_not_put_back_a_password_that_changed_meanwhile(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The hash is replaced between the comparison and the login; the old password is refused."""
    await store(world, django(OLD, iterations=1_000))
    fresh = argon2.PasswordHasher(time_cost=1, memory_cost=47_104, parallelism=1).hash(NEW)
    made = Passwords.hash

    async def slow(self: Passwords, password: str) -> str:
        await store(world, fresh)
        return await made(self, password)

    monkeypatch.setattr(Passwords, "hash", slow)
    assert await sign_in(world, OLD) == 401
    assert await stored(world) == fresh
    assert await world.count("logins") == 1


COMPOSED, DECOMPOSED = (unicodedata.normalize(form, "pässwörd für Zoë") for form in ("NFC", "NFD"))


async def test_a_password_is_the_same_on_every_keyboard(world: World) -> None:
    assert COMPOSED != DECOMPOSED
    grant = await world.grant_for("asha@example.org", "password_reset")
    assert (await reset(world, grant, DECOMPOSED)).status_code == 204
    assert await sign_in(world, COMPOSED) == 201
    assert await sign_in(world, DECOMPOSED) == 201


async def test_a_hash_of_another_spelling_stays_good_and_is_replaced(world: World) -> None:
    await store(world, argon2.PasswordHasher(1, 47_104, 1).hash(DECOMPOSED))
    assert await sign_in(world, DECOMPOSED) == 201
    assert await sign_in(world, COMPOSED) == 201


@given(st.text(min_size=1, max_size=40))
@settings(max_examples=15)
async def test_every_password_fits_its_own_hash_in_every_form(password: str) -> None:
    try:
        password.encode()
    except UnicodeEncodeError:
        return
    passwords = Passwords(1)
    encoded = await passwords.hash(password)
    for form in ("NFC", "NFD"):
        assert await passwords.verify(encoded, unicodedata.normalize(form, password))
    assert not (await passwords.verify(encoded, password + "x"))
    passwords.close()


async def test_evening_out_works_for_every_kind_of_hash() -> None:
    passwords = Passwords(1)
    for encoded in (None, "", "!", django("x", 1), django("x", 900_000), "pbkdf2_sha256$a"):
        await passwords.even_out(encoded, "x")
    passwords.close()


# --- which are taken ---


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("short", "value_error"), ("nine char", "value_error"), ("x" * 129, "value_error"),
        ("q1w2e3r4t5y6", "password_common"), ("PASSWORD123", "password_common"),
        ("Asha_Rao_the_Tutor", "password_own"), ("asha@example.org", "password_own"),
        ("asha.rao.long", "password_own"),
    ],
)  # fmt: skip
async def test_a_password_that_is_guessed_at_once_is_refused(
    world: World, password: str, code: str
) -> None:
    email = "asha.rao.long@example.org" if password == "asha.rao.long" else "asha@example.org"
    await world.rows(
        "UPDATE accounts SET username = 'asha_rao_the_tutor', email = :email, email_key = :email "
        "WHERE username = 'asha_rao' RETURNING id", email=email
    )  # fmt: skip
    before = await world.rows("SELECT password_hash FROM accounts ORDER BY id")
    grant = await world.grant_for(email, "password_reset")
    answer = await reset(world, grant, password)
    assert answer.status_code == 422
    [problem] = answer.json()["fields"]
    assert (problem["pointer"], problem["code"]) == ("/password", code)
    assert password not in answer.text
    assert await world.rows("SELECT password_hash FROM accounts ORDER BY id") == before
    assert (await reset(world, grant)).status_code == 204  # the grant has stayed good


@pytest.mark.parametrize("length", [10, 128])
async def test_lengths_of_passwords(world: World, length: int) -> None:
    password = ("पासवर्ड लंबा " * 20)[:length].strip().ljust(length, "x")
    grant = await world.grant_for("asha@example.org", "password_reset")
    assert (await reset(world, grant, password)).status_code == 204
    assert await sign_in(world, password) == 201


async def test_sign_up_refuses_common_and_own_passwords_too(world: World) -> None:
    grant = await world.grant_for("q1w2e3r4t5y6@example.org")
    for password in ("password123", "q1w2e3r4t5y6@example.org", "bela_das_2026"):
        body = PERSON | {"grant": grant, "username": "bela_das_2026", "password": password}
        answer = await world.client.post("/v1/accounts", json=body)
        assert refusal(answer) == (422, "password_refused")
    assert await world.count("accounts") == 2


def test_the_list_of_common_passwords_is_there() -> None:
    assert len(common()) > 1_000
    assert "qwertyuiop" in common()


# --- a new one by a code ---


async def test_u_a11_r23_without_a_grant_nothing_changes(world: World) -> None:
    before = await stored(world)
    await world.code_for("asha@example.org", "password_reset")
    for grant in ("False", "true", "0", "x" * 43):
        assert refusal(await reset(world, grant)) == (400, "grant_refused")
    answer = await world.client.post("/v1/password-resets", json={"password": NEW})
    assert refusal(answer) == (422, "invalid")
    assert await stored(world) == before
    assert await sign_in(world, OLD) == 201


async def test_u_a11_a_grant_sets_a_password_once_and_all_logins_end(world: World) -> None:
    phone, laptop = [await world.sign_in("asha_rao", OLD) for _ in range(2)]
    grant = await world.grant_for("asha@example.org", "password_reset")
    answers = await asyncio.gather(*(reset(world, grant, f"{NEW} {n}") for n in range(5)))
    assert sorted(answer.status_code for answer in answers) == [204] + [400] * 4
    [n] = [n for n, answer in enumerate(answers) if answer.status_code == 204]
    assert await sign_in(world, OLD) == 401
    for person in (phone, laptop):
        token = {"refresh_token": person.login["refresh_token"]}
        assert (await world.client.post("/v1/logins/refresh", json=token)).status_code == 401
    entries = await revocations.wanted(world.parts.database, world.clock.now())
    assert len(entries) == 3
    assert await sign_in(world, f"{NEW} {n}") == 201
    await world.run_jobs()
    subjects = [mail.subject for mail in world.mailer.mails]
    assert subjects.count("Your StudyZed password was changed") == 1
    actions = await world.rows("SELECT action, actor_id, subject_id FROM audit_entries")
    assert [tuple(entry) for entry in actions] == [("password.reset", phone.id, phone.id)]


async def test_u_a11_r23_a_grant_of_another_purpose_is_refused(world: World) -> None:
    sign_up = await world.grant_for("b@example.org")
    assert refusal(await reset(world, sign_up)) == (400, "grant_refused")
    await world.forget_limits()
    new = await world.grant_for("asha@example.org", "password_reset")
    body = PERSON | {"grant": new, "username": "somebody"}
    answer = await world.client.post("/v1/accounts", json=body)
    assert refusal(answer) == (400, "grant_refused")
    assert await world.count("accounts") == 2
    assert await sign_in(world, OLD) == 201


async def test_u_a11_r23_a_grant_is_for_the_account_whose_address_got_the_code(
    world: World,
) -> None:
    """The address moves to somebody else between the code and the new password."""
    await world.sign_up("b@example.org", username="bela_das")
    await world.forget_limits()
    grant = await world.grant_for("asha@example.org", "password_reset")
    move = "UPDATE accounts SET email = :to, email_key = :to WHERE username = :who RETURNING id"
    await world.rows(move, to="asha2@example.org", who="asha_rao")
    await world.rows(move, to="asha@example.org", who="bela_das")
    before = await world.rows("SELECT password_hash FROM accounts ORDER BY id")
    assert refusal(await reset(world, grant)) == (400, "grant_refused")
    assert await world.rows("SELECT password_hash FROM accounts ORDER BY id") == before


async def test_u_a11_a_guessed_code_of_an_unknown_address_sets_no_password(world: World) -> None:
    wanted = {"email": "nobody@example.org", "purpose": "password_reset"}
    await world.client.post("/v1/codes", json=wanted)
    await world.run_jobs()
    [(code_id,)] = await world.rows("SELECT id FROM mailed_codes WHERE email_key LIKE 'nobody%'")
    from user_service.codes.service import keyed

    secret = world.parts.settings.code_secret.get_secret_value()
    await world.rows(
        "UPDATE mailed_codes SET code_hmac = :made WHERE id = :id RETURNING id",
        made=keyed(secret, "code", str(code_id), "123456"), id=code_id,
    )  # fmt: skip
    answer = await world.client.post("/v1/codes/verifications", json=wanted | {"code": "123456"})
    assert answer.status_code == 200
    assert refusal(await reset(world, answer.json()["grant"])) == (400, "grant_refused")


async def test_u_a11_a_grant_is_good_for_ten_minutes(world: World) -> None:
    grant = await world.grant_for("asha@example.org", "password_reset")
    world.clock.move(timedelta(minutes=10))
    assert refusal(await reset(world, grant)) == (400, "grant_refused")
    await world.forget_limits()
    grant = await world.grant_for("asha@example.org", "password_reset")
    world.clock.move(timedelta(minutes=9, seconds=59))
    assert (await reset(world, grant)).status_code == 204


async def test_u_a11_the_sixth_try_at_a_code_is_refused_even_if_right(world: World) -> None:
    code = await world.code_for("asha@example.org", "password_reset")
    body = {"email": "asha@example.org", "purpose": "password_reset"}
    wrong = f"{(int(code) + 1) % 1_000_000:06d}"
    for tried in [wrong] * 5 + [code]:
        answer = await world.client.post("/v1/codes/verifications", json=body | {"code": tried})
        assert refusal(answer) == (400, "code_refused")
    assert await world.count("grants") == 1  # that of the sign-up


async def test_u_a11_a_new_password_makes_other_codes_and_grants_useless(world: World) -> None:
    first = await world.grant_for("asha@example.org", "password_reset")
    await world.forget_limits()
    second = await world.grant_for("asha@example.org", "password_reset")
    await world.forget_limits()
    code = await world.code_for("asha@example.org", "password_reset")
    assert (await reset(world, second)).status_code == 204
    assert refusal(await reset(world, first)) == (400, "grant_refused")
    body = {"email": "asha@example.org", "purpose": "password_reset", "code": code}
    answer = await world.client.post("/v1/codes/verifications", json=body)
    assert refusal(answer) == (400, "code_refused")


async def test_an_account_without_password_gets_one_by_a_code(world: World) -> None:
    await store(world, None)
    grant = await world.grant_for("asha@example.org", "password_reset")
    assert (await reset(world, grant)).status_code == 204
    assert await sign_in(world, NEW) == 201


# --- a new one by the old one ---


async def change(world: World, headers: dict[str, str], **other: str) -> Any:
    body = {"old_password": OLD, "password": NEW} | other
    return await world.client.put("/v1/me/password", json=body, headers=headers)


async def test_u16_a_changed_password_ends_other_logins(world: World) -> None:
    phone, laptop = [await world.sign_in("asha_rao", OLD) for _ in range(2)]
    assert (await change(world, phone.headers)).status_code == 204
    for person, status in ((phone, 200), (laptop, 401)):
        token = {"refresh_token": person.login["refresh_token"]}
        answer = await world.client.post("/v1/logins/refresh", json=token)
        assert answer.status_code == status
    assert (await sign_in(world, OLD), await sign_in(world, NEW)) == (401, 201)
    await world.run_jobs()
    assert world.mailer.mails[-1].subject == "Your StudyZed password was changed"
    actions = await world.rows("SELECT action FROM audit_entries")
    assert [action for (action,) in actions] == ["password.changed"]


async def test_u16_the_old_password_is_needed_and_guessing_it_waits(world: World) -> None:
    phone = await world.sign_in("asha_rao", OLD)
    for _ in range(5):
        answer = await change(world, phone.headers, old_password="not this one")
        assert refusal(answer) == (403, "old_password_wrong")
    sixth = await change(world, phone.headers)
    assert refusal(sixth) == (429, "too_many_tries")
    assert sixth.headers["Retry-After"] == "60"
    world.clock.move(timedelta(minutes=1))
    assert (await change(world, phone.headers)).status_code == 204


async def test_u16_only_one_of_several_changes_at_once_counts(world: World) -> None:
    phone = await world.sign_in("asha_rao", OLD)
    answers = await asyncio.gather(
        *(change(world, phone.headers, password=f"{NEW} {n}") for n in range(4))
    )
    assert sorted(answer.status_code for answer in answers) == [204, 403, 403, 403]
    [n] = [n for n, answer in enumerate(answers) if answer.status_code == 204]
    assert await sign_in(world, f"{NEW} {n}") == 201


async def test_u16_a_common_password_is_refused_and_an_account_without_one_is_told(
    world: World,
) -> None:
    phone = await world.sign_in("asha_rao", OLD)
    answer = await change(world, phone.headers, password="password123")
    assert refusal(answer) == (422, "password_refused")
    await store(world, None)
    assert refusal(await change(world, phone.headers)) == (409, "password_missing")


async def test_the_seeded_admin_keeps_the_password_that_was_chosen(world: World) -> None:
    """A start in production, in the local mode, and where `admin` is no admin any more."""
    admin, seeded = await world.admin(), SECRETS["admin_password"]
    body = {"old_password": seeded, "password": NEW}
    changed = await world.client.put("/v1/me/password", json=body, headers=admin.headers)
    assert changed.status_code == 204
    parts = world.parts

    async def start(*, again: bool) -> None:
        await ensure_admin(parts.database, parts.passwords, seeded, again=again)

    await start(again=False)
    await world.sign_in("admin", NEW)
    refused = {"identifier": "admin", "password": seeded}
    assert (await world.client.post("/v1/logins", json=refused)).status_code == 401
    await start(again=True)
    await world.sign_in("admin", seeded)
    await world.rows("UPDATE accounts SET role = 'tutor' WHERE username = 'admin' RETURNING id")
    before = await world.rows("SELECT password_hash FROM accounts ORDER BY id")
    await start(again=True)
    assert await world.rows("SELECT password_hash FROM accounts ORDER BY id") == before
