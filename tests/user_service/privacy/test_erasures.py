"""Erasures (U15, U-A9): two weeks to change one's mind, then gone, and everybody confirms."""

import asyncio
import unicodedata
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from libs.data_map import FORMER
from libs.errors import Unavailable
from libs.export_parts import key_of
from libs.objects import ObjectMissing
from tests.user_service.factors.people import Asha, code_of
from tests.user_service.privacy.conftest import OTHERS, Platform, die
from tests.user_service.world import PERSON, Person, World
from user_service.erasures import service, watch
from user_service.erasures.schemas import EraseDue
from user_service.exports import service as exports
from user_service.exports.packing import zip_key
from user_service.exports.schemas import OWN, SERVICES, SweepExports
from user_service.logins import revocations
from user_service.mails.jobs import ForgetOldMails
from user_service.mails.smtp_gateway import Mail
from user_service.privacy.data_map import STORES

PASSWORD = PERSON["password"]
DAYS = timedelta(days=14)


async def ask(world: World, person: Person, password: str = PASSWORD) -> httpx.Response:
    return await world.client.post(
        "/v1/me/erasure", json={"password": password}, headers=person.headers
    )


async def schedule(world: World, person: Person) -> dict[str, Any]:
    answer = await ask(world, person)
    assert answer.status_code == 202, answer.text
    return dict(answer.json())


async def pass_time(world: World, by: timedelta) -> None:
    world.clock.move(by)
    await world.run(EraseDue())
    await world.run_jobs()


async def admin(world: World, method: str, path: str, body: Any = None) -> httpx.Response:
    headers = (await world.admin()).headers
    return await world.client.request(method, path, json=body, headers=headers)


async def revoked(world: World) -> None:
    """What the background process does twice a second."""
    entries = await revocations.wanted(world.parts.database, world.clock.now())
    await revocations.project(world.parts.redis, entries)
    await world.parts.revocations.load()


def subjects(world: World) -> list[str]:
    return [mail.subject for mail in world.mailer.mails]


async def test_u_a9_fourteen_days_then_gone(platform: Platform) -> None:
    world = platform.world
    person = await world.sign_up()
    made = await schedule(world, person)
    due = (world.clock.now() + DAYS).isoformat().replace("+00:00", "Z")
    assert (made["due_at"], made["held"]) == (due, None)
    [event] = await platform.events("erasure.scheduled")
    assert (event["account_id"], event["due_at"]) == (str(person.id), due)
    await pass_time(world, timedelta(days=11) - timedelta(seconds=1))
    assert subjects(world)[-1] == "Your StudyZed account will be deleted"
    await pass_time(world, timedelta(seconds=1))
    await pass_time(world, timedelta(seconds=1))
    assert subjects(world)[-2:] == [
        "Your StudyZed account will be deleted",
        "Your StudyZed account will be deleted in three days",
    ]
    await pass_time(world, timedelta(days=3) - timedelta(seconds=2))
    assert await platform.events("account.erased") == []
    await pass_time(world, timedelta(seconds=1))
    [erased] = await platform.events("account.erased")
    assert erased["account_id"] == str(person.id)
    assert erased["user_code"] == person.login["account"]["user_code"]
    assert erased["revision"] == 3
    assert world.mailer.mails[-1].to == "asha@example.org"
    assert subjects(world)[-1] == "Your StudyZed account has been deleted"
    await pass_time(world, timedelta(minutes=59))
    assert len(await platform.events("account.erased")) == 1


async def test_u_a9_a_tombstone_stays(platform: Platform) -> None:
    world = platform.world
    person = await world.sign_up()
    await schedule(world, person)
    await pass_time(world, DAYS)
    [row] = await world.rows(
        "SELECT username, email, first_name, last_name, password_hash, user_code, erased_at "
        "FROM accounts WHERE id = :id", id=person.id,
    )  # fmt: skip
    assert tuple(row) == (
        f"former-{person.id}", f"{person.id}@erased.invalid", FORMER, "", None,
        person.login["account"]["user_code"], world.clock.now(),
    )  # fmt: skip
    for identifier in ("asha@example.org", "asha_rao", f"former-{person.id}"):
        answer = await world.client.post(
            "/v1/logins", json={"identifier": identifier, "password": PASSWORD}
        )
        assert (answer.status_code, answer.json()["code"]) == (401, "credentials_refused")
    await world.forget_limits()
    again = await world.sign_up()  # the address is free
    assert again.id != person.id


