"""Rights on a class's attendance."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import session_service.holidays.models  # noqa: F401  (a table to which lessons refer)
from libs.ids import new_id
from session_service.lessons.models import Lesson, Series
from session_service.lessons.schemas import LessonState
from tests.access.session_material import CALLERS, CLASS, learning, teaching
from tests.access.table import Row
from tests.session_service.world import World

LESSON = "/v1/lessons/{lesson_id}"
HELD = {"lesson_id": "held_lesson_id"}
ROWS = [
    Row("GET", f"{LESSON}/attendance", learning(200), instead=HELD),
    Row(
        "PUT",
        f"{LESSON}/attendance/{{student_id}}",
        teaching(200),
        body={"state": "excused", "reason": "ill"},
        instead=HELD | {"student_id": "member_id"},
    ),
    Row("GET", f"{LESSON}/check-in-code", teaching(200), instead=HELD),
    Row(
        "POST",
        f"{LESSON}/check-ins",
        dict.fromkeys(CALLERS, 403)
        | {"nobody": 401, "student": 404, "observer": 404, "member": 409, "classmate": 409},
        body={"code": "AAAAAA"},
        instead=HELD,
    ),
    Row("GET", f"{CLASS}/attendance", learning(200, admin=200)),
    Row("GET", f"{CLASS}/attendance-totals", learning(200, admin=200)),
    Row("GET", "/v1/attendance/{attendance_id}/corrections", learning(200, classmate=404)),
    Row("POST", f"{CLASS}/attendance-exports", teaching(202)),
    Row(
        "GET",
        "/v1/attendance-exports/{export_id}",
        teaching(404) | {"owner": 200},
        instead={"export_id": "attendance_export_id"},
    ),
]


async def values(made: World, of: dict[str, Any]) -> dict[str, str]:
    """A lesson that is held now, at which the member was excused, and an export."""
    now, study_session_id = made.clock.now(), UUID(of["id"])
    local = now.replace(tzinfo=None, second=0, microsecond=0)
    series = Series(
        id=new_id(), study_session_id=study_session_id, title="T", description="",
        local_start=local, zone="UTC", rule=None, minutes=60, expanded_to=local, finished=True,
        tzdata="", created_at=now, sequence=0, revision=1,
    )  # fmt: skip
    lesson = Lesson(
        id=new_id(), series_id=series.id, study_session_id=study_session_id, recurrence_id=local,
        title="T", description="", local_start=local, zone="UTC", starts_at=now,
        ends_at=now + timedelta(hours=1), state=LessonState.SCHEDULED.value, moved=False,
        reworded=False, sequence=0, revision=1,
    )  # fmt: skip
    async with made.parts.database.transaction() as session:
        session.add(series)
        await session.flush()
        session.add(lesson)
    path = f"/v1/lessons/{lesson.id}/attendance/{made.student.id}"
    answer = await made.client.put(path, json={"state": "absent"}, headers=made.tutor.headers)
    assert answer.status_code == 200, answer.text
    export = await made.post(
        made.tutor, f"/v1/study-sessions/{of['id']}/attendance-exports", expect=202
    )
    return {
        "held_lesson_id": str(lesson.id),
        "member_id": str(made.student.id),
        "attendance_id": answer.json()["id"],
        "attendance_export_id": export["id"],
    }
