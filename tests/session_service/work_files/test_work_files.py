"""Files of tasks and of the work on them (S5, S7)."""

import hashlib
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from session_service.work_files.schemas import MOST, SweepWorkFiles
from tests.session_service.materials.library import PDF, Library, open_library
from tests.stack import Stack, User

HOUR = timedelta(hours=1)
WANTED = {"file_name": "My Sheet.PDF", "content_type": "application/pdf", "size": len(PDF)}


@pytest.fixture
async def library(stack: Stack, tmp_path: Path) -> AsyncIterator[Library]:
    async with stack.passing(), open_library(stack, tmp_path) as made:
        yield made


async def upload(library: Library, user: User, task: dict[str, Any], body: bytes = PDF) -> Any:
    """A file that was looked at."""
    path = f"/v1/tasks/{task['id']}/files"
    asked = await library.send(user, "POST", path, WANTED | {"size": len(body)}, 201)
    assert await library.put(asked, body) == 200
    told = {"sha256": hashlib.sha256(body).hexdigest()}
    await library.send(user, "POST", f"/v1/work-files/{asked['id']}/complete", told, 202)
    await library.run_jobs()
    return asked


async def seen(library: Library, user: User, task: dict[str, Any]) -> list[tuple[str, str]]:
    page = await library.send(user, "GET", f"/v1/tasks/{task['id']}/files")
    return [(one["id"], one["state"]) for one in reversed(page["items"])]


async def test_s5_a_task_s_file_reaches_the_student(library: Library) -> None:
    body = {"study_session_id": library.made["id"], "title": "T", "draft": True}
    body["due_local"] = "2027-03-01T23:59"
    task = await library.send(library.tutor, "POST", "/v1/tasks", body, 201)
    file = await upload(library, library.tutor, task)
    assert (file["file_name"], file["student_id"]) == ("My Sheet.pdf", None)
    path = f"/v1/work-files/{file['id']}/downloads"
    assert await library.refused(library.student, "POST", path) == (404, "work_file_not_found")
    await library.send(library.tutor, "POST", f"/v1/tasks/{task['id']}/publication", {})
    assert await seen(library, library.student, task) == [(file["id"], "ready")]
    found = await library.send(library.student, "POST", path, expect=201)
    answer = await library.http.get(found["url"])
    assert (answer.content, found["file_name"]) == (PDF, "My Sheet.pdf")
    status = await library.refused(library.student, "DELETE", f"/v1/work-files/{file['id']}")
    assert status == (404, "work_file_not_found")
    await library.send(library.tutor, "DELETE", f"/v1/work-files/{file['id']}", expect=204)
    await library.run_jobs()
    assert await seen(library, library.student, task) == []
    assert library.objects() == []


async def test_s7_a_student_s_files_are_handed_in_with_the_work(
    library: Library, stack: Stack
) -> None:
    other = stack.as_user("student")
    await library.world.member(library.made, other)
    task = await library.world.task(library.made)
    first = await upload(library, library.student, task)
    second = await upload(library, library.student, task)
    foreign = await upload(library, other, task)
    assert await seen(library, library.tutor, task) == []
    path = f"/v1/tasks/{task['id']}/submissions"
    for ids in ([first["id"], foreign["id"]], [task["id"]]):
        refusal = await library.send(library.student, "POST", path, {"file_ids": ids}, 422)
        assert refusal["fields"][0]["code"] == "files_not_ready"
    twice = {"file_ids": [first["id"], first["id"]]}
    refusal = await library.send(library.student, "POST", path, twice, 422)
    assert refusal["fields"][0]["code"] == "file_twice"
    assert await seen(library, library.tutor, task) == []  # a refusal hands in nothing
    work = await library.send(
        library.student, "POST", path, {"body": "see there", "file_ids": [first["id"]]}, 201
    )
    assert work["file_ids"] == [first["id"]]
    assert await seen(library, library.tutor, task) == [(first["id"], "ready")]
    assert await seen(library, other, task) == [(foreign["id"], "ready")]
    download = f"/v1/work-files/{first['id']}/downloads"
    found = await library.send(library.tutor, "POST", download, expect=201)
    assert (await library.http.get(found["url"])).content == PDF
    assert await library.refused(other, "POST", download) == (404, "work_file_not_found")
    gone = await library.refused(library.student, "DELETE", f"/v1/work-files/{first['id']}")
    assert gone == (409, "work_file_handed_in")
    await library.send(library.student, "DELETE", f"/v1/work-files/{second['id']}", expect=204)
    assert await library.send(library.tutor, "GET", f"/v1/submissions/{work['id']}") == work


