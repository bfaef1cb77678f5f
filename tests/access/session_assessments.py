"""Rights about question banks and assessments. A bank is its owner's alone; keys are for who
teaches in the class, not for who helps (R1, R8).
"""

from typing import Any

from tests.access.session_rights import TUTORS_ONLY, answers, seen, taught
from tests.access.table import Row
from tests.session_service.assessments.school import ESSAY, PLANTED
from tests.session_service.world import World

BANK = answers(404, owner=200, **TUTORS_ONLY)
TUTORS = answers(200, **TUTORS_ONLY)
TAUGHT = answers(404, **taught(200), **TUTORS_ONLY)
BANKED, ONE = "/v1/questions/{question_id}", "/v1/assessments/{assessment_id}"
DRAFT = {"assessment_id": "draft_assessment_id"}

ROWS = [
    Row("POST", "/v1/questions", answers(201, **TUTORS_ONLY), body=ESSAY),
    Row("GET", "/v1/questions", TUTORS),
    Row("GET", BANKED, BANK),
    Row("PATCH", BANKED, BANK, body={"tags": ["sums"]}),
    Row("POST", f"{BANKED}/versions", BANK | {"owner": 201}, body=ESSAY | {"points": 9}),
    Row("GET", f"{BANKED}/versions", BANK),
    Row(
        "POST",
        "/v1/question-imports",
        answers(201, **TUTORS_ONLY),
        body={"format": "gift", "text": "True? {T}", "dry_run": False},
    ),
    Row("GET", "/v1/question-exports", TUTORS, query="?format=csv"),
    Row(
        "POST",
        "/v1/assessments",
        answers(404, **taught(201), **TUTORS_ONLY),
        body={"study_session_id": "{study_session_id}", "title": "Test"},
    ),
    Row("GET", "/v1/assessments", answers(200)),
    Row("GET", ONE, answers(404, **seen(200))),
    Row("PATCH", ONE, TAUGHT, body={"title": "Exam"}),
    Row("DELETE", ONE, answers(404, **taught(204), **TUTORS_ONLY), instead=DRAFT),
    Row("GET", f"{ONE}/items", TAUGHT),
    Row("PUT", f"{ONE}/items", TAUGHT, body={"items": [{"tag": "sums"}]}, instead=DRAFT),
    Row("POST", f"{ONE}/publication", TAUGHT, instead=DRAFT),
    Row("POST", f"{ONE}/closing", TAUGHT),
    Row("GET", f"{ONE}/questions", TAUGHT),
    Row("GET", f"{ONE}/paper", TAUGHT, query="?seed=1"),
    Row("GET", "/v1/attempts/{attempt_id}/key", answers(404, **taught(200))),
]


async def values(made: World, of: dict[str, Any]) -> dict[str, str]:
    """Questions of all types in the owner's bank, an assessment that asks them, and a draft. The
    draft and the bank's row ask for an essay.
    """
    planted = [await made.post(made.tutor, "/v1/questions", one) for one in PLANTED]
    question = await made.post(made.tutor, "/v1/questions", ESSAY)
    found = {"question_id": question["id"]}
    for name, asked in (("assessment_id", planted), ("draft_assessment_id", [question])):
        body = {
            "study_session_id": of["id"], "title": "Test", "closes_at": "2999-01-01T00:00:00Z",
        }  # fmt: skip
        assessment = await made.post(made.tutor, "/v1/assessments", body)
        answer = await made.client.put(
            f"/v1/assessments/{assessment['id']}/items",
            json={"items": [{"question_id": one["id"]} for one in asked]},
            headers=made.tutor.headers,
        )
        assert answer.status_code == 200, answer.text
        found[name] = assessment["id"]
    path = f"/v1/assessments/{found['assessment_id']}/publication"
    await made.post(made.tutor, path, expect=200)
    return found
