"""Pictures over HTTP, drawn by the worker's jobs."""

import json
import re
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy import text

from libs.ids import new_id
from session_service import worker
from session_service.charts import jobs
from session_service.charts.schemas import ChartKind, DrawChart
from session_service.privacy import jobs as privacy
from session_service.privacy.schemas import EraseAccount
from tests.session_service.progress.school import DAY, Given, Item, School, open_school
from tests.stack import Stack, User

DRAW = DrawChart.type
FRESH = timedelta(minutes=15)
RELEASED: dict[str, Any] = {"handed": (-2 * DAY,), "state": "released"}


@pytest.fixture
async def school(stack: Stack) -> AsyncIterator[School]:
    async with open_school(stack, students=5) as made:
        yield made


async def rows(school: School, statement: str, **values: Any) -> list[Any]:
    """What the database holds."""
    async with school.world.parts.database.transaction() as session:
        return [tuple(row) for row in await session.execute(text(statement), values)]


async def run_jobs(school: School) -> list[str]:
    """Does the drawing that waits, as the worker does."""
    found = await rows(
        school,
        "UPDATE outbox SET closed_at = now() WHERE address = :kind AND closed_at IS NULL "
        "RETURNING body", kind=DRAW,
    )  # fmt: skip
    parts = worker.Resources(school.world.parts.database, school.world.parts.objects)
    for (body,) in found:
        job = DrawChart.model_validate(json.loads(body))
        await worker.WORKER.jobs[DrawChart](parts, job)
    return [DRAW] * len(found)


async def look(
    school: School, user: User, student: User | None = None, seen: str | None = None
) -> httpx.Response:
    """What somebody gets who asks for a picture: a student's, or the class's."""
    last = "class" if student is None else f"students/{student.id}"
    headers = user.headers | ({} if seen is None else {"If-None-Match": seen})
    return await school.world.client.get(school.path(f"charts/{last}"), headers=headers)


async def drawn(school: School, user: User, student: User | None = None) -> str:
    """A picture, once it is drawn."""
    assert (await look(school, user, student)).status_code == 202
    assert await run_jobs(school) == [DRAW]
    answer = await look(school, user, student)
    assert answer.status_code == 200
    return answer.text


def told(svg: str) -> str:
    """What the picture says of the last week in which there is anything."""
    found = re.search(r"<desc[^>]*>(.*?)</desc>", svg)
    assert found is not None
    weeks = [one for one in found[1].split("Week of ") if one and "nothing" not in one]
    return weeks[-1].partition(": ")[2].strip()


async def fill(school: School) -> None:
    """A task of ten points, due yesterday: the five have 9, 7, 5, 3 and nothing."""
    totals = ("9.00", "7.00", "5.00", "3.00")
    given = {at: Given(total=total, **RELEASED) for at, total in enumerate(totals)}
    await school.fill([(Item(), given)])


async def test_charts_are_drawn_by_a_job_and_served_with_a_tag(school: School) -> None:
    await fill(school)
    tutor = school.world.tutor
    waiting = await look(school, tutor)
    assert (waiting.status_code, waiting.text, waiting.headers["retry-after"]) == (202, "", "2")
    assert (await look(school, tutor)).status_code == 202
    assert await run_jobs(school) == [DRAW]
    answer = await look(school, tutor)
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("image/svg+xml")
    assert answer.headers["content-security-policy"] == (
        "default-src 'none'; style-src 'unsafe-inline'; sandbox"
    )
    assert answer.headers["cache-control"] == "private, no-cache"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "The class week by week: Maths for all</title>" in answer.text
    assert told(answer.text) == (
        "handed in or excused, of what was due 80 %, average of released marks 48 %."
    )
    tag = answer.headers["etag"]
    assert re.fullmatch(r'"[0-9a-f]{32}"', tag)
    same = await look(school, tutor, seen=tag)
    assert (same.status_code, same.content, same.headers["etag"]) == (304, b"", tag)
    assert (await look(school, tutor, seen='"other"')).status_code == 200


