"""Rights on marks and gradebooks."""

from typing import Any

from tests.access.session_rights import (
    CLASS,
    SEEN,
    TAUGHT,
    TUTORS_ONLY,
    answers,
    helped,
    of_one_student,
    taught,
)
from tests.access.table import Row
from tests.session_service.world import World

ITEM = "/v1/grade-items/{item_id}"
SUBMISSION = "/v1/submissions/{submission_id}"
STUDENT = ITEM + "/students/{student_id}"
ONE = answers(404, **of_one_student(200))
HELPED = answers(404, **helped(200), **TUTORS_ONLY)
OWN = answers(404, owner=200, **TUTORS_ONLY)
OWN_LIST = answers(200, **TUTORS_ONLY)
OWN_CREATED = answers(201, **TUTORS_ONLY)
RUBRIC = {"title": "Essay", "criteria": [{"key": "all", "title": "All", "maximum": 10}]}
CREATED = answers(404, **taught(201), **TUTORS_ONLY)

ROWS = [
    Row("POST", f"{SUBMISSION}/marks", CREATED, body={"points": 5, "reason": "misread"}),
    Row("GET", f"{SUBMISSION}/mark", ONE),
    Row("POST", f"{CLASS}/grade-items", CREATED, body={"title": "Oral exam"}),
    Row("GET", f"{CLASS}/grade-items", SEEN),
    Row("GET", ITEM, SEEN),
    Row("PATCH", ITEM, TAUGHT, body={"release": "by_hand"}),
    Row("DELETE", ITEM, answers(404, **taught(204), **TUTORS_ONLY)),
    Row("GET", "/v1/marks", answers(200)),
    Row("GET", "/v1/marks/{mark_id}", ONE),
    Row("GET", "/v1/marks/{mark_id}/changes", ONE),
    Row("PUT", f"{STUDENT}/mark", TAUGHT, body={"points": 5}),
    Row("PUT", f"{STUDENT}/excuse", TAUGHT, body={"excused": True}),
    Row("POST", f"{CLASS}/mark-releases", CREATED, body={"item_ids": ["{drafted_id}"]}),
    Row("GET", f"{CLASS}/mark-releases", HELPED),
    Row("POST", "/v1/mark-releases/{release_id}/undo", TAUGHT),
    Row("GET", "/v1/marks/{mark_id}/explanation", ONE),
    Row("GET", f"{CLASS}/gradebook/students/{{student_id}}/explanation", ONE),
    Row("POST", "/v1/rubrics", OWN_CREATED, body=RUBRIC),
    Row("GET", "/v1/rubrics", OWN_LIST),
    Row("GET", "/v1/rubrics/{rubric_id}", OWN),
    Row("PUT", "/v1/rubrics/{rubric_id}", OWN, body=RUBRIC),
    Row("PUT", f"{ITEM}/rubric", OWN, body={"rubric_id": "{rubric_id}"}),
    Row("GET", f"{ITEM}/rubric", SEEN, instead={"item_id": "drafted_id"}),
    Row(
        "PUT",
        f"{STUDENT}/rubric-mark",
        TAUGHT,
        body={"choices": [{"criterion": "all", "points": 5}]},
        instead={"item_id": "drafted_id"},
    ),
    Row("POST", "/v1/saved-comments", OWN_CREATED, body={"text": "Well done."}),
    Row("GET", "/v1/saved-comments", OWN_LIST),
    Row("PUT", "/v1/saved-comments/{comment_id}", OWN, body={"text": "Fine."}),
    Row("DELETE", "/v1/saved-comments/{comment_id}", answers(404, owner=204, **TUTORS_ONLY)),
    Row("GET", f"{CLASS}/gradebook", HELPED),
    Row("GET", f"{CLASS}/gradebook/students/{{student_id}}", ONE),
    Row("GET", f"{CLASS}/grade-categories", SEEN),
    Row("PUT", f"{CLASS}/grade-categories", TAUGHT, body={"categories": []}),
    Row("GET", f"{CLASS}/gradebook.csv", HELPED),
    Row("POST", f"{CLASS}/gradebook-imports", TAUGHT, raw="student code\n", query="?dry_run=true"),
]


async def values(made: World, of: dict[str, Any]) -> dict[str, str]:
    """A manual column in which nobody is marked, one with the member's draft, and one whose mark
    of the member's was released.
    """
    path = f"/v1/study-sessions/{of['id']}"
    items = [
        await made.post(made.tutor, f"{path}/grade-items", {"title": title})
        for title in ("Oral exam", "Draft", "Shown")
    ]
    student = str(made.student.id)
    for item in items[1:]:
        marking = f"/v1/grade-items/{item['id']}/students/{student}/mark"
        answer = await made.client.put(marking, json={"points": 4}, headers=made.tutor.headers)
        assert answer.status_code == 200, answer.text
    release = await made.post(made.tutor, f"{path}/mark-releases", {"item_ids": [items[2]["id"]]})
    rubric = await made.post(made.tutor, "/v1/rubrics", RUBRIC)
    answer_to = await made.client.put(
        f"/v1/grade-items/{items[1]['id']}/rubric",
        json={"rubric_id": rubric["id"]},
        headers=made.tutor.headers,
    )
    assert answer_to.status_code == 200, answer_to.text
    comment = await made.post(made.tutor, "/v1/saved-comments", {"text": "Good."})
    return {
        "rubric_id": rubric["id"],
        "comment_id": comment["id"],
        "item_id": items[0]["id"],
        "drafted_id": items[1]["id"],
        "mark_id": answer.json()["id"],
        "student_id": student,
        "release_id": release["id"],
    }
