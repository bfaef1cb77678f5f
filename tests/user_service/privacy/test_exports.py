"""Exports (U15): every service gives its part, and only all of them make a file."""

import asyncio
import hashlib
import io
import json
from datetime import timedelta
from typing import Any
from uuid import UUID
from zipfile import ZipFile

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from libs.errors import Unavailable
from libs.events.privacy import ExportPartReady
from libs.export_parts import key_of
from libs.ids import new_id
from libs.objects import ObjectMissing
from tests.user_service.privacy.conftest import OTHERS, Platform, die
from tests.user_service.world import PERSON, Person
from user_service.exports import repository
from user_service.exports.models import Export
from user_service.exports.packing import zip_key
from user_service.exports.schemas import OWN, SERVICES, CollectExport, PackExport, SweepExports


async def begin(platform: Platform, person: Person) -> UUID:
    """Asks for an export, and lets user_service give its own part."""
    answer = await platform.world.client.post("/v1/me/exports", headers=person.headers)
    assert answer.status_code == 202, answer.text
    await platform.world.run_jobs()
    return UUID(answer.json()["id"])


async def shown(platform: Platform, person: Person, export_id: UUID) -> dict[str, Any]:
    path = f"/v1/me/exports/{export_id}"
    answer = await platform.world.client.get(path, headers=person.headers)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def finish(platform: Platform, export_id: UUID) -> None:
    """All services answer, and the file is made."""
    for service in OTHERS:
        await platform.answer(export_id, service)
    await platform.world.run_jobs()


async def folder(platform: Platform) -> UUID:
    [found] = await platform.world.rows("SELECT folder FROM exports")
    return UUID(str(found[0]))


async def test_u15_all_parts_make_a_file(platform: Platform) -> None:
    world = platform.world
    person = await world.sign_up()
    export_id = await begin(platform, person)
    found = await shown(platform, person, export_id)
    assert (found["state"], found["download"]) == ("collecting", None)
    assert {part["service"]: part["state"] for part in found["parts"]} == {
        OWN: "received", **dict.fromkeys(OTHERS, "waiting"),
    }  # fmt: skip
    [asked] = await platform.events("export.requested")
    assert set(asked) == {"account_id", "export_id", "folder", "revision"}

    await finish(platform, export_id)
    await world.run_jobs()  # the mail, and the end of the parts
    found = await shown(platform, person, export_id)
    assert found["state"] == "ready"
    until = world.clock.now() + timedelta(days=7)
    assert found["expires_at"] == until.isoformat().replace("+00:00", "Z")
    async with httpx.AsyncClient(trust_env=False) as browser:
        answer = await browser.get(found["download"]["url"])
    assert answer.status_code == 200
    assert answer.headers["content-disposition"] == 'attachment; filename="studyzed-export.zip"'
    assert len(answer.content) == found["size"]
    file = ZipFile(io.BytesIO(answer.content))
    assert sorted(file.namelist()) == sorted(["manifest.json", *(f"{s}.json" for s in SERVICES)])
    manifest = json.loads(file.read("manifest.json"))
    for part in manifest["parts"]:
        body = file.read(part["name"])
        assert (len(body), hashlib.sha256(body).hexdigest()) == (part["size"], part["sha256"])
    mine = json.loads(file.read("user_service.json"))
    assert (mine["format"], mine["account_id"]) == (1, str(person.id))
    [account] = mine["lists"]["accounts"]
    assert (account["email"], account["first_name"]) == ("asha@example.org", "Asha")
    assert world.mailer.mails[-1].subject == "Your StudyZed data is ready"


async def test_u15_parts_go_with_the_file_and_the_file_after_a_week(platform: Platform) -> None:
    world = platform.world
    person = await world.sign_up()
    export_id = await begin(platform, person)
    await finish(platform, export_id)
    await world.run_jobs()
    place = await folder(platform)
    for service in SERVICES:
        with pytest.raises(ObjectMissing):
            await world.parts.objects.get(key_of(place, service), 1_000_000)
    world.clock.move(timedelta(days=7) - timedelta(seconds=1))
    await world.run(SweepExports())
    await world.run_jobs()
    assert len(await world.parts.objects.get(zip_key(place), 1_000_000)) > 100
    world.clock.move(timedelta(seconds=1))
    await world.run(SweepExports())
    await world.run_jobs()
    person = await world.sign_in("asha_rao", "a long pass phrase")
    found = await shown(platform, person, export_id)
    assert (found["state"], found["download"], found["expires_at"]) == ("expired", None, None)
    with pytest.raises(ObjectMissing):
        await world.parts.objects.get(zip_key(place), 1_000_000)
    world.clock.move(timedelta(days=24))
    await world.run(SweepExports())
    assert await world.count("exports") == 0


