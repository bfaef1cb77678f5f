"""Rights about attempts at assessments: they are one student's."""

from typing import Any

from session_service.attempts import closing
from tests.access.session_rights import (
    TAUGHT,
    TUTORS_ONLY,
    answers,
    helped,
    of_one_student,
    taught,
)
from tests.access.table import Row
from tests.session_service.world import World

STUDENTS_ONLY = dict.fromkeys(("tutor", "owner", "co_tutor", "assistant", "admin"), 403)
MINE = answers(404, member=200, classmate=404, **STUDENTS_ONLY)
ONE = "/v1/attempts/{attempt_id}"
TEST = "/v1/assessments/{assessment_id}"
ASKED = {"question_id": "asked_id"}
OVER = {"attempt_id": "over_attempt_id", **ASKED}
TAKEN = {"assessment_id": "taken_id", **ASKED}
HELPED = answers(404, **helped(200), **TUTORS_ONLY)
ANSWER = {"type": "essay", "text": "Because."}

ROWS = [
    Row(
        "POST",
        f"{TEST}/attempts",
        answers(404, member=201, **STUDENTS_ONLY),
    ),
    Row("GET", "/v1/attempts", answers(200)),
    Row("GET", ONE, answers(404, **of_one_student(200)), instead={"attempt_id": "over_attempt_id"}),
    Row(
        "PUT",
        f"{ONE}/answers/{{question_id}}",
        MINE,
        body={"revision": 2, "answer": ANSWER},
        instead=ASKED,
    ),
    Row("POST", f"{ONE}/submission", MINE, body={}),
    Row("GET", f"{ONE}/parts", HELPED, instead=OVER),
    Row("PUT", f"{ONE}/parts/{{question_id}}", TAUGHT, body={"points": 1}, instead=OVER),
    Row("GET", f"{TEST}/marking-queue", HELPED),
    Row("GET", f"{TEST}/questions/{{question_id}}/regrade", TAUGHT, instead=TAKEN),
    Row(
        "POST",
        f"{TEST}/questions/{{question_id}}/regrade",
        TAUGHT,
        body={"reason": "Wrong key"},
        instead=TAKEN,
    ),
    Row("GET", f"{TEST}/item-statistics", TAUGHT, instead=TAKEN),
    Row(
        "POST",
        f"{TEST}/item-statistics",
        answers(404, **taught(202), **TUTORS_ONLY),
        instead=TAKEN,
    ),
    Row("POST", f"{ONE}/voiding", TAUGHT, body={"reason": "Power cut"}),
]


async def values(made: World, of: dict[str, Any]) -> dict[str, str]:
    """Two attempts of the member's at a test with an essay: the second one is open."""
    essay = {
        "content": {"type": "essay", "prompt": "Why?"},
        "key": {"type": "essay", "guidance": "Look for reasons."},
    }  # fmt: skip
    question = await made.post(made.tutor, "/v1/questions", essay)
    body = {
        "study_session_id": of["id"], "title": "Test", "closes_at": "2999-01-01T00:00:00Z",
        "attempt_limit": 5,
    }  # fmt: skip
    test = await made.post(made.tutor, "/v1/assessments", body)
    path = f"/v1/assessments/{test['id']}"
    await made.client.put(
        f"{path}/items",
        json={"items": [{"question_id": question["id"]}]},
        headers=made.tutor.headers,
    )
    await made.post(made.tutor, f"{path}/publication", expect=200)
    found: dict[str, str] = {"taken_id": test["id"]}
    for name in ("over_attempt_id", "attempt_id"):
        attempt = await made.post(made.student, f"{path}/attempts")
        found |= {name: attempt["id"], "asked_id": attempt["questions"][0]["id"]}
        if name == "over_attempt_id":
            await made.post(made.student, f"/v1/attempts/{attempt['id']}/submission", {}, 200)
            await closing.sweep(made.parts.database)
    return found
