"""Inviting by file, over HTTP and jobs, until the invited has an account."""

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest

from tests.conftest import SettingsFor
from tests.stack import eventually
from tests.user_service.world import PERSON, Person, World, new_world
from user_service.invites import service
from user_service.invites.jobs import ForgetOldInvites
from user_service.invites.schemas import RunImport, SendInvite

FILE = "email,first_name,locale\nasha@example.org,Asha,\nnobody,,\nravi@example.org,Ravi,hi\n"


@pytest.fixture
async def world(settings_for: SettingsFor) -> AsyncIterator[World]:
    async with new_world(settings_for) as made:
        yield made


@pytest.fixture
async def tutor(world: World) -> Person:
    return await world.sign_up("tutor@example.org", username="tutor_one", first_name="Tara")


async def send(world: World, who: Person, text: str = FILE, query: str = "") -> httpx.Response:
    headers = who.headers | {"Content-Type": "text/csv"}
    return await world.client.post(f"/v1/invite-imports{query}", content=text, headers=headers)


async def imported(world: World, who: Person, text: str = FILE) -> dict[str, Any]:
    """The finished import of a file."""
    begun = await send(world, who, text)
    assert begun.status_code == 202, begun.text
    await world.run_jobs()
    await world.run_jobs()
    answer = await world.client.get(begun.headers["Location"], headers=who.headers)
    return dict(answer.json())


def counts(body: dict[str, Any]) -> tuple[int, int, int, int]:
    return body["total"], body["created"], body["repeated"], body["refused"]


async def test_u_a10_a_dry_run_says_all_and_writes_nothing(world: World, tutor: Person) -> None:
    answer = await send(world, tutor, query="?dry_run=true")
    body = answer.json()
    assert (answer.status_code, body["id"], body["state"]) == (200, None, "finished")
    assert counts(body) == (3, 2, 0, 1)
    assert body["rows"] == [
        {"line": 2, "result": "created", "code": None, "detail": None},
        {
            "line": 3, "result": "refused", "code": "bad_email",
            "detail": "This is no e-mail address.",
        },
        {"line": 4, "result": "created", "code": None, "detail": None},
    ]  # fmt: skip
    for table in ("invites", "invite_imports", "invite_rows"):
        assert await world.count(table) == 0
    before = len(world.mailer.mails)
    await world.run_jobs()
    assert len(world.mailer.mails) == before


async def test_u_a10_a_second_run_makes_nothing_new(world: World, tutor: Person) -> None:
    first = await imported(world, tutor)
    assert (first["state"], first["done"], counts(first)) == ("finished", 3, (3, 2, 0, 1))
    second = await imported(world, tutor)
    assert (second["state"], counts(second)) == ("finished", (3, 0, 2, 1))
    assert await world.count("invites") == 2
    to = [
        mail.to
        for mail in world.mailer.mails
        if "invite" in mail.subject or "आमंत्रित" in mail.subject
    ]
    assert to == ["asha@example.org", "ravi@example.org"]
    dry = await send(world, tutor, query="?dry_run=true")
    assert counts(dry.json()) == (3, 0, 2, 1)
    assert [csv for (csv,) in await world.rows("SELECT csv FROM invite_imports")] == [None, None]


async def test_u_a10_ten_thousand_rows_go_on_after_a_crash(world: World) -> None:
    """Half of the rows are done twice over by jobs at once, and each counts once."""
    admin = await world.admin()
    text = "email\n" + "\n".join(f"p{number}@example.org" for number in range(10_000))
    begun = await send(world, admin, text)
    assert begun.status_code == 202, begun.text
    job = RunImport(import_id=UUID(begun.json()["id"]))
    running = asyncio.create_task(world.run(job))
    enough = "SELECT 1 FROM invite_imports WHERE done >= 1000"
    await eventually(lambda: world.rows(enough), every=0.01)
    running.cancel()  # as a killed worker would leave it: between two commits, or within one
    await asyncio.gather(running, return_exceptions=True)
    seen = await world.client.get(begun.headers["Location"], headers=admin.headers)
    assert seen.json()["state"] == "running"
    assert 1_000 <= seen.json()["done"] < 10_000
    await asyncio.gather(world.run(job), world.run(job))
    after = await world.client.get(begun.headers["Location"], headers=admin.headers)
    assert (after.json()["state"], counts(after.json())) == ("finished", (10_000, 10_000, 0, 0))
    assert await world.count("invites") == await world.count("invite_rows") == 10_000
    jobs = "SELECT count(*) FROM outbox WHERE address = 'user.invites.send'"
    assert (await world.rows(jobs))[0][0] == 10_000


