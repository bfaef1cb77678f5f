"""Files: uploads, versions, downloads, room, and what is left when something dies (S25)."""

import asyncio
import hashlib
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from libs import objects as gateway
from libs.errors import Unavailable
from session_service.class_roles.schemas import ClassRoleName
from session_service.file_versions.schemas import SweepVersions, TakeVersion
from session_service.materials.schemas import ClearVersion
from tests.session_service.file_versions.samples import GOOD
from tests.session_service.materials.library import PDF, Library, open_library
from tests.stack import Stack

HOUR = timedelta(hours=1)
READY = [(1, "ready", None)]


async def test_s25_a_file_from_the_tutor_to_the_student(library: Library) -> None:
    material = await library.add("file")
    asked = await library.ask(material, file_name="Übung\u202e 1.PDF")
    assert (asked["file_name"], asked["state"], asked["number"]) == ("Übung 1.pdf", "asked", None)
    assert asked["upload"]["method"] == "PUT"
    assert await library.put(asked) == 200
    told = await library.complete(asked)
    assert (told["state"], told["sha256"]) == ("pending", hashlib.sha256(PDF).hexdigest())
    assert await library.run_jobs() == ["session.file_versions.take"]
    assert await library.versions(library.tutor, material) == READY
    assert library.objects() == [f"materials/{asked['id']}"]
    await library.publish(material)
    found = await library.send(library.student, "GET", f"/v1/materials/{material['id']}")
    assert found["file"] == {
        "id": asked["id"], "number": 1, "file_name": "Übung 1.pdf",
        "content_type": "application/pdf", "size": len(PDF),
        "sha256": hashlib.sha256(PDF).hexdigest(),
    }  # fmt: skip
    given = await library.download(library.student, material)
    answer = await library.http.get(given["url"])
    assert (answer.status_code, answer.content) == (200, PDF)
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.headers["content-disposition"] == (
        "attachment; filename=\"Ubung-1.pdf\"; filename*=UTF-8''%C3%9Cbung%201.pdf"
    )


@pytest.mark.parametrize("kind", GOOD)
async def test_s25_each_kind_is_taken(library: Library, kind: str) -> None:
    material = await library.file(GOOD[kind], content_type=kind, file_name="A file")
    assert await library.versions(library.tutor, material) == READY
    given = await library.download(library.tutor, material)
    answer = await library.http.get(given["url"])
    assert (answer.content, answer.headers["content-type"].split(";")[0]) == (GOOD[kind], kind)


async def test_s25_a_newer_version_keeps_the_older_ones(library: Library) -> None:
    material = await library.file(PDF + b"1")
    await library.publish(material)
    await library.upload(material, PDF + b"2")
    await library.run_jobs()
    assert await library.versions(library.tutor, material) == [*READY, (2, "ready", None)]
    page = await library.send(library.tutor, "GET", f"/v1/materials/{material['id']}/versions")
    by_number = {one["number"]: one["id"] for one in page["items"]}

    async def got(user: Any, **body: Any) -> bytes:
        given = await library.download(user, material, **body)
        return (await library.http.get(given["url"])).content

    assert await got(library.tutor) == PDF + b"2"
    assert await got(library.tutor, version_id=by_number[1]) == PDF + b"1"
    assert await got(library.student) == PDF + b"1"
    await library.publish(material)
    assert await got(library.student) == PDF + b"2"
    assert len(library.objects()) == 2


async def test_s25_a_first_download_is_noted(library: Library) -> None:
    material = await library.file()
    await library.publish(material)
    begun = library.world.clock.now()
    await library.send(library.student, "GET", f"/v1/materials/{material['id']}")
    for _ in range(2):
        library.world.clock.move(timedelta(minutes=1))
        await library.download(library.student, material)
    await library.download(library.tutor, material)
    [view] = await library.rows("SELECT account_id, opened_at, downloaded_at FROM material_views")
    assert tuple(view) == (library.student.id, begun, begun + timedelta(minutes=1))