async def test_u_a9_all_logins_end_and_a_new_one_can_only_undo(platform: Platform) -> None:
    world = platform.world
    person = await world.sign_up()
    await schedule(world, person)
    await revoked(world)
    answer = await world.client.get("/v1/me", headers=person.headers)
    assert (answer.status_code, answer.json()["code"]) == (401, "login_revoked")
    back = await world.sign_in(PERSON["username"], PASSWORD)
    for method, path in (("GET", "/v1/me"), ("POST", "/v1/me/exports"), ("GET", "/v1/logins")):
        answer = await world.client.request(method, path, headers=back.headers)
        assert (answer.status_code, answer.json()["code"]) == (403, "scope_missing"), path
    principal = await world.parts.verifier.verify(back.login["access_token"])
    assert principal.scopes == frozenset({"erasure:undo"})
    shown = await world.client.get("/v1/me/erasure", headers=back.headers)
    assert shown.status_code == 200, shown.text

    leaving = await world.sign_in(PERSON["username"], PASSWORD)
    out = await world.client.delete("/v1/logins/current", headers=leaving.headers)
    assert out.status_code == 204, out.text
    renewal = {"refresh_token": leaving.login["refresh_token"]}
    assert (await world.client.post("/v1/logins/refresh", json=renewal)).status_code == 401

    undone = await world.client.delete("/v1/me/erasure", headers=back.headers)
    assert undone.status_code == 204, undone.text
    assert (await world.client.delete("/v1/me/erasure", headers=back.headers)).status_code == 404
    renewed = await world.client.post(
        "/v1/logins/refresh", json={"refresh_token": back.login["refresh_token"]}
    )
    headers = {"Authorization": f"Bearer {renewed.json()['access_token']}"}
    assert (await world.client.get("/v1/me", headers=headers)).status_code == 200
    [event] = await platform.events("erasure.undone")
    assert (event["account_id"], event["revision"]) == (str(person.id), 3)
    await pass_time(world, DAYS)
    assert await platform.events("account.erased") == []
    assert subjects(world)[-1] == "Your StudyZed account stays"


async def test_u_a9_a_second_wish_after_undoing(platform: Platform) -> None:
    world = platform.world
    person = await world.sign_up()
    await schedule(world, person)
    back = await world.sign_in(PERSON["username"], PASSWORD)
    await world.client.delete("/v1/me/erasure", headers=back.headers)
    back = await world.sign_in(PERSON["username"], PASSWORD)
    await schedule(world, back)
    await pass_time(world, DAYS)
    assert len(await platform.events("account.erased")) == 1


async def test_u_a9_the_password_is_asked_for(platform: Platform) -> None:
    world = platform.world
    person = await world.sign_up()
    answer = await ask(world, person, "another pass phrase")
    assert (answer.status_code, answer.json()["code"]) == (403, "password_wrong")
    assert await world.count("erasures") == 0
    assert (await ask(world, person)).status_code == 202


async def test_u_a9_guessing_the_password_waits_here_as_elsewhere(platform: Platform) -> None:
    world = platform.world
    person = await world.sign_up()
    for _ in range(5):
        assert code_of(await ask(world, person, "another pass phrase")) == (403, "password_wrong")
    assert code_of(await ask(world, person)) == (429, "too_many_tries")
    change = {"old_password": PASSWORD, "password": "another long phrase"}
    waiting = await world.client.put("/v1/me/password", json=change, headers=person.headers)
    assert code_of(waiting) == (429, "too_many_tries")
    assert await world.count("erasures") == 0
    world.clock.move(timedelta(minutes=1))
    assert (await ask(world, person)).status_code == 202


async def test_u_a9_the_password_may_come_in_any_form_of_unicode(platform: Platform) -> None:
    composed = "\u00e9" * 128
    person = await platform.world.sign_up(password=composed)
    decomposed = unicodedata.normalize("NFD", composed)
    assert len(decomposed) == 256
    assert (await ask(platform.world, person, decomposed)).status_code == 202


