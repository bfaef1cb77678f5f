"""Rights about tasks and the work on them."""

from typing import Any
from uuid import UUID

from session_service.materials.schemas import VersionState
from session_service.work_files.models import WorkFile
from tests.access.session_rights import (
    CLASS,
    SEEN,
    TAUGHT,
    TUTORS_ONLY,
    answers,
    helped,
    of_one_student,
    seen,
    taught,
)
from tests.access.table import Row
from tests.session_service.world import World

TASK = {
    "study_session_id": "{study_session_id}",
    "title": "Fractions",
    "due_at": "2999-01-01T00:00:00Z",
}

ITEM = "/v1/work-items/{item_id}"
DAILY = "/v1/task-series/{series_id}"
REPEATED = {"series_id": "task_series_id"}
TASKS = {"item_id": "task_id", "student_id": "member_id"}
SERIES = {
    "study_session_id": "{study_session_id}",
    "title": "Daily",
    "local_due": "2199-01-01T18:00",
    "rule": "FREQ=DAILY;COUNT=3",
}
ASKED = {"file_id": "asked_file_id"}
HELPED = answers(404, **helped(200))

ROWS = [
    Row("POST", "/v1/tasks", answers(404, **taught(201), **TUTORS_ONLY), body=TASK),
    Row("GET", "/v1/tasks", answers(200)),
    Row("GET", "/v1/tasks/{task_id}", answers(404, **seen(200))),
    Row(
        "POST",
        "/v1/tasks/{task_id}/submissions",
        answers(403, student=404, observer=404, member=201),
        body={"body": "x"},
    ),
    Row("GET", "/v1/tasks/{task_id}/submissions", answers(404, **seen(200))),
    Row("GET", "/v1/submissions/{submission_id}", answers(404, **of_one_student(200))),
    Row(
        "POST",
        "/v1/submissions/{submission_id}/return",
        answers(404, **taught(200), **TUTORS_ONLY),
        body={"note": "Once more."},
    ),
    Row("PATCH", "/v1/tasks/{task_id}", TAUGHT, body={"title": "Decimals"}),
    Row(
        "POST",
        "/v1/tasks/{task_id}/publication",
        TAUGHT,
        body={},
        instead={"task_id": "scheduled_id"},
    ),
    Row(
        "DELETE",
        "/v1/tasks/{task_id}/publication",
        answers(404, **taught(204), **TUTORS_ONLY),
        instead={"task_id": "scheduled_id"},
    ),
    Row(
        "DELETE",
        "/v1/tasks/{task_id}",
        answers(404, **taught(204), **TUTORS_ONLY),
        instead={"task_id": "scheduled_id"},
    ),
    Row(
        "POST",
        "/v1/task-series",
        answers(404, **taught(201), **TUTORS_ONLY),
        body=SERIES,
    ),
    Row("GET", "/v1/task-series", answers(200, **TUTORS_ONLY)),
    Row("GET", DAILY, answers(404, **helped(200), **TUTORS_ONLY), instead=REPEATED),
    Row("PATCH", DAILY, TAUGHT, body={"title": "Weekly"}, instead=REPEATED),
    Row("DELETE", DAILY, answers(404, **taught(204), **TUTORS_ONLY), instead=REPEATED),
    Row("GET", f"{CLASS}/late-policy", SEEN),
    Row("PUT", f"{CLASS}/late-policy", TAUGHT, body={"percent_per_day": 10}),
    Row("GET", f"{ITEM}/extensions", SEEN, instead={"item_id": "task_id"}),
    Row(
        "PUT",
        f"{ITEM}/extensions/{{student_id}}",
        TAUGHT,
        body={"due_at": "2999-02-01T00:00:00Z"},
        instead=TASKS,
    ),
    Row(
        "DELETE",
        f"{ITEM}/extensions/{{student_id}}",
        answers(404, **taught(204), **TUTORS_ONLY),
        instead=TASKS,
    ),
    Row(
        "POST",
        "/v1/tasks/{task_id}/files",
        answers(404, **taught(201), member=201),
        body={"file_name": "a.pdf", "content_type": "application/pdf", "size": 1},
    ),
    Row("GET", "/v1/tasks/{task_id}/files", SEEN),
    Row(
        "POST",
        "/v1/work-files/{file_id}/complete",
        answers(404, member=202, classmate=404),
        body={"sha256": "0" * 64},
        instead=ASKED,
    ),
    Row(
        "DELETE", "/v1/work-files/{file_id}", answers(404, member=204, classmate=404), instead=ASKED
    ),
    Row(
        "POST",
        "/v1/work-files/{file_id}/downloads",
        answers(404, **of_one_student(201)),
        instead={"file_id": "work_file_id"},
    ),
    Row(
        "GET",
        "/v1/tasks/{task_id}/draft",
        answers(403, student=404, observer=404, member=200),
    ),
    Row(
        "PUT",
        "/v1/tasks/{task_id}/draft",
        answers(403, student=404, observer=404, member=200),
        body={"body": "so far"},
        headers={"If-Match": '"0"'},
    ),
]


async def values(made: World, of: dict[str, Any]) -> dict[str, str]:
    """A task with the member's work, which has marks."""
    task = await made.task(of)
    work = await made.post(made.student, f"/v1/tasks/{task['id']}/submissions", {"body": "x"})
    await made.post(made.tutor, f"/v1/submissions/{work['id']}/marks", {"points": 3})
    body = {**TASK, "study_session_id": of["id"], "publish_at": "2998-01-01T00:00:00Z"}
    scheduled = await made.post(made.tutor, "/v1/tasks", body)
    path = f"/v1/work-items/{task['id']}/extensions/{made.student.id}"
    given = {"due_at": "2998-01-01T00:00:00Z"}
    await made.client.put(path, json=given, headers=made.tutor.headers)
    daily = await made.post(made.tutor, "/v1/task-series", {**SERIES, "study_session_id": of["id"]})
    path = f"/v1/tasks/{task['id']}/files"
    wanted = {"file_name": "b.pdf", "content_type": "application/pdf", "size": 1}
    asked, file = [await made.post(made.student, path, wanted) for _ in range(2)]
    async with made.parts.database.transaction() as session:
        found = await session.get_one(WorkFile, UUID(file["id"]))
        found.state, found.sha256 = VersionState.READY.value, "0" * 64
        found.handed_in_at = made.clock.now()
    return {
        "asked_file_id": asked["id"],
        "task_series_id": daily["id"],
        "work_file_id": file["id"],
        "task_id": task["id"],
        "submission_id": work["id"],
        "scheduled_id": scheduled["id"],
        "member_id": str(made.student.id),
    }