async def test_rows_come_by_line_in_pages(world: World, tutor: Person) -> None:
    done = await imported(world, tutor)
    path = f"/v1/invite-imports/{done['id']}/rows"
    first = (await world.client.get(path, params={"limit": 2}, headers=tutor.headers)).json()
    assert [row["line"] for row in first["items"]] == [2, 3]
    following = {"limit": 2, "cursor": first["next_cursor"]}
    second = (await world.client.get(path, params=following, headers=tutor.headers)).json()
    assert ([row["line"] for row in second["items"]], second["next_cursor"]) == ([4], None)


async def test_one_import_at_a_time(world: World, tutor: Person) -> None:
    answers = await asyncio.gather(*(send(world, tutor) for _ in range(10)))
    assert sorted(answer.status_code for answer in answers) == [202] + [409] * 9
    refusals = {a.json()["code"] for a in answers if a.status_code == 409}
    assert refusals == {"invite_import_running"}
    assert await world.count("invite_imports") == 1


async def test_a_bad_file_is_refused_whole(world: World, tutor: Person) -> None:
    answer = await send(world, tutor, "name\nAsha\n")
    assert (answer.status_code, answer.json()["code"]) == (422, "csv_refused")
    assert answer.json()["fields"][0]["pointer"] == "/1"
    assert await world.count("invite_imports") == 0


async def test_a_tutor_invites_a_thousand_addresses_a_day(
    world: World, tutor: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "TUTORS_A_DAY", 3)
    assert counts(await imported(world, tutor))[1] == 2
    text = "email\nx@example.org\nasha@example.org\ny@example.org\n"
    done = await imported(world, tutor, text)
    assert counts(done) == (3, 1, 1, 1)
    rows = await world.rows("SELECT line, code FROM invite_rows WHERE code = 'limit_reached'")
    assert [tuple(row) for row in rows] == [(4, "limit_reached")]
    world.clock.move(timedelta(days=1, seconds=1))
    tutor = await world.sign_in("tutor_one", PERSON["password"])
    assert counts(await imported(world, tutor, text)) == (3, 1, 2, 0)