async def test_u15_a_file_goes_though_the_job_that_deletes_it_died(platform: Platform) -> None:
    world = platform.world
    person = await world.sign_up()
    export_id = await begin(platform, person)
    await finish(platform, export_id)
    await world.run_jobs()
    place = await folder(platform)
    world.clock.move(timedelta(days=7))
    await world.run(SweepExports())
    await die(world, "user.exports.drop")
    world.clock.move(timedelta(hours=1) - timedelta(seconds=1))
    await world.run(SweepExports())
    await world.run_jobs()
    assert len(await world.parts.objects.get(zip_key(place), 1_000_000)) > 100
    world.clock.move(timedelta(seconds=1))
    await world.run(SweepExports())
    await die(world, "user.exports.drop")
    world.clock.move(timedelta(days=30))
    await world.run(SweepExports())  # the row stays as long as the file may be there
    await world.run_jobs()
    with pytest.raises(ObjectMissing):
        await world.parts.objects.get(zip_key(place), 1_000_000)
    await world.run(SweepExports())
    assert await world.count("exports") == 0
    await world.run_jobs()
    assert (
        await world.rows(
            "SELECT 1 FROM outbox WHERE dead_at IS NULL AND closed_at IS NULL "
            "AND destination = 'celery'"
        )
        == []
    )


async def test_u15_the_address_is_good_for_five_minutes(platform: Platform) -> None:
    world = platform.world
    person = await world.sign_up()
    export_id = await begin(platform, person)
    await finish(platform, export_id)
    url = (await shown(platform, person, export_id))["download"]["url"]
    async with httpx.AsyncClient(trust_env=False) as browser:
        world.clock.move(timedelta(minutes=4, seconds=59))
        assert (await browser.get(url)).status_code == 200
        world.clock.move(timedelta(seconds=1))
        assert (await browser.get(url)).status_code == 403


async def test_u15_one_at_a_time_and_three_a_day(platform: Platform) -> None:
    world = platform.world
    person = await world.sign_up()

    async def ask() -> httpx.Response:
        return await world.client.post("/v1/me/exports", headers=person.headers)

    answers = await asyncio.gather(*(ask() for _ in range(5)))
    assert sorted(answer.status_code for answer in answers) == [202, 409, 409, 409, 409]
    assert {a.json()["code"] for a in answers if a.status_code == 409} == {"export_running"}
    for number in range(3):
        await world.rows("UPDATE exports SET state = 'ready' RETURNING id")
        answer = await ask()
        assert answer.status_code == (202 if number < 2 else 429)
    assert answer.json()["code"] == "too_many_exports"
    world.clock.move(timedelta(days=1))
    person = await world.sign_in("asha_rao", "a long pass phrase")
    assert (await ask()).status_code == 202


async def test_u15_whoever_leaves_can_still_have_what_they_asked_for(platform: Platform) -> None:
    """Export, then delete me: the file can be had by a login that serves to undo the erasure."""
    world = platform.world
    person = await world.sign_up()
    export_id = await begin(platform, person)
    wish = {"password": PERSON["password"]}
    answer = await world.client.post("/v1/me/erasure", json=wish, headers=person.headers)
    assert answer.status_code == 202, answer.text
    await finish(platform, export_id)
    person = await world.sign_in("asha_rao", PERSON["password"])
    found = await shown(platform, person, export_id)
    assert found["state"] == "ready"
    async with httpx.AsyncClient(trust_env=False) as browser:
        answer = await browser.get(found["download"]["url"])
    assert ZipFile(io.BytesIO(answer.content)).testzip() is None
    refused = await world.client.post("/v1/me/exports", headers=person.headers)
    assert (refused.status_code, refused.json()["code"]) == (403, "scope_missing")
    other = await world.sign_up("bela@example.org", username="bela_roy")
    await world.client.post("/v1/me/erasure", json=wish, headers=other.headers)
    other = await world.sign_in("bela_roy", PERSON["password"])
    foreign = await world.client.get(f"/v1/me/exports/{export_id}", headers=other.headers)
    assert foreign.json()["code"] == "export_not_found"


async def test_u15_a_foreign_export_is_not_there(platform: Platform) -> None:
    person = await platform.world.sign_up()
    export_id = await begin(platform, person)
    other = await platform.world.sign_up("bela@example.org", username="bela_roy")
    answer = await platform.world.client.get(f"/v1/me/exports/{export_id}", headers=other.headers)
    assert (answer.status_code, answer.json()["code"]) == (404, "export_not_found")


async def test_u15_who_does_not_answer_is_asked_again_and_then_named(platform: Platform) -> None:
    world = platform.world
    person = await world.sign_up()
    export_id = await begin(platform, person)
    for service in OTHERS[1:]:
        await platform.answer(export_id, service)
    asked = 1
    for minutes in (9, 2, 11, 11):
        world.clock.move(timedelta(minutes=minutes))
        await world.run(SweepExports())
        asked += minutes != 9
        assert len(await platform.events("export.requested")) == asked
    world.clock.move(timedelta(hours=2))
    await world.run(SweepExports())
    await world.run_jobs()
    person = await world.sign_in("asha_rao", "a long pass phrase")
    found = await shown(platform, person, export_id)
    assert found["state"] == "failed"
    assert {p["service"] for p in found["parts"] if p["state"] == "failed"} == {OTHERS[0]}
    assert world.mailer.mails[-1].subject == "Your StudyZed data could not be collected"
    place = await folder(platform)
    for service in SERVICES:
        with pytest.raises(ObjectMissing):
            await world.parts.objects.get(key_of(place, service), 1_000_000)
    # The late part changes nothing, and goes.
    await platform.answer(export_id, OTHERS[0])
    await world.run_jobs()
    assert (await shown(platform, person, export_id))["state"] == "failed"
    with pytest.raises(ObjectMissing):
        await world.parts.objects.get(key_of(place, OTHERS[0]), 1_000_000)


