"""Codes by time: enrolment, sign-in, and that no code counts twice."""

import asyncio
from collections import Counter
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, unquote, urlsplit

import pyotp
import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.limits import Hit
from tests.user_service.factors.people import PASSWORD, Asha, asha, code_of
from tests.user_service.world import World
from user_service.mails.smtp_gateway import Mail
from user_service.proofs import totp
from user_service.proofs.jobs import ForgetOldChallenges

REFUSED = (400, "factor_refused")
GUESSED = "Somebody tried to sign in to your StudyZed account"


async def uncounted(_name: str, _who: str, limit: int, seconds: int) -> Hit:
    """In place of `Limits.hit`, so that only the database can be what stops."""
    return Hit(limit, 1, seconds)


async def test_u7_enrolment_takes_two_steps_and_gives_recovery_codes_once(world: World) -> None:
    owner = await asha(world)
    begun = (await owner.call("POST", "/v1/factors/totp")).json()
    place = urlsplit(begun["uri"])
    assert (place.scheme, place.netloc, unquote(place.path)) == (
        "otpauth", "totp", "/StudyZed:asha_rao",
    )  # fmt: skip
    assert parse_qs(place.query) == {"secret": [begun["secret"]], "issuer": ["StudyZed"]}
    before = (await owner.call("GET", "/v1/factors")).json()
    assert before == {"totp": None, "passkeys": [], "recovery_codes_left": 0, "required": False}
    assert (await world.client.post("/v1/logins", json=PASSWORD)).status_code == 201

    owner.secret = begun["secret"]
    wrong = f"{(int(owner.code) + 1) % 1_000_000:06d}"
    refused = await owner.call("POST", "/v1/factors/totp/confirmations", {"code": wrong})
    assert code_of(refused) == REFUSED
    done = await owner.call("POST", "/v1/factors/totp/confirmations", {"code": owner.code})
    assert done.status_code == 200
    codes = done.json()["recovery_codes"]
    assert len(set(codes)) == 10
    again = await owner.call("POST", "/v1/factors/totp/confirmations", {"code": owner.code})
    assert code_of(again) == (404, "enrolment_not_found")
    held = (await owner.call("GET", "/v1/factors")).json()
    assert held["recovery_codes_left"] == 10
    assert held["totp"]["confirmed_at"] is not None

    await world.run_jobs()
    told = world.mailer.mails[-1]
    assert told.subject == "An authenticator app was added to your StudyZed account"
    assert not [code for code in codes if code in told.text]
    [(action, details)] = await world.rows("SELECT action, details FROM audit_entries")
    assert (action, details) == ("factor.added", {"kind": "totp"})


async def test_u7_secret_and_codes_are_not_readable_in_the_database(world: World) -> None:
    owner = await asha(world)
    await owner.add_totp()
    [(sealed,)] = await world.rows("SELECT sealed_secret FROM totps")
    assert owner.secret not in sealed
    kept = await world.rows("SELECT r::text FROM recovery_codes r")
    plain = {form for code in owner.recovery_codes for form in (code, code.replace("-", ""))}
    assert not [row for (row,) in kept if any(form in row for form in plain)]


async def test_u7_an_unconfirmed_secret_waits_fifteen_minutes(world: World) -> None:
    owner = await asha(world)
    owner.secret = (await owner.call("POST", "/v1/factors/totp")).json()["secret"]
    world.clock.move(timedelta(minutes=15))
    owner.person = await world.sign_in("asha_rao", PASSWORD["password"])
    late = await owner.call("POST", "/v1/factors/totp/confirmations", {"code": owner.code})
    assert code_of(late) == (404, "enrolment_not_found")
    await owner.add_totp()


async def test_u7_the_right_password_alone_gives_a_challenge(world: World) -> None:
    owner = await asha(world)
    await owner.add_totp()
    logins = await world.count("logins")
    asked = await owner.ask()
    assert asked["factors"] == ["totp", "recovery_code"]
    assert asked["passkey"] is None
    assert asked.keys() == {"challenge", "expires_at", "factors", "passkey"}
    assert await world.count("logins") == logins
    made = await owner.answer(asked["challenge"], "totp", code=owner.code)
    assert made.status_code == 201, made.text
    assert made.json()["account"]["username"] == "asha_rao"
    assert made.json()["scope"] is None


