"""Sign-up by mailed code, end to end inside user_service; the mail server is the one stand-in."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from datetime import timedelta

import httpx
import pytest
from sqlalchemy import text

from tests.user_service.world import PERSON, World


async def test_u_a1_sign_up_and_login(world: World) -> None:
    grant = await world.grant_for("Asha.Rao@Example.org")
    made = await world.client.post("/v1/accounts", json=PERSON | {"grant": grant})
    assert made.status_code == 201, made.text
    body = made.json()
    assert re.fullmatch(r"ASHAR-[0-9A-F]{7}", body["user_code"])
    assert body["email"] == "Asha.Rao@example.org"  # a domain has no case
    assert (body["role"], body["zone"], body["locale"]) == ("tutor", "Asia/Kolkata", "en")

    for identifier in ("asha.rao@example.org", "ASHA_RAO"):
        login = await world.client.post(
            "/v1/logins", json={"identifier": identifier, "password": PERSON["password"]}
        )
        assert login.status_code == 201, login.text
        assert login.json()["expires_in"] == 600
        headers = {"Authorization": f"Bearer {login.json()['access_token']}"}
        me = await world.client.get("/v1/me", headers=headers)
        assert me.status_code == 200
        assert me.json() == body


@pytest.mark.parametrize("field", ["first_name", "last_name"])
@pytest.mark.parametrize("sign", ["\n", "\t", "\x85", "\u2028"])
async def test_u1_names_stand_on_one_line(world: World, field: str, sign: str) -> None:
    body = PERSON | {"grant": "x", field: f"Asha{sign}Rao"}
    refused = await world.client.post("/v1/accounts", json=body)
    assert refused.status_code == 422
    assert [one["pointer"] for one in refused.json()["fields"]] == [f"/{field}"]


async def test_u_a1_code_valid_until_ten_minutes(world: World) -> None:
    code = await world.code_for("a@example.org")
    world.clock.move(timedelta(minutes=9, seconds=59))
    tried = {"email": "a@example.org", "code": code}
    assert (await world.client.post("/v1/codes/verifications", json=tried)).status_code == 200


async def test_u_a1_code_refused_at_ten_minutes(world: World) -> None:
    code = await world.code_for("a@example.org")
    world.clock.move(timedelta(minutes=10))
    answer = await world.client.post(
        "/v1/codes/verifications", json={"email": "a@example.org", "code": code}
    )
    assert (answer.status_code, answer.json()["code"]) == (400, "code_refused")
    assert await world.count("grants") == 0


async def test_u_a1_wrong_code_six_times(world: World) -> None:
    """The sixth try is refused even with the right code: refusals did not take the count back."""
    code = await world.code_for("a@example.org")
    wrong = f"{(int(code) + 1) % 1_000_000:06d}"
    for _ in range(5):
        answer = await world.client.post(
            "/v1/codes/verifications", json={"email": "a@example.org", "code": wrong}
        )
        assert (answer.status_code, answer.json()["code"]) == (400, "code_refused")
    answer = await world.client.post(
        "/v1/codes/verifications", json={"email": "a@example.org", "code": code}
    )
    assert (answer.status_code, answer.json()["code"]) == (400, "code_refused")
    assert await world.count("grants") == 0


async def test_u_a1_parallel_tries_count_each(world: World) -> None:
    code = await world.code_for("a@example.org")
    wrong = f"{(int(code) + 1) % 1_000_000:06d}"
    body = {"email": "a@example.org", "code": wrong}
    await asyncio.gather(
        *(world.client.post("/v1/codes/verifications", json=body) for _ in range(20))
    )
    async with world.parts.database.transaction() as session:
        assert await session.scalar(text("SELECT tries FROM mailed_codes")) == 5


async def test_u_a1_newest_code_only_and_pace(world: World) -> None:
    first = await world.code_for("a@example.org")
    again = await world.client.post("/v1/codes", json={"email": "A@EXAMPLE.org"})
    assert (again.status_code, again.json()["code"]) == (429, "too_many_requests")
    assert int(again.headers["Retry-After"]) in range(1, 31)
    await world.forget_limits()
    second = await world.code_for("a@example.org")
    for code, status in ((first, 400), (second, 200)):
        if first != second:
            answer = await world.client.post(
                "/v1/codes/verifications", json={"email": "a@example.org", "code": code}
            )
            assert answer.status_code == status


async def test_u_a1_known_address_gets_the_same_answer(world: World) -> None:
    grant = await world.grant_for("a@example.org")
    await world.client.post("/v1/accounts", json=PERSON | {"grant": grant})
    await world.forget_limits()
    known = await world.client.post("/v1/codes", json={"email": "a@example.org"})
    unknown = await world.client.post("/v1/codes", json={"email": "b@example.org"})
    assert (known.status_code, known.json()) == (unknown.status_code, unknown.json())
    await world.run_jobs()
    assert world.mailer.mails[-2].subject == "You already have a StudyZed account"
    assert not re.search(r"\d{6}", world.mailer.mails[-2].text)


async def test_u_a2_fifty_sign_ups_make_one_account(world: World) -> None:
    """The same address in different cases, with fifty good grants."""
    from user_service.codes import service as codes
    from user_service.codes.models import Grant

    secret = world.parts.settings.code_secret.get_secret_value()
    bodies = []
    for i in range(50):
        token = f"grant-{i}"
        email = "".join(c.upper() if (i >> n) & 1 else c for n, c in enumerate("pupil@example.org"))
        async with world.parts.database.transaction() as session:
            session.add(
                Grant(
                    token_hmac=codes.keyed(secret, "grant", token),
                    email=email,
                    expires_at=world.clock.now() + timedelta(minutes=1),
                )
            )
        bodies.append(PERSON | {"grant": token, "username": f"pupil_{i}"})
    await world.forget_limits()
    calls: list[Callable[[], Awaitable[httpx.Response]]] = [
        lambda body=body: world.client.post("/v1/accounts", json=body)  # type: ignore[misc]
        for body in bodies[:30]
    ]
    answers = await asyncio.gather(*(call() for call in calls))
    await world.forget_limits()
    answers += await asyncio.gather(
        *(world.client.post("/v1/accounts", json=body) for body in bodies[30:])
    )
    statuses = sorted(answer.status_code for answer in answers)
    assert statuses == [201] + [409] * 49
    assert {a.json()["code"] for a in answers if a.status_code == 409} == {"email_taken"}
    assert await world.count("accounts") == 2  # the admin, and one


async def test_u_a11_grant_is_used_once(world: World) -> None:
    grant = await world.grant_for("a@example.org")
    first = await world.client.post("/v1/accounts", json=PERSON | {"grant": grant})
    second = await world.client.post(
        "/v1/accounts", json=PERSON | {"grant": grant, "username": "someone_else"}
    )
    assert (first.status_code, second.status_code) == (201, 400)
    assert second.json()["code"] == "grant_refused"


@pytest.mark.parametrize("role", ["admin", "ADMIN", "owner", ""])
async def test_r24_role_from_the_body_is_student_or_tutor(world: World, role: str) -> None:
    grant = await world.grant_for("a@example.org")
    answer = await world.client.post("/v1/accounts", json=PERSON | {"grant": grant, "role": role})
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")
    assert answer.json()["fields"][0]["pointer"] == "/role"
    assert await world.count("accounts") == 1


async def test_taken_username_keeps_the_grant(world: World) -> None:
    first = await world.grant_for("a@example.org")
    await world.client.post("/v1/accounts", json=PERSON | {"grant": first})
    await world.forget_limits()
    second = await world.grant_for("b@example.org")
    taken = await world.client.post("/v1/accounts", json=PERSON | {"grant": second})
    assert (taken.status_code, taken.json()["code"]) == (409, "username_taken")
    free = await world.client.post(
        "/v1/accounts", json=PERSON | {"grant": second, "username": "asha_rao2"}
    )
    assert free.status_code == 201


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("zone", "IST"), ("zone", "+05:30"), ("username", "ab"), ("username", "a b c d e"),
        ("password", "short"), ("first_name", ""), ("first_name", "a\x00b"), ("extra", 1),
    ],
)  # fmt: skip
async def test_bad_fields_are_named(world: World, field: str, value: object) -> None:
    answer = await world.client.post("/v1/accounts", json=PERSON | {"grant": "x", field: value})
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert [problem["pointer"] for problem in answer.json()["fields"]] == [f"/{field}"]


async def test_registration_publishes_one_event(world: World) -> None:
    grant = await world.grant_for("a@example.org")
    made = await world.client.post("/v1/accounts", json=PERSON | {"grant": grant})
    async with world.parts.database.transaction() as session:
        rows = list(await session.execute(
            text("SELECT key, address FROM outbox WHERE destination = 'kafka' ORDER BY seq")
        ))  # fmt: skip
    assert [(row.key, row.address) for row in rows][1:] == [(made.json()["id"], "user.events")]
