"""What bounds attempts and their answers: a ceiling where there is no limit, and files of one's own
(S-A11, S14).
"""

import asyncio
from typing import Any
from uuid import UUID

import pytest

from libs.ids import new_id
from session_service.assessments import freezing
from session_service.attempts import service
from session_service.work_files.models import WorkFile
from tests.session_service.attempts.hall import Hall
from tests.stack import Stack

FILE: dict[str, Any] = {
    "content": {"type": "file", "prompt": "Your drawing?"},
    "key": {"type": "file", "guidance": ""},
}


async def test_s_a11_without_a_limit_there_is_a_ceiling(
    hall: Hall, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "MOST_ATTEMPTS", 3)
    test = await hall.test(attempt_limit=None)
    for _ in range(2):
        await hall.submit(await hall.start(test))
    path = f"/v1/assessments/{test['id']}/attempts"
    starts = await asyncio.gather(*(hall.send(hall.student, "POST", path) for _ in range(4)))
    assert {answer.status_code for answer in starts} <= {200, 201}
    assert len({answer.json()["id"] for answer in starts}) == 1
    await hall.submit(starts[0].json())
    assert await hall.refused(hall.student, "POST", path) == (409, "no_attempt_left")
    assert await hall.rows("SELECT count(*) FROM attempts") == [(3,)]


async def file_of(hall: Hall, owner: UUID, state: str = "ready", elsewhere: bool = False) -> str:
    """A file that somebody has uploaded to the class, or to another one."""
    made = await hall.world.study_session() if elsewhere else hall.made
    file = WorkFile(
        id=new_id(), task_id=None, study_session_id=UUID(made["id"]), student_id=owner,
        state=state, file_name="a.pdf", content_type="application/pdf", size=1, uploaded_by=owner,
        asked_at=hall.world.clock.now(),
    )  # fmt: skip
    async with hall.world.parts.database.transaction() as session:
        session.add(file)
    return str(file.id)


async def test_s14_files_as_answers_are_one_s_own(hall: Hall, stack: Stack) -> None:
    own, other = hall.student.id, stack.as_user("student").id
    asked = await hall.question(**FILE)
    test = await hall.published({"question_id": asked["id"]}, allowance_seconds=0)
    attempt = await hall.start(test)
    question = attempt["questions"][0]["id"]
    good = await file_of(hall, own)
    path = f"/v1/attempts/{attempt['id']}/answers/{question}"
    bad = [
        [await file_of(hall, other)],
        [await file_of(hall, own, "pending")],
        [await file_of(hall, own, elsewhere=True)],
        [good, good],
        [good, str(new_id())],
    ]
    for ids in bad:
        answer = {"type": "file", "file_ids": ids}
        body: dict[str, Any] = {"revision": 1, "answer": answer}
        refused = await hall.send(hall.student, "PUT", path, body)
        found = refused.json()["fields"][0]
        assert (refused.status_code, found["code"]) == (422, "files_not_ready")
        assert found["pointer"] == "/answer/file_ids"
        final = {"answers": [{"question_id": question, **body}]}
        refused = await hall.send(
            hall.student, "POST", f"/v1/attempts/{attempt['id']}/submission", final
        )
        found = refused.json()["fields"][0]
        assert (refused.status_code, found["pointer"]) == (422, "/answers/0/answer/file_ids")
    assert await hall.rows("SELECT count(*) FROM attempt_answers") == [(0,)]
    body = {"revision": 1, "answer": {"type": "file", "file_ids": [good]}}
    assert (await hall.send(hall.student, "PUT", path, body)).status_code == 200


async def test_s19_a_pool_that_is_too_large_is_not_frozen(
    hall: Hall, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(freezing, "MOST_POOLED", 2)
    for _ in range(3):
        await hall.question(tags=["many"])
    draft = await hall.draft({"tag": "many"})
    path = f"/v1/assessments/{draft['id']}/publication"
    assert await hall.refused(hall.tutor, "POST", path) == (409, "pool_too_large")
    assert await hall.rows("SELECT count(*) FROM assessment_questions") == [(0,)]


@pytest.mark.parametrize(("floor", "mean"), [(True, "1.00"), (False, "0.75")])
async def test_s_a8_the_floor_counts_for_each_attempt_and_a_mark_is_never_below_0(
    hall: Hall, floor: bool, mean: str
) -> None:
    """Attempts of -0.50 and 2.00 points, and then one of -0.50 alone."""
    test = await hall.test("single", floor_at_zero=floor, counting="average", attempt_limit=2)
    for word in ("Five", "Four"):
        attempt = await hall.start(test)
        await hall.save(attempt, 0, word)
        await hall.submit(attempt)
    await hall.sweep()
    assert await hall.total(test) == ("draft", mean)
    once = await hall.test("single", floor_at_zero=floor)
    attempt = await hall.start(once)
    await hall.save(attempt, 0, "Five")
    await hall.submit(attempt)
    await hall.sweep()
    assert await hall.total(once) == ("draft", "0.00")