async def test_u15_one_that_fails_keeps_nobody_waiting(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = platform.world
    first = await begin(platform, await world.sign_up())
    await begin(platform, await world.sign_up("bela@example.org", username="bela_roy"))
    lock = repository.lock

    async def fail(session: AsyncSession, export_id: UUID) -> Export | None:
        if export_id == first:
            raise RuntimeError("on purpose")
        return await lock(session, export_id)

    monkeypatch.setattr(repository, "lock", fail)
    world.clock.move(timedelta(minutes=11))
    await world.run(SweepExports())
    assert await world.rows("SELECT asked FROM exports ORDER BY requested_at, id") == [(1,), (2,)]
    world.clock.move(timedelta(hours=2))
    await world.run(SweepExports())
    assert await world.rows("SELECT state FROM exports ORDER BY requested_at, id") == [
        ("collecting",),
        ("failed",),
    ]
    world.clock.move(timedelta(days=1))
    await world.rows(
        "UPDATE exports SET state = 'ready', expires_at = requested_at WHERE id = :id RETURNING 1",
        id=first,
    )
    await world.run(SweepExports())
    assert await world.rows("SELECT 1 FROM exports WHERE expires_at > :now", now=world.clock.now())


async def test_u15_a_damaged_part_makes_no_file(platform: Platform) -> None:
    world = platform.world
    person = await world.sign_up()
    export_id = await begin(platform, person)
    for service in OTHERS[1:]:
        await platform.answer(export_id, service)
    await platform.answer(export_id, OTHERS[0], sha256="0" * 64)
    job = PackExport(export_id=export_id)
    with pytest.raises(Exception, match=r"^$"):
        await world.run(job)
    assert (await shown(platform, person, export_id))["state"] == "collecting"
    await platform.answer(export_id, OTHERS[0])  # it says it anew, and rightly
    await world.run(job)
    assert (await shown(platform, person, export_id))["state"] == "ready"


async def test_u15_running_twice_does_no_harm(platform: Platform) -> None:
    world = platform.world
    person = await world.sign_up()
    export_id = await begin(platform, person)
    own = CollectExport(export_id=export_id, account_id=person.id, folder=await folder(platform))
    await world.run(own)
    for service in (*OTHERS, *OTHERS[:2]):
        await platform.answer(export_id, service)
    job = PackExport(export_id=export_id)
    await world.run(job)
    await world.run(job)
    await world.run_jobs()
    await world.run_jobs()
    assert await world.count("export_parts") == len(SERVICES)
    assert (await shown(platform, person, export_id))["state"] == "ready"
    ready = [mail for mail in world.mailer.mails if mail.subject.endswith("data is ready")]
    assert len(ready) == 1


async def test_u15_a_part_elsewhere_is_not_taken(platform: Platform) -> None:
    world = platform.world
    person = await world.sign_up()
    export_id = await begin(platform, person)
    place = await folder(platform)
    for key in (key_of(new_id(), OTHERS[0]), key_of(place, OTHERS[1])):
        await platform.answer(export_id, OTHERS[0], object_key=key)
    await platform.answer(export_id, "nobody_service")
    assert await world.count("export_parts") == 1  # our own


async def test_u15_a_part_for_nobody_is_deleted(platform: Platform) -> None:
    world = platform.world
    place = new_id()
    key = key_of(place, OTHERS[0])
    await world.parts.objects.put(key, b"{}", "application/json")
    said = ExportPartReady(
        export_id=new_id(), service=OTHERS[0], object_key=key, sha256="0" * 64, size=2
    )
    await platform.handle(said)
    await world.run_jobs()
    with pytest.raises(ObjectMissing):
        await world.parts.objects.get(key, 100)


async def test_u15_the_store_may_be_away(platform: Platform) -> None:
    world = platform.world
    person = await world.sign_up()
    answer = await world.client.post("/v1/me/exports", headers=person.headers)
    export_id = UUID(answer.json()["id"])
    job = CollectExport(export_id=export_id, account_id=person.id, folder=await folder(platform))
    inside = world.parts.objects._inside
    world.parts.objects._inside = "http://127.0.0.1:1"
    with pytest.raises(Unavailable):
        await world.run(job)
    assert await world.count("export_parts") == 0
    world.parts.objects._inside = inside
    await world.run(job)
    assert await world.count("export_parts") == 1
