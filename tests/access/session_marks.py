"""Rights on marks and gradebooks."""

from typing import Any

from tests.access.session_rights import (
    CLASS,
    SEEN,
    TAUGHT,
    TUTORS_ONLY,
    answers,
    of_one_student,
    taught,
)
from tests.access.table import Row
from tests.session_service.world import World

ITEM = "/v1/grade-items/{item_id}"
SUBMISSION = "/v1/submissions/{submission_id}"
CREATED = answers(404, **taught(201), **TUTORS_ONLY)

ROWS = [
    Row("POST", f"{SUBMISSION}/marks", CREATED, body={"points": 5}),
    Row("GET", f"{SUBMISSION}/mark", answers(404, **of_one_student(200))),
    Row("POST", f"{CLASS}/grade-items", CREATED, body={"title": "Oral exam"}),
    Row("GET", f"{CLASS}/grade-items", answers(200)),
    Row("GET", ITEM, SEEN),
    Row("PATCH", ITEM, TAUGHT, body={"release": "by_hand"}),
    Row("DELETE", ITEM, answers(404, **taught(204), **TUTORS_ONLY)),
]


async def values(made: World, of: dict[str, Any]) -> dict[str, str]:
    """A manual column in which nobody is marked."""
    path = f"/v1/study-sessions/{of['id']}/grade-items"
    item = await made.post(made.tutor, path, {"title": "Oral exam"})
    return {"item_id": item["id"]}