async def test_u7_u_a9_leaving_needs_the_second_factor_where_there_is_one(
    platform: Platform,
) -> None:
    world = platform.world
    owner = Asha(world, await world.sign_up())
    await owner.add_totp()
    world.clock.move(timedelta(minutes=5))
    assert code_of(await ask(world, owner.person)) == (403, "step_up_needed")
    assert await world.count("erasures") == 0
    challenge = (await owner.call("POST", "/v1/step-ups/challenges")).json()["challenge"]
    body = {"challenge": challenge, "proof": {"kind": "totp", "code": owner.code}}
    assert (await owner.call("POST", "/v1/step-ups/factor", body)).status_code == 200
    assert (await ask(world, owner.person)).status_code == 202


async def test_u_a9_wishing_twice_is_one_wish(platform: Platform) -> None:
    world = platform.world
    person = await world.sign_up()
    answers = await asyncio.gather(*(ask(world, person) for _ in range(4)))
    assert [answer.status_code for answer in answers] == [202] * 4
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert len(await platform.events("erasure.scheduled")) == 1
    assert await world.count("erasures") == 1


async def test_u_a9_a_hold_blocks_with_its_reason(platform: Platform) -> None:
    world = platform.world
    person = await world.sign_up()
    path = f"/v1/admin/accounts/{person.id}/hold"
    held = await admin(world, "PUT", path, {"reason": "dispute"})
    assert (held.status_code, held.json()["reason"]) == (200, "dispute")
    answer = await ask(world, person)
    assert (answer.status_code, answer.json()["code"]) == (423, "erasure_held")
    assert [one["code"] for one in answer.json()["fields"]] == ["dispute"]
    assert (await admin(world, "DELETE", path)).status_code == 204
    assert (await admin(world, "DELETE", path)).json()["code"] == "hold_not_found"
    assert (await ask(world, person)).status_code == 202
    acts = await world.rows(
        "SELECT action, details ->> 'reason' FROM audit_entries WHERE subject_id = :id "
        "AND action IN ('account.held', 'account.released') ORDER BY at, id", id=person.id,
    )  # fmt: skip
    assert [tuple(act) for act in acts] == [
        ("account.held", "dispute"),
        ("account.released", "dispute"),
    ]


async def test_u_a9_a_hold_stops_what_is_due(platform: Platform) -> None:
    world = platform.world
    person = await world.sign_up()
    await schedule(world, person)
    path = f"/v1/admin/accounts/{person.id}/hold"
    assert (await admin(world, "PUT", path, {"reason": "legal"})).status_code == 200
    await pass_time(world, DAYS + timedelta(days=1))
    assert await platform.events("account.erased") == []
    back = await world.sign_in(PERSON["username"], PASSWORD)
    shown = await world.client.get("/v1/me/erasure", headers=back.headers)
    assert shown.json()["held"] == "legal"
    assert (await admin(world, "DELETE", path)).status_code == 204
    await pass_time(world, timedelta())
    assert len(await platform.events("account.erased")) == 1
    late = await admin(world, "PUT", path, {"reason": "legal"})
    assert (late.status_code, late.json()["code"]) == (409, "already_erased")


async def test_u_a9_a_hold_that_comes_at_the_last_moment_counts(platform: Platform) -> None:
    """The job has found the erasure due, and is about to carry it out."""
    world = platform.world
    person = await world.sign_up()
    erasure_id = UUID((await schedule(world, person))["id"])
    world.clock.move(DAYS)
    path = f"/v1/admin/accounts/{person.id}/hold"
    assert (await admin(world, "PUT", path, {"reason": "legal"})).status_code == 200
    database = world.parts.database
    await database.run(lambda session: service.carry_out(session, erasure_id, person.id))
    assert await platform.events("account.erased") == []
    assert (await admin(world, "DELETE", path)).status_code == 204
    await database.run(lambda session: service.carry_out(session, erasure_id, person.id))
    assert len(await platform.events("account.erased")) == 1


async def test_u_a9_a_report_lists_every_store(platform: Platform) -> None:
    world = platform.world
    person = await world.sign_up()
    made = await schedule(world, person)
    erasure_id = UUID(made["id"])
    await platform.confirm(erasure_id, OTHERS[0], early=1)  # before it was carried out: no word
    await pass_time(world, DAYS)
    path = f"/v1/admin/erasures/{erasure_id}"
    shown = (await admin(world, "GET", path)).json()
    assert shown["missing"] == list(OTHERS)
    assert shown["finished_at"] is None
    [own] = shown["reports"]
    assert own["service"] == OWN
    assert own["counts"]["accounts"] == 1
    assert own["counts"]["logins"] == 1
    assert own["counts"]["audit_entries"] >= 1
    for other in OTHERS:
        await platform.confirm(erasure_id, other, things=3)
    await platform.confirm(erasure_id, OTHERS[0], things=0)  # said again: the first word stands
    shown = (await admin(world, "GET", path)).json()
    assert shown["missing"] == []
    assert shown["finished_at"] is not None
    counts = {one["service"]: one["counts"] for one in shown["reports"]}
    assert {service: counts[service] for service in OTHERS} == {
        service: {"things": 3} for service in OTHERS
    }
    assert set(counts) == set(SERVICES)