async def test_s25_an_address_lives_five_minutes_and_is_asked_for_anew(library: Library) -> None:
    material = await library.file()
    await library.publish(material)
    given = await library.download(library.student, material)
    library.world.clock.move(timedelta(minutes=5) - timedelta(seconds=1))
    assert (await library.http.get(given["url"])).status_code == 200
    library.world.clock.move(timedelta(seconds=2))
    assert (await library.http.get(given["url"])).status_code == 403
    await library.rows("UPDATE memberships SET state = 'left'")
    path = f"/v1/materials/{material['id']}/downloads"
    refusal = await library.refused(library.student, "POST", path, {})
    assert refusal == (404, "material_not_found")


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"content_type": "text/html"}, "/content_type"),
        ({"content_type": "image/svg+xml"}, "/content_type"),
        ({"content_type": "application/zip"}, "/content_type"),
        ({"size": 100_000_001}, "/size"),
        ({"size": 0}, "/size"),
        ({"file_name": ""}, "/file_name"),
        ({"file_name": "a\x00.pdf"}, "/file_name"),
        ({"key": "mine"}, "/key"),
    ],
)
async def test_s25_leave_is_for_kinds_on_the_list_and_100_megabytes(
    library: Library, body: dict[str, Any], pointer: str
) -> None:
    material = await library.add("file")
    wanted = {"file_name": "a.pdf", "content_type": "application/pdf", "size": 100_000_000} | body
    answer = await library.world.client.post(
        f"/v1/materials/{material['id']}/versions", json=wanted, headers=library.tutor.headers
    )
    assert answer.status_code == 422
    assert [field["pointer"] for field in answer.json()["fields"]] == [pointer]
    assert await library.rows("SELECT 1 FROM material_versions") == []


async def test_s25_a_note_has_no_versions(library: Library) -> None:
    note = await library.add()
    path = f"/v1/materials/{note['id']}"
    body = {"file_name": "a.pdf", "content_type": "application/pdf", "size": 1}
    refusal = await library.refused(library.tutor, "POST", f"{path}/versions", body)
    assert refusal == (409, "not_a_file")
    refusal = await library.refused(library.tutor, "POST", f"{path}/downloads", {})
    assert refusal == (404, "version_not_found")


async def test_x17_the_store_refuses_what_was_not_declared(library: Library) -> None:
    asked = await library.ask(await library.add("file"))
    assert await library.put(asked, PDF + b"x") == 403
    asked["upload"]["headers"]["Content-Type"] = "text/html"
    assert await library.put(asked) == 403
    assert library.objects() == []


@pytest.mark.parametrize(
    ("sent", "told", "refusal"),
    [
        (PDF, PDF + b"x", "wrong_checksum"),
        (b"<script>alert(1)</", b"<script>alert(1)</", "wrong_type"),
        (None, PDF, "missing"),
    ],
)
async def test_s25_x17_what_does_not_hold_its_promise_is_refused_and_gone(
    library: Library, sent: bytes | None, told: bytes, refusal: str
) -> None:
    material = await library.add("file")
    asked = await library.ask(material, sent or PDF)
    if sent is not None:
        assert await library.put(asked, sent) == 200
    await library.complete(asked, told)
    await library.run_jobs()
    assert await library.versions(library.tutor, material) == [(None, "refused", refusal)]
    assert library.objects() == []
    path = f"/v1/materials/{material['id']}/publication"
    assert await library.refused(library.tutor, "POST", path, {}) == (409, "nothing_to_publish")


async def test_x17_what_was_looked_at_cannot_be_replaced(library: Library) -> None:
    """Leave to upload lives on for minutes after the job has looked."""
    material = await library.add("file")
    asked = await library.upload(material)
    await library.run_jobs()
    assert await library.put(asked, PDF[:-1] + b"X") == 200
    given = await library.download(library.tutor, material)
    assert (await library.http.get(given["url"])).content == PDF
    library.world.clock.move(HOUR)
    await library.run(SweepVersions())
    assert library.objects() == [f"materials/{asked['id']}"]


async def test_s25_two_uploads_at_once_get_two_numbers(library: Library) -> None:
    material = await library.add("file")
    asked = [await library.upload(material, PDF + bytes([n])) for n in range(65, 71)]
    jobs = [TakeVersion(version_id=one["id"]) for one in asked for _ in range(2)]
    await asyncio.gather(*(library.run(job) for job in jobs))
    found = await library.versions(library.tutor, material)
    assert sorted(found) == [(n, "ready", None) for n in range(1, 7)]
    rows = await library.rows("SELECT newest_number FROM materials")
    assert rows == [(6,)]