async def test_u7_a_wrong_password_tells_nothing_of_factors(world: World) -> None:
    owner = await asha(world)
    wrong = PASSWORD | {"password": "not this one"}  # pragma: allowlist secret
    before = await world.client.post("/v1/logins", json=wrong)
    await owner.add_totp()
    after = await world.client.post("/v1/logins", json=wrong)
    bodies = [
        {name: said for name, said in answer.json().items() if name != "trace_id"}
        for answer in (before, after)
    ]
    assert before.status_code == after.status_code == 401
    assert bodies[0] == bodies[1]
    assert await world.count("challenges") == 0


async def test_u7_a_code_counts_one_step_early_or_late_only(world: World) -> None:
    owner = await asha(world)
    await owner.add_totp()
    for steps, right in ((-2, False), (2, False), (1, True)):
        world.clock.move(timedelta(minutes=5))
        at = world.clock.now() + timedelta(seconds=30 * steps)
        challenge = (await owner.ask())["challenge"]
        code = pyotp.TOTP(owner.secret).at(at)
        answer = await owner.answer(challenge, "totp", code=code)
        assert answer.status_code == (201 if right else 400), steps
    earlier = (await owner.ask())["challenge"]  # a step before the newest that was taken
    assert code_of(await owner.answer(earlier, "totp", code=owner.code)) == REFUSED