async def test_withdrawing_makes_no_room(
    world: World, tutor: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each invite that was made was mailed, so it counts, also when it is made again."""
    monkeypatch.setattr(service, "TUTORS_A_DAY", 3)
    text = "email\nasha@example.org\nravi@example.org\n"
    assert counts(await imported(world, tutor, text)) == (2, 2, 0, 0)
    for invite in (await world.client.get("/v1/invites", headers=tutor.headers)).json()["items"]:
        gone = await world.client.delete(f"/v1/invites/{invite['id']}", headers=tutor.headers)
        assert gone.status_code == 204
    before = len(world.mailer.mails)
    assert counts((await send(world, tutor, text, "?dry_run=true")).json()) == (2, 1, 0, 1)
    assert counts(await imported(world, tutor, text)) == (2, 1, 0, 1)
    assert [mail.to for mail in world.mailer.mails[before:]] == ["asha@example.org"]
    [(line, code)] = await world.rows("SELECT line, code FROM invite_rows WHERE result = 'refused'")
    assert (line, code) == (3, "limit_reached")


async def shut_out(world: World, who: Person) -> None:
    body = {"reason": "Spam."}
    path = f"/v1/admin/accounts/{who.id}/block"
    answer = await world.client.post(path, json=body, headers=(await world.admin()).headers)
    assert answer.status_code == 200, answer.text


async def demote(world: World, who: Person) -> None:
    body = {"role": "student", "reason": "No tutor."}
    path = f"/v1/admin/accounts/{who.id}/role"
    answer = await world.client.put(path, json=body, headers=(await world.admin()).headers)
    assert answer.status_code == 200, answer.text


async def leave(world: World, who: Person) -> None:
    body = {"password": PERSON["password"]}
    answer = await world.client.post("/v1/me/erasure", json=body, headers=who.headers)
    assert answer.status_code == 202, answer.text


Ending = Callable[[World, Person], Awaitable[None]]


@pytest.mark.parametrize("end", [shut_out, demote, leave])
async def test_who_may_invite_no_more_ends_a_running_import(
    world: World, tutor: Person, end: Ending
) -> None:
    assert (await send(world, tutor)).status_code == 202
    before = len(world.mailer.mails)
    await end(world, tutor)
    await world.run_jobs()
    await world.run_jobs()
    assert {mail.to for mail in world.mailer.mails[before:]} == {"tutor@example.org"}
    [(finished_at, created, done, csv)] = await world.rows(
        "SELECT finished_at, created, done, csv FROM invite_imports"
    )
    assert (finished_at, created, done, csv) == (world.clock.now(), 0, 0, None)
    assert await world.count("invites") == 0


@pytest.mark.parametrize("end", [shut_out, demote, leave])
async def test_who_may_invite_no_more_sends_no_mail_that_waits(
    world: World, tutor: Person, end: Ending
) -> None:
    begun = await send(world, tutor)
    await world.run(RunImport(import_id=UUID(begun.json()["id"])))
    before = len(world.mailer.mails)
    await end(world, tutor)
    await world.run_jobs()
    assert {mail.to for mail in world.mailer.mails[before:]} == {"tutor@example.org"}
    ended = await world.rows("SELECT withdrawn_at, token_hmac FROM invites")
    assert [tuple(row) for row in ended] == [(world.clock.now(), None)] * 2


async def test_the_inviters_name_is_short_and_no_link(world: World) -> None:
    name = "Win at https://evil.example/" + "x" * 100
    tutor = await world.sign_up("t@example.org", username="tutor_two", first_name=name)
    await imported(world, tutor, "email\nasha@example.org\n")
    signed = "Win at httpsevil.example" + "x" * 36
    assert world.mailer.mails[-1].subject == f"{signed} invites you to StudyZed"
    assert "://" not in world.mailer.mails[-1].text


async def test_a_name_of_nothing_but_signs_gives_way_to_the_user_code(world: World) -> None:
    tutor = await world.sign_up("t@example.org", username="tutor_two", first_name="@", last_name="")
    await imported(world, tutor, "email\nasha@example.org\n")
    code = tutor.login["account"]["user_code"]
    assert world.mailer.mails[-1].subject == f"{code} invites you to StudyZed"


@pytest.mark.parametrize("query", ["", "?dry_run=true"])
async def test_a_zero_byte_is_refused(world: World, tutor: Person, query: str) -> None:
    answer = await send(world, tutor, "email,first_name\nasha@example.org,A\0\n", query)
    assert (answer.status_code, answer.json()["code"]) == (422, "csv_refused")
    [problem] = answer.json()["fields"]
    assert (problem["pointer"], problem["code"]) == ("/2", "not_csv")
    assert await world.count("invite_imports") == 0


async def test_an_invited_signs_up_with_the_token_alone(world: World, tutor: Person) -> None:
    await imported(world, tutor)
    [mail] = [mail for mail in world.mailer.mails if mail.to == "ravi@example.org"]
    assert mail.subject == "Tara Rao आपको StudyZed पर आमंत्रित करते हैं"
    found = re.search(r"आमंत्रण कोड है (\S+)", mail.text)
    assert found
    body = {"token": found[1]}
    answers = await asyncio.gather(
        *(world.client.post("/v1/invite-acceptances", json=body) for _ in range(10))
    )
    assert sorted(answer.status_code for answer in answers) == [200] + [400] * 9
    assert {a.json()["code"] for a in answers if a.status_code == 400} == {"invite_refused"}
    [accepted] = [answer.json() for answer in answers if answer.status_code == 200]
    assert (accepted["email"], accepted["first_name"]) == ("ravi@example.org", "Ravi")
    person = PERSON | {"grant": accepted["grant"], "username": "ravi_one", "role": "student"}
    made = await world.client.post("/v1/accounts", json=person)
    assert (made.status_code, made.json()["email"]) == (201, "ravi@example.org")


async def test_a_known_address_is_told_to_its_owner_only(world: World, tutor: Person) -> None:
    await world.forget_limits()
    await world.sign_up("asha@example.org", username="asha_one")
    done = await imported(world, tutor)
    assert counts(done) == (3, 2, 0, 1)
    mails = [mail for mail in world.mailer.mails if mail.to == "asha@example.org"]
    assert "You have an account with this address already" in mails[-1].text
    listed = await world.client.get("/v1/invites", headers=tutor.headers)
    known, unknown = sorted(listed.json()["items"], key=lambda item: str(item["email"]))
    assert known.keys() == unknown.keys()
    assert known["accepted_at"] is unknown["accepted_at"] is None


async def test_a_withdrawn_invite_is_no_use_and_may_be_sent_again(
    world: World, tutor: Person
) -> None:
    await imported(world, tutor, "email\nasha@example.org\n")
    [invite] = (await world.client.get("/v1/invites", headers=tutor.headers)).json()["items"]
    token = re.search(r"invitation code is (\S+)", world.mailer.mails[-1].text)
    assert token
    gone = await world.client.delete(f"/v1/invites/{invite['id']}", headers=tutor.headers)
    assert gone.status_code == 204
    refused = await world.client.post("/v1/invite-acceptances", json={"token": token[1]})
    assert (refused.status_code, refused.json()["code"]) == (400, "invite_refused")
    before = len(world.mailer.mails)
    await world.run(SendInvite(invite_id=UUID(invite["id"])))
    assert len(world.mailer.mails) == before
    again = await imported(world, tutor, "email\nasha@example.org\n")
    assert counts(again) == (1, 1, 0, 0)
    assert await world.count("invites") == 1
    assert len(world.mailer.mails) == before + 1


async def test_an_invite_is_good_for_fourteen_days(world: World, tutor: Person) -> None:
    await imported(world, tutor, "email\nasha@example.org\n")
    token = re.search(r"invitation code is (\S+)", world.mailer.mails[-1].text)
    assert token
    world.clock.move(timedelta(days=14))
    refused = await world.client.post("/v1/invite-acceptances", json={"token": token[1]})
    assert refused.status_code == 400
    world.clock.move(timedelta(days=30))
    await world.run(ForgetOldInvites())
    assert await world.count("invites") == 1
    world.clock.move(timedelta(microseconds=1))
    await world.run(ForgetOldInvites())
    assert await world.count("invites") == await world.count("invite_imports") == 0


async def test_others_see_nothing_of_it(world: World, tutor: Person) -> None:
    done = await imported(world, tutor)
    [invite, _] = (await world.client.get("/v1/invites", headers=tutor.headers)).json()["items"]
    admin = await world.admin()
    for path in (f"/v1/invite-imports/{done['id']}", f"/v1/invite-imports/{done['id']}/rows"):
        answer = await world.client.get(path, headers=admin.headers)
        assert (answer.status_code, answer.json()["code"]) == (404, "invite_import_not_found")
    answer = await world.client.delete(f"/v1/invites/{invite['id']}", headers=admin.headers)
    assert (answer.status_code, answer.json()["code"]) == (404, "invite_not_found")
    assert (await world.client.get("/v1/invites", headers=admin.headers)).json()["items"] == []