async def test_charts_follow_their_facts_after_a_while(school: School) -> None:
    """The same facts are not drawn again; others are."""
    await fill(school)
    tutor = school.world.tutor
    await drawn(school, tutor)
    [first] = await rows(school, "SELECT drawn_at, tag FROM charts")
    school.world.clock.move(FRESH - timedelta(seconds=1))
    await look(school, tutor)
    assert await run_jobs(school) == []
    school.world.clock.move(timedelta(seconds=1))
    await look(school, tutor)
    assert await run_jobs(school) == [DRAW]
    assert await rows(school, "SELECT drawn_at, tag FROM charts") == [first]
    await rows(school, "UPDATE marks SET total = 4 WHERE total = 9 RETURNING 1")
    school.world.clock.move(FRESH)
    old = await look(school, tutor)
    assert (old.status_code, old.headers["etag"]) == (200, f'"{first[1]}"')
    assert await run_jobs(school) == [DRAW]
    new = await look(school, tutor, seen=f'"{first[1]}"')
    assert new.status_code == 200
    assert told(new.text).endswith("average of released marks 38 %.")


async def test_charts_of_a_student_show_the_median_to_who_teaches_alone(school: School) -> None:
    await fill(school)
    student = school.students[0]
    own = "handed in or excused, of what was due 100 %, average of released marks 90 %"
    assert told(await drawn(school, student, student)) == own + "."
    shown = await drawn(school, school.world.tutor, student)
    assert told(shown) == own + ", median of the class 50 %."
    assert "median" not in (await look(school, student, student)).text.lower()
    kinds = await rows(school, "SELECT kind FROM charts ORDER BY kind")
    assert kinds == [(ChartKind.STUDENT,), (ChartKind.STUDENT_IN_CLASS,)]


async def test_charts_have_no_median_of_fewer_than_five(school: School) -> None:
    await school.fill(
        [(Item(cut_off=None), {at: Given(total="9.00", **RELEASED) for at in range(4)})]
    )
    shown = await drawn(school, school.world.tutor, school.students[0])
    assert "median" not in told(shown)


async def test_charts_are_seen_by_whom_progress_is_seen(school: School, stack: Stack) -> None:
    tutor, (one, other, *_) = school.world.tutor, school.students
    await drawn(school, tutor)
    await drawn(school, one, one)
    await drawn(school, tutor, one)
    for user, student, code in (
        (one, None, "study_session_not_found"),
        (other, one, "progress_not_found"),
        (stack.as_user("tutor"), None, "study_session_not_found"),
        (stack.as_user("tutor"), one, "progress_not_found"),
        (tutor, stack.as_user("student"), "progress_not_found"),
    ):
        answer = await look(school, user, student)
        assert (answer.status_code, answer.json()["code"]) == (404, code)
    assert await run_jobs(school) == []


async def test_charts_do_not_tell_of_marks_before_their_release(school: School) -> None:
    given = Given(handed=(-2 * DAY,), total="9.00", state="draft")
    await school.fill([(Item(), {0: given})])
    assert told(await drawn(school, school.students[0], school.students[0])) == (
        "handed in or excused, of what was due 100 %."
    )


async def test_charts_call_a_class_what_it_is_called(school: School) -> None:
    await rows(
        school, "UPDATE study_sessions SET name = '<script>alert(1)</script> & $x$' RETURNING 1"
    )
    shown = await drawn(school, school.world.tutor)
    assert "<script" not in shown
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; $x$</title>" in shown


async def test_charts_go_with_their_student(school: School) -> None:
    """One who has left by the next look, one who is erased."""
    left, erased = school.students[:2]
    await drawn(school, left, left)
    await drawn(school, erased, erased)
    leaving = "UPDATE memberships SET state = 'left' WHERE student_id = :id RETURNING 1"
    await rows(school, leaving, id=left.id)
    job = DrawChart(study_session_id=school.id, kind=ChartKind.STUDENT, subject_id=left.id)
    await jobs.draw(school.world.parts.database, job)
    assert await rows(school, "SELECT subject_id FROM charts") == [(UUID(str(erased.id)),)]
    gone = EraseAccount(erasure_id=new_id(), account_id=erased.id)
    await privacy.erase(school.world.parts.database, gone)
    assert await rows(school, "SELECT 1 FROM charts") == []


async def test_charts_that_nobody_wishes_are_not_drawn(school: School) -> None:
    job = DrawChart(study_session_id=school.id, kind=ChartKind.CLASS, subject_id=school.id)
    await jobs.draw(school.world.parts.database, job)
    assert await rows(school, "SELECT 1 FROM charts") == []