async def test_u_a9_who_does_not_confirm_is_told_again_after_an_hour(platform: Platform) -> None:
    world = platform.world
    person = await world.sign_up()
    erasure_id = UUID((await schedule(world, person))["id"])
    await pass_time(world, DAYS)
    for other in OTHERS[1:]:
        await platform.confirm(erasure_id, other)
    await pass_time(world, timedelta(hours=1) - timedelta(seconds=1))
    assert len(await platform.events("account.erased")) == 1
    await pass_time(world, timedelta(seconds=1))
    first, second = await platform.events("account.erased")
    assert first == second
    await pass_time(world, timedelta(minutes=59))
    assert len(await platform.events("account.erased")) == 2
    await pass_time(world, timedelta(minutes=1))
    assert len(await platform.events("account.erased")) == 3
    await platform.confirm(erasure_id, OTHERS[0])
    await pass_time(world, timedelta(hours=1))
    assert len(await platform.events("account.erased")) == 3


async def test_u_a9_who_does_not_confirm_for_a_day_is_shown(platform: Platform) -> None:
    world = platform.world
    person = await world.sign_up()
    erasure_id = UUID((await schedule(world, person))["id"])
    await pass_time(world, DAYS)
    for other in OTHERS[1:]:
        await platform.confirm(erasure_id, other)
    hanging = "/v1/admin/erasures?unconfirmed=true"
    await pass_time(world, timedelta(hours=24) - timedelta(seconds=1))
    assert (await admin(world, "GET", hanging)).json()["items"] == []
    await pass_time(world, timedelta(seconds=1))
    [one] = (await admin(world, "GET", hanging)).json()["items"]
    assert (one["id"], one["missing"]) == (str(erasure_id), [OTHERS[0]])
    await watch.count(world.parts.database)
    assert watch.UNCONFIRMED._value.get() == 1
    await platform.confirm(erasure_id, OTHERS[0])
    assert (await admin(world, "GET", hanging)).json()["items"] == []
    await watch.count(world.parts.database)
    assert watch.UNCONFIRMED._value.get() == 0