async def test_s25_two_completes_at_once_are_one(library: Library) -> None:
    material = await library.add("file")
    asked = await library.ask(material)
    await library.put(asked)
    await asyncio.gather(*(library.complete(asked) for _ in range(5)))
    assert await library.run_jobs() == ["session.file_versions.take"]
    assert (await library.complete(asked))["state"] == "ready"
    assert await library.run_jobs() == []


async def test_s25_room_is_counted_once_for_all_who_ask_at_once(
    stack: Stack, tmp_path: Path
) -> None:
    async with stack.passing(), open_library(stack, tmp_path, material_quota_bytes=100) as library:
        material = await library.add("file")
        path = f"/v1/materials/{material['id']}/versions"
        body = {"file_name": "a.pdf", "content_type": "application/pdf", "size": 30}
        answers = await asyncio.gather(
            *(
                library.world.client.post(path, json=body, headers=library.tutor.headers)
                for _ in range(8)
            )
        )
        assert sorted(one.status_code for one in answers) == [201] * 3 + [409] * 5
        assert {one.json()["code"] for one in answers if one.status_code == 409} == {"storage_full"}
        library.world.clock.move(HOUR)
        await library.run(SweepVersions())
        await library.ask(material, b"x" * 100)
        await library.send(library.tutor, "DELETE", f"/v1/materials/{material['id']}", expect=204)
        await library.ask(await library.add("file"), b"x" * 100)


async def test_s25_versions_of_others_are_not_found(library: Library) -> None:
    asked = await library.ask(await library.add("file"))
    stranger = library.stack.as_user("tutor")
    path, body = f"/v1/file-versions/{asked['id']}/complete", {"sha256": "0" * 64}
    gone = (404, "version_not_found")
    assert await library.refused(stranger, "POST", path, body) == gone
    await library.give(stranger, ClassRoleName.OBSERVER)
    assert await library.refused(stranger, "POST", path, body) == gone
    assert await library.rows("SELECT state FROM material_versions") == [("asked",)]


async def test_s25_deleting_takes_the_files_away(library: Library) -> None:
    material = await library.file()
    await library.upload(material, PDF + b"2")
    await library.run_jobs()
    await library.ask(material)
    assert len(library.objects()) == 2
    await library.send(library.tutor, "DELETE", f"/v1/materials/{material['id']}", expect=204)
    assert await library.run_jobs() == ["session.materials.clear_version"] * 3
    assert library.objects() == []
    library.world.clock.move(HOUR)
    await library.run(SweepVersions())
    assert await library.rows("SELECT 1 FROM material_versions") == []
    assert await library.rows("SELECT state FROM materials") == [("deleted",)]


async def test_s25_a_deletion_while_an_upload_is_looked_at(library: Library) -> None:
    material = await library.add("file")
    asked = await library.upload(material)
    await library.send(library.tutor, "DELETE", f"/v1/materials/{material['id']}", expect=204)
    await library.run_jobs()
    assert library.objects() == []
    library.world.clock.move(HOUR)
    await library.run(SweepVersions())
    assert await library.rows("SELECT 1 FROM material_versions") == []
    await library.run(TakeVersion(version_id=asked["id"]))


async def test_s25_uploads_that_were_never_completed_are_swept(library: Library) -> None:
    material = await library.add("file")
    asked = await library.ask(material)
    await library.put(asked)
    library.world.clock.move(HOUR - timedelta(seconds=1))
    await library.run(SweepVersions())
    assert await library.versions(library.tutor, material) == [(None, "asked", None)]
    library.world.clock.move(timedelta(seconds=1))
    told = {"sha256": hashlib.sha256(PDF).hexdigest()}
    path = f"/v1/file-versions/{asked['id']}/complete"
    refusal = await library.refused(library.tutor, "POST", path, told)
    assert refusal == (409, "version_not_awaited")
    await library.run(SweepVersions())
    assert library.objects() == []
    assert await library.rows("SELECT 1 FROM material_versions") == []