async def test_u7_no_code_is_taken_twice_by_twenty_at_once(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    owner = await asha(world)
    await owner.add_totp()
    challenges = [(await owner.ask())["challenge"] for _ in range(20)]
    before, code = await world.count("logins"), owner.code
    monkeypatch.setattr(world.parts.limits, "hit", uncounted)
    answers = await asyncio.gather(
        *(owner.answer(challenge, "totp", code=code) for challenge in challenges)
    )
    assert Counter(answer.status_code for answer in answers) == {201: 1, 400: 19}
    assert await world.count("logins") == before + 1
    again = (await owner.ask())["challenge"]
    assert code_of(await owner.answer(again, "totp", code=code)) == REFUSED


async def test_u7_a_challenge_is_used_once_by_twenty_at_once(world: World) -> None:
    """With ten good recovery codes and the app, so that only the challenge can be what stops."""
    owner = await asha(world)
    await owner.add_totp()
    challenge, before = (await owner.ask())["challenge"], await world.count("logins")
    proofs = [{"kind": "recovery_code", "code": code} for code in owner.recovery_codes]
    answers = await asyncio.gather(
        *(owner.answer(challenge, **proof) for proof in proofs),
        *(owner.answer(challenge, **proof) for proof in proofs),
    )
    statuses = Counter(answer.status_code for answer in answers)
    assert statuses == {201: 1, 400: 19}
    assert await world.count("logins") == before + 1
    [(used,)] = await world.rows("SELECT count(*) FROM recovery_codes WHERE used_at IS NOT NULL")
    assert used == 1


async def test_u7_five_tries_per_challenge_whatever_is_refused(world: World) -> None:
    owner = await asha(world)
    await owner.add_totp()
    challenge = (await owner.ask())["challenge"]
    wrong = f"{(int(owner.code) + 1) % 1_000_000:06d}"
    for _ in range(5):
        assert code_of(await owner.answer(challenge, "totp", code=wrong)) == REFUSED
    sixth = await owner.answer(challenge, "totp", code=owner.code)
    assert code_of(sixth) == (400, "challenge_refused")
    fresh = await owner.answer((await owner.ask())["challenge"], "totp", code=owner.code)
    assert fresh.status_code == 201


async def test_u7_ten_wrong_codes_an_hour_then_codes_wait(world: World) -> None:
    owner = await asha(world)
    await owner.add_totp()
    assert await guess(owner, 2) == [REFUSED] * 10
    challenge = (await owner.ask())["challenge"]
    waiting = await owner.answer(challenge, "totp", code=owner.code)
    assert code_of(waiting) == (429, "too_many_factor_tries")
    assert 1 <= int(waiting.headers["Retry-After"]) <= 3_600


async def guess(owner: Asha, challenges: int) -> list[tuple[int, str]]:
    """Five wrong codes for each of some challenges; the refusals."""
    wrong, answers = f"{(int(owner.code) + 1) % 1_000_000:06d}", []
    for _ in range(challenges):
        challenge = (await owner.ask())["challenge"]
        answers += [await owner.answer(challenge, "totp", code=wrong) for _ in range(5)]
    return [code_of(answer) for answer in answers]


async def test_u7_the_database_bounds_guesses_while_redis_counts_none(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    owner = await asha(world)
    await owner.add_totp()
    ravi = Asha(world, await world.sign_up("ravi@example.org", username="ravi_kumar"))
    monkeypatch.setattr(world.parts.limits, "hit", uncounted)
    waiting = (429, "too_many_factor_tries")
    assert await guess(owner, 5) == [REFUSED] * 20 + [waiting] * 5
    late = await owner.answer((await owner.ask())["challenge"], "totp", code=owner.code)
    assert code_of(late) == waiting
    assert late.headers["Retry-After"] == "900"
    await ravi.add_totp()
    asked = await world.client.post("/v1/logins", json=PASSWORD | {"identifier": "ravi_kumar"})
    other = await ravi.answer(asked.json()["challenge"], "totp", code=ravi.code)
    assert other.status_code == 201, "nobody else waits"
    world.clock.move(timedelta(minutes=5, seconds=1))
    await world.run(ForgetOldChallenges())
    await owner.sign_in()


async def test_u7_guesses_at_once_are_bounded_too(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    owner = await asha(world)
    await owner.add_totp()
    monkeypatch.setattr(world.parts.limits, "hit", uncounted)
    challenges = [(await owner.ask())["challenge"] for _ in range(6)]
    wrong = f"{(int(owner.code) + 1) % 1_000_000:06d}"
    answers = await asyncio.gather(
        *(owner.answer(one, "totp", code=wrong) for one in challenges for _ in range(5))
    )
    looked_at = [answer for answer in answers if code_of(answer) == REFUSED]
    assert len(looked_at) <= 20
    assert {answer.status_code for answer in answers} <= {400, 429}


async def test_u7_guesses_at_codes_do_not_make_recovery_codes_wait(world: World) -> None:
    owner = await asha(world)
    await owner.add_totp()
    assert await guess(owner, 2) == [REFUSED] * 10
    assert (await guess(owner, 1))[0] == (429, "too_many_factor_tries")
    challenge = (await owner.ask())["challenge"]
    code = owner.recovery_codes[0]
    assert (await owner.answer(challenge, "recovery_code", code=code)).status_code == 201


async def guessed(world: World) -> list[Mail]:
    await world.run_jobs()
    return [mail for mail in world.mailer.mails if mail.subject == GUESSED]


async def test_u7_the_owner_hears_of_wrong_second_factors_once_an_hour(world: World) -> None:
    owner = await asha(world)
    await owner.add_totp()
    await world.client.post("/v1/logins", json=PASSWORD | {"password": "not this one"})
    assert await guessed(world) == []
    thief = PASSWORD | {"device": "a thief's laptop"}
    asked = [(await world.client.post("/v1/logins", json=thief)).json() for _ in range(2)]
    wrong = f"{(int(owner.code) + 1) % 1_000_000:06d}"
    answers = await asyncio.gather(
        *(owner.answer(one["challenge"], "totp", code=wrong) for one in asked for _ in range(4))
    )
    assert {code_of(answer) for answer in answers} == {REFUSED}
    [told] = await guessed(world)
    assert told.to == "asha@example.org"
    assert "device a thief's laptop, network 127.0.0.0/24" in told.text
    world.clock.move(timedelta(minutes=59, seconds=59))
    refused = await owner.answer((await owner.ask())["challenge"], "recovery_code", code="a" * 10)
    assert code_of(refused) == REFUSED
    assert len(await guessed(world)) == 1
    world.clock.move(timedelta(seconds=1))
    await owner.answer((await owner.ask())["challenge"], "recovery_code", code="a" * 10)
    assert len(await guessed(world)) == 2
    await owner.sign_in()
    assert len(await guessed(world)) == 2


async def test_u7_a_new_password_by_code_ends_the_wait_for_codes(world: World) -> None:
    owner = await asha(world)
    await owner.add_totp()
    assert (await guess(owner, 3))[-1] == (429, "too_many_factor_tries")
    for key in await world.parts.redis.keys("limit:user:code*"):
        await world.parts.redis.delete(key)
    grant = await world.grant_for("asha@example.org", "password_reset")
    body = {"grant": grant, "password": PASSWORD["password"]}
    assert (await world.client.post("/v1/password-resets", json=body)).status_code == 204
    await owner.sign_in()


async def test_u7_a_challenge_ends_after_five_minutes(world: World) -> None:
    owner = await asha(world)
    await owner.add_totp()
    challenge = (await owner.ask())["challenge"]
    world.clock.move(timedelta(minutes=4, seconds=59))
    wrong = f"{(int(owner.code) + 1) % 1_000_000:06d}"
    assert code_of(await owner.answer(challenge, "totp", code=wrong)) == REFUSED
    world.clock.move(timedelta(seconds=1))
    late = await owner.answer(challenge, "totp", code=owner.code)
    assert code_of(late) == (400, "challenge_refused")


async def test_u7_a_challenge_is_for_one_purpose_and_account(world: World) -> None:
    owner = await asha(world)
    await owner.add_totp()
    other = await world.sign_up("ravi@example.org", username="ravi_kumar")
    step_up = (await owner.call("POST", "/v1/step-ups/challenges")).json()["challenge"]
    refused = await owner.answer(step_up, "totp", code=owner.code)
    assert code_of(refused) == (400, "challenge_refused")
    body = {"challenge": step_up, "proof": {"kind": "totp", "code": owner.code}}
    foreign = await world.client.post("/v1/step-ups/factor", json=body, headers=other.headers)
    assert code_of(foreign) == (400, "challenge_refused")


async def test_u7_a_block_is_felt_between_password_and_code(world: World) -> None:
    owner = await asha(world)
    await owner.add_totp()
    challenge = (await owner.ask())["challenge"]
    await world.rows("UPDATE accounts SET blocked_at = now() RETURNING id")
    answer = await owner.answer(challenge, "totp", code=owner.code)
    assert code_of(answer) == (403, "account_blocked")
    again = await world.client.post("/v1/logins", json=PASSWORD)
    assert code_of(again) == (403, "account_blocked")


async def test_u7_signing_out_everywhere_ends_logins_that_are_half_done(world: World) -> None:
    owner = await asha(world)
    await owner.add_totp()
    challenge = (await owner.ask())["challenge"]
    assert (await owner.call("DELETE", "/v1/logins/others")).status_code == 204
    answer = await owner.answer(challenge, "totp", code=owner.code)
    assert code_of(answer) == (400, "challenge_refused")


@given(st.integers(0, 2_000_000_000), st.integers(-3, 3), st.integers(0, 29))
def test_u7_the_step_of_a_code_is_the_one_it_was_made_for(step: int, off: int, past: int) -> None:
    """For any instant: what is not within one step is refused, and what is tells its step."""
    secret, key = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP", "a key"
    now = datetime.fromtimestamp(30 * (step + 3) + past, UTC)
    code = pyotp.TOTP(secret).generate_otp(step + 3 + off)
    found = totp.step_of(key, totp.sealed(key, secret), code, now)
    near = [pyotp.TOTP(secret).generate_otp(step + 3 + i) for i in (-1, 0, 1)]
    assert found == (step + 2 + near.index(code) if code in near else None)
    assert abs(off) > 1 or found is not None


def test_u7_rfc_6238_vectors() -> None:
    """Appendix B of RFC 6238, cut to six digits; the secret is 1234567890 twice."""
    secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"  # pragma: allowlist secret
    for second, code in ((59, "287082"), (1_111_111_109, "081804"), (20_000_000_000, "353130")):
        now = datetime.fromtimestamp(second, UTC)
        assert totp.step_of("key", totp.sealed("key", secret), code, now) == second // 30