async def test_s7_files_of_a_draft_are_handed_in_with_it(library: Library) -> None:
    task = await library.world.task(library.made)
    file = await upload(library, library.student, task)
    body = {"file_ids": [file["id"]]}
    headers = {**library.student.headers, "If-Match": '"0"'}
    path = f"/v1/tasks/{task['id']}"
    saved = await library.world.client.put(f"{path}/draft", json=body, headers=headers)
    assert saved.json()["file_ids"] == [file["id"]]
    wanted = {"draft_revision": 1}
    work = await library.send(library.student, "POST", f"{path}/submissions", wanted, 201)
    assert (work["body"], work["file_ids"]) == ("", [file["id"]])


async def test_s7_what_is_not_what_it_is_said_to_be_is_refused(library: Library) -> None:
    task = await library.world.task(library.made)
    file = await upload(library, library.student, task, b"<script>alert(1)</script>")
    assert await seen(library, library.student, task) == [(file["id"], "refused")]
    body = {"file_ids": [file["id"]]}
    path = f"/v1/tasks/{task['id']}/submissions"
    assert (await library.refused(library.student, "POST", path, body))[0] == 422
    path = f"/v1/work-files/{file['id']}/downloads"
    assert await library.refused(library.student, "POST", path) == (404, "work_file_not_found")
    assert library.objects() == []


async def test_s7_no_more_files_than_may_be(library: Library) -> None:
    task = await library.world.task(library.made)
    path = f"/v1/tasks/{task['id']}/files"
    for _ in range(MOST):
        await library.send(library.student, "POST", path, WANTED, 201)
    assert await library.refused(library.student, "POST", path, WANTED) == (
        409, "too_many_work_files",
    )  # fmt: skip
    await library.send(library.tutor, "POST", path, WANTED, 201)


async def test_s7_what_was_handed_in_leaves_room_for_the_next_version(library: Library) -> None:
    task = await library.world.task(library.made)
    path = f"/v1/tasks/{task['id']}/files"
    file = await upload(library, library.student, task)
    for _ in range(MOST - 1):
        await library.send(library.student, "POST", path, WANTED, 201)
    refused = (409, "too_many_work_files")
    assert await library.refused(library.student, "POST", path, WANTED) == refused
    work = f"/v1/tasks/{task['id']}/submissions"
    await library.send(library.student, "POST", work, {"file_ids": [file["id"]]}, 201)
    await library.send(library.student, "POST", path, WANTED, 201)
    assert await library.refused(library.student, "POST", path, WANTED) == refused


async def test_s7_forgotten_uploads_and_files_of_deleted_tasks_go(library: Library) -> None:
    body = {"study_session_id": library.made["id"], "title": "T", "draft": True}
    body["due_local"] = "2027-03-01T23:59"
    draft = await library.send(library.tutor, "POST", "/v1/tasks", body, 201)
    await upload(library, library.tutor, draft)
    task = await library.world.task(library.made)
    path = f"/v1/tasks/{task['id']}/files"
    asked = await library.send(library.student, "POST", path, WANTED, 201)
    await library.put(asked)
    await library.send(library.tutor, "DELETE", f"/v1/tasks/{draft['id']}", expect=204)
    assert len(library.objects()) == 2
    library.world.clock.move(HOUR)
    await library.run(SweepWorkFiles())
    assert library.objects() == []
    assert await library.rows("SELECT 1 FROM work_files") == []
    late = f"/v1/work-files/{asked['id']}/complete"
    refusal = await library.refused(library.student, "POST", late, {"sha256": "0" * 64})
    assert refusal == (404, "work_file_not_found")


async def test_s7_an_upload_is_awaited_for_an_hour(library: Library) -> None:
    task = await library.world.task(library.made)
    asked = await library.send(
        library.student, "POST", f"/v1/tasks/{task['id']}/files", WANTED, 201
    )
    library.world.clock.move(HOUR)
    path = f"/v1/work-files/{asked['id']}/complete"
    refusal = await library.refused(library.student, "POST", path, {"sha256": "0" * 64})
    assert refusal == (409, "work_file_not_awaited")