async def test_s25_a_job_that_never_came_is_given_up(library: Library) -> None:
    material = await library.add("file")
    await library.upload(material)
    library.world.clock.move(2 * HOUR - timedelta(seconds=1))
    await library.run(SweepVersions())
    assert await library.versions(library.tutor, material) == [(None, "pending", None)]
    library.world.clock.move(timedelta(seconds=1))
    await library.run(SweepVersions())
    assert await library.versions(library.tutor, material) == [(None, "refused", "gave_up")]
    assert library.objects() == []
    await library.run_jobs()  # it comes at last
    assert library.objects() == []
    library.world.clock.move(timedelta(days=7, seconds=1))
    await library.run(SweepVersions())
    assert await library.rows("SELECT 1 FROM material_versions") == []


class Killed(BaseException):
    """The process is gone."""


POINTS = [
    "objects.before_get_file", "objects.after_get_file", "objects.before_put_file",
    "objects.after_put_file", "objects.before_delete", "objects.after_delete",
]  # fmt: skip


@pytest.mark.parametrize("name", POINTS)
@pytest.mark.parametrize("again", [True, False])
@pytest.mark.parametrize("fate", ["kept", "deleted"])
async def test_s25_a_death_between_calls_leaves_nothing_behind(
    library: Library, monkeypatch: pytest.MonkeyPatch, name: str, again: bool, fate: str
) -> None:
    """The worker dies over the second version. Its job comes again, or it never does, and perhaps
    the material is deleted; in the end each ready version has its object, and there is no other.
    """
    material = await library.file()
    asked = await library.upload(material, PDF + b"2")

    async def reach(point: str) -> None:
        if point == name:
            raise Killed

    monkeypatch.setattr(gateway, "reach", reach)
    with pytest.raises(Killed):
        await library.run_jobs()
    monkeypatch.undo()
    if fate == "deleted":
        await library.send(library.tutor, "DELETE", f"/v1/materials/{material['id']}", expect=204)
    if again:
        await library.run(TakeVersion(version_id=asked["id"]))
    library.world.clock.move(3 * HOUR)
    await library.run(SweepVersions())
    rows = await library.rows("SELECT id, swept_at FROM material_versions WHERE state = 'ready'")
    assert sorted(library.objects()) == sorted(f"materials/{row.id}" for row in rows)
    assert all(row.swept_at is not None for row in rows)
    taken = again or name in ("objects.before_delete", "objects.after_delete")
    assert len(rows) == (0 if fate == "deleted" else 1 + taken)


@pytest.mark.parametrize("name", ["objects.before_delete", "objects.after_delete"])
@pytest.mark.parametrize("nth", [1, 2])
async def test_s25_a_death_while_clearing_is_finished_by_the_sweep(
    library: Library, monkeypatch: pytest.MonkeyPatch, name: str, nth: int
) -> None:
    material = await library.file()
    await library.send(library.tutor, "DELETE", f"/v1/materials/{material['id']}", expect=204)
    reached = 0

    async def reach(point: str) -> None:
        nonlocal reached
        reached += point == name
        if point == name and reached == nth:
            raise Killed

    monkeypatch.setattr(gateway, "reach", reach)
    with pytest.raises(Killed):
        await library.run_jobs()
    monkeypatch.undo()
    library.world.clock.move(HOUR)
    await library.run(SweepVersions())
    assert library.objects() == []
    assert await library.rows("SELECT 1 FROM material_versions") == []


async def test_s25_the_store_away_means_later(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    material = await library.add("file")
    asked = await library.upload(material)

    async def away(_: str) -> None:
        raise httpx.ConnectError("no store")

    monkeypatch.setattr(gateway, "reach", away)
    with pytest.raises(Unavailable):
        await library.run_jobs()
    assert await library.versions(library.tutor, material) == [(None, "pending", None)]
    monkeypatch.undo()
    await library.run(TakeVersion(version_id=asked["id"]))
    assert await library.versions(library.tutor, material) == READY
    await library.run(ClearVersion(version_id=asked["id"]))
    assert library.objects() == [f"materials/{asked['id']}"]