async def test_u_a9_one_that_fails_keeps_nobody_waiting(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = platform.world
    older = await world.sign_up()
    await schedule(world, older)
    world.clock.move(timedelta(seconds=1))
    younger = await world.sign_up("bela@example.org", username="bela_roy")
    await schedule(world, younger)
    drop_all = exports.drop_all

    async def fail(session: AsyncSession, account_id: UUID) -> None:
        if account_id == older.id:
            raise RuntimeError("on purpose")
        await drop_all(session, account_id)

    monkeypatch.setattr(exports, "drop_all", fail)
    await pass_time(world, DAYS)
    [erased] = await platform.events("account.erased")
    assert erased["account_id"] == str(younger.id)
    monkeypatch.undo()
    await pass_time(world, timedelta(minutes=1))
    assert len(await platform.events("account.erased")) == 2


async def test_u_a9_exports_go_with_the_account(platform: Platform) -> None:
    world = platform.world
    person = await world.sign_up()
    answer = await world.client.post("/v1/me/exports", headers=person.headers)
    export_id = UUID(answer.json()["id"])
    await world.run_jobs()
    for other in OTHERS:
        await platform.answer(export_id, other)
    await world.run_jobs()
    await world.run_jobs()
    [(place,)] = await world.rows("SELECT folder FROM exports")
    await world.parts.objects.get(zip_key(place), 1_000_000)
    await schedule(world, person)
    await pass_time(world, DAYS)
    assert await world.rows("SELECT state, size FROM exports") == [("expired", None)]
    with pytest.raises(ObjectMissing):
        await world.parts.objects.get(zip_key(place), 1_000_000)
    world.clock.move(timedelta(hours=1))
    await world.run(SweepExports())
    await world.run_jobs()
    world.clock.move(timedelta(days=16))
    await world.run(SweepExports())
    assert await world.count("exports") == 0


async def test_u_a9_files_go_after_an_erasure_though_the_store_was_away(
    platform: Platform,
) -> None:
    """The job has died; the file of an export that was still being made comes late besides."""
    world = platform.world
    person = await world.sign_up()
    export_id = UUID(
        (await world.client.post("/v1/me/exports", headers=person.headers)).json()["id"]
    )
    await world.run_jobs()
    [(place,)] = await world.rows("SELECT folder FROM exports")
    await schedule(world, person)
    world.clock.move(DAYS)
    await world.run(EraseDue())
    await die(world, "user.exports.drop")
    await world.parts.objects.put(zip_key(place), b"made meanwhile", "application/zip")
    await world.parts.database.run(
        lambda session: exports.finish(session, export_id, place, size=14)
    )
    await die(world, "user.exports.drop")
    world.clock.move(timedelta(hours=1) - timedelta(seconds=1))
    await world.run(SweepExports())
    await world.run_jobs()
    assert await world.parts.objects.get(zip_key(place), 100) == b"made meanwhile"
    world.clock.move(timedelta(seconds=1))
    await world.run(SweepExports())
    await world.run_jobs()
    for key in (zip_key(place), *(key_of(place, name) for name in SERVICES)):
        with pytest.raises(ObjectMissing):
            await world.parts.objects.get(key, 1_000_000)
    assert await world.rows("SELECT state, expires_at FROM exports") == [("expired", None)]


async def test_u_a9_the_reason_of_a_block_stays_in_the_audit_trail_alone(
    platform: Platform,
) -> None:
    world = platform.world
    person = await world.sign_up()
    await schedule(world, person)
    path = f"/v1/admin/accounts/{person.id}/block"
    reason = "Sold answers to a test."
    assert (await admin(world, "POST", path, {"reason": reason})).status_code == 200
    await world.run_jobs()
    await pass_time(world, DAYS)
    held = {store.store: store.kept for store in STORES}
    for (table,) in await world.rows(
        "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'"
    ):
        found = await world.rows(
            f"SELECT 1 FROM {table} AS held WHERE held::text LIKE :like",  # noqa: S608
            like=f"%{reason}%",
        )
        assert bool(found) == (table == "audit_entries"), table
    assert "the reason that an admin gave" in held["audit_entries"]["details"]


async def test_u_a9_the_last_mail_is_not_kept(platform: Platform) -> None:
    world = platform.world
    person = await world.sign_up()
    await schedule(world, person)
    sent = world.mailer.send

    async def away(mail: Mail) -> None:
        raise Unavailable

    world.mailer.send = away  # type: ignore[method-assign]
    world.clock.move(DAYS)
    await world.run(EraseDue())
    with pytest.raises(Unavailable):
        await world.run_jobs()
    assert await world.count("outgoing_mails") == 1
    world.mailer.send = sent  # type: ignore[method-assign]
    world.clock.move(timedelta(days=1))
    await world.run(ForgetOldMails())
    assert await world.count("outgoing_mails") == 1
    world.clock.move(timedelta(seconds=1))
    await world.run(ForgetOldMails())
    assert await world.count("outgoing_mails") == 0


async def test_u_a9_two_workers_erase_once(platform: Platform) -> None:
    world = platform.world
    person = await world.sign_up()
    await schedule(world, person)
    world.clock.move(DAYS)
    await asyncio.gather(*(world.run(EraseDue()) for _ in range(4)))
    assert len(await platform.events("account.erased")) == 1
    assert await world.count("erasure_reports") == 1


async def test_u_a9_undoing_and_erasing_at_the_same_instant(platform: Platform) -> None:
    """One of them wins, and the other does nothing."""
    world = platform.world
    for number in range(4):
        await world.forget_limits()
        person = await world.sign_up(f"p{number}@example.org", username=f"person_{number}")
        await schedule(world, person)
        world.clock.move(DAYS)
        back = await world.sign_in(f"person_{number}", PASSWORD)
        answer, _ = await asyncio.gather(
            world.client.delete("/v1/me/erasure", headers=back.headers), world.run(EraseDue())
        )
        [(undone, erased)] = await world.rows(
            "SELECT undone_at, erased_at FROM erasures WHERE account_id = :id", id=person.id
        )
        assert (undone is None) != (erased is None)
        assert answer.status_code == (204 if undone else 404)
