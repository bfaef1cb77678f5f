"""Assessments from draft to closing (S14, S16, S19, S21)."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from session_service.assessments import jobs
from session_service.assessments.schemas import CloseDue
from tests.session_service.assessments.school import ESSAY, SINGLE, School
from tests.stack import Stack
from tests.statements import statements


async def test_s14_a_draft_is_published_and_closed(school: School) -> None:
    one, two = await school.question(), await school.question(**ESSAY, points="5.00")
    items = [{"question_id": one["id"], "negative": "0.5"}, {"question_id": two["id"]}]
    draft = await school.draft(*items)
    assert (draft["state"], draft["points"], draft["question_count"]) == ("draft", "7.00", 2)
    path = f"/v1/assessments/{draft['id']}"
    assert await school.refused(school.student, "GET", path) == (404, "assessment_not_found")
    assert (await school.world.get(school.student, "/v1/assessments"))["items"] == []
    now = school.world.clock.now()
    made = await school.publish(draft)
    assert made["state"] == "published"
    assert made["opens_at"] == made["published_at"]
    assert await school.publish(draft) == made
    seen = await school.world.get(school.student, path)
    assert seen == made
    assert (await school.world.get(school.student, "/v1/assessments"))["items"] == [made]
    school.world.clock.move(timedelta(minutes=1))
    closed = await school.world.post(school.tutor, f"{path}/closing", expect=200)
    assert closed["state"] == "closed"
    assert closed["closed_at"] > now.isoformat()
    assert await school.world.post(school.tutor, f"{path}/closing", expect=200) == closed
    types = [one for one in await school.world.published() if ".assessment." in one]
    assert types == ["studyzed.assessment.published", "studyzed.assessment.closed"]


async def test_s21_questions_are_frozen_when_it_is_published(school: School) -> None:
    one = await school.question()
    made = await school.published({"question_id": one["id"]})
    options = [{"id": "x", "text": "Yes"}, {"id": "y", "text": "No"}]
    content = {"type": "single", "prompt": "Changed?", "options": options}
    edit = {"content": content, "key": {"type": "single", "right": "x"}}
    await school.world.post(school.tutor, f"/v1/questions/{one['id']}/versions", edit)
    [asked] = await school.paper(made)
    assert asked["content"]["prompt"] == SINGLE["content"]["prompt"]
    path = f"/v1/assessments/{made['id']}/questions"
    [keyed] = (await school.world.get(school.tutor, path))["items"]
    assert (keyed["id"], keyed["key"]) == (asked["id"], one["key"])
    frozen = (409, "assessment_frozen")
    path = f"/v1/assessments/{made['id']}"
    assert await school.refused(school.tutor, "PUT", f"{path}/items", {"items": []}) == frozen
    assert await school.refused(school.tutor, "DELETE", path) == frozen
    for change in ({"attempt_limit": 3}, {"shuffle_options": False}, {"time_limit_minutes": 9}):
        assert await school.refused(school.tutor, "PATCH", path, change) == frozen


async def test_s21_draws_by_tag_never_give_a_question_twice(school: School) -> None:
    both = [await school.question(tags=["a", "b"]) for _ in range(2)]
    for tag in ("a", "b"):
        await school.question(tags=[tag])
    archived = await school.question(tags=["a"])
    path = f"/v1/questions/{archived['id']}"
    await school.send(school.tutor, "PATCH", path, {"archived": True})
    fixed = {"question_id": both[0]["id"]}
    made = await school.published(fixed, {"tag": "a", "points": 3}, {"tag": "b"})
    assert (made["points"], made["question_count"]) == ("6.00", 3)
    keyed = (await school.world.get(school.tutor, f"/v1/assessments/{made['id']}/questions"))[
        "items"
    ]
    bank = {one["id"]: one["question_id"] for one in keyed}
    assert len(bank) == len(set(bank.values())) == 4
    papers = [await school.paper(made, str(n)) for n in range(12)]
    drawn = {tuple(bank[one["id"]] for one in paper) for paper in papers}
    assert {len(set(one)) for one in drawn} == {3}
    assert {one[0] for one in drawn} == {both[0]["id"]}
    assert len(drawn) == 2
    assert await school.paper(made, "7") == papers[7]


async def test_s21_a_pool_that_is_too_small(school: School) -> None:
    await school.question(tags=["a"])
    draft = await school.draft({"tag": "a", "count": 2})
    path = f"/v1/assessments/{draft['id']}/publication"
    answer = await school.send(school.tutor, "POST", path)
    assert (answer.status_code, answer.json()["code"]) == (409, "pool_too_small")
    assert answer.json()["fields"][0]["pointer"] == "/items/0"
    empty = await school.draft()
    path = f"/v1/assessments/{empty['id']}/publication"
    assert await school.refused(school.tutor, "POST", path) == (409, "assessment_empty")


async def test_r8_only_one_s_own_questions_can_be_asked(school: School, stack: Stack) -> None:
    """A colleague keeps what the owner put there, and can ask for no more of the owner's bank."""
    colleague = stack.as_user("tutor")
    await school.world.role(school.made, colleague, "co_tutor")
    mine, other = await school.question(tags=["a", "b"]), await school.question(tags=["a"])
    theirs = await school.question(colleague)
    bank = str(school.tutor.id)
    draft = await school.draft({"question_id": mine["id"]}, {"tag": "a"})
    path = f"/v1/assessments/{draft['id']}/items"
    kept = [{"question_id": mine["id"]}, {"tag": "a", "bank_id": bank},
            {"question_id": theirs["id"]}]  # fmt: skip
    answer = await school.send(colleague, "PUT", path, {"items": kept})
    assert (answer.status_code, answer.json()["question_count"]) == (200, 3)
    for item in ({"question_id": other["id"]}, {"tag": "b", "bank_id": bank}):
        answer = await school.send(colleague, "PUT", path, {"items": [item]})
        assert answer.status_code == 422
        assert answer.json()["fields"][0]["code"] == "question_unknown"
    found = (await school.world.get(school.tutor, path))["items"]
    assert [one["bank_id"] for one in found] == [bank, bank, str(colleague.id)]


@pytest.mark.parametrize(
    ("items", "code"),
    [
        ([{"tag": "a", "count": 150}, {"tag": "b", "count": 51}], "too_many_questions"),
        ([{"tag": "a", "count": 11, "points": 1000}], "too_many_points"),
        ([{"question_id": "{one}"}, {"question_id": "{one}"}], "question_twice"),
    ],
)
async def test_s21_items_that_make_no_paper(
    school: School, items: list[dict[str, Any]], code: str
) -> None:
    draft, one = await school.draft(), await school.question()
    items = [item | ({"question_id": one["id"]} if "question_id" in item else {}) for item in items]
    path = f"/v1/assessments/{draft['id']}/items"
    answer = await school.send(school.tutor, "PUT", path, {"items": items})
    assert answer.status_code == 422
    assert answer.json()["fields"][0]["code"] == code


async def test_s14_a_window_in_the_class_s_zone(school: School) -> None:
    """18:30 in Kolkata is 13:00 UTC; the class's zone is Asia/Kolkata."""
    day = (school.world.clock.now() + timedelta(days=9)).date().isoformat()
    local = {"opens_local": f"{day}T18:30", "closes_local": f"{day}T20:00", "closes_at": None}
    draft = await school.draft(**local)
    assert (draft["opens_at"], draft["closes_at"]) == (f"{day}T13:00:00Z", f"{day}T14:30:00Z")
    path = f"/v1/assessments/{draft['id']}"
    change = {"closes_local": f"{day}T18:30"}
    assert await school.refused(school.tutor, "PATCH", path, change) == (422, "invalid")
    both = {"closes_local": f"{day}T21:30", "closes_at": f"{day}T16:00:00Z"}
    assert await school.refused(school.tutor, "PATCH", path, both) == (422, "invalid")
    answer = await school.send(school.tutor, "PATCH", path, {"closes_local": f"{day}T21:30"})
    assert answer.json()["closes_at"] == f"{day}T16:00:00Z"


async def test_s14_what_can_change_once_it_is_published(school: School) -> None:
    one = await school.question()
    made = await school.published({"question_id": one["id"]}, attempt_limit=None)
    path = f"/v1/assessments/{made['id']}"
    later = (school.world.clock.now() + timedelta(days=1)).isoformat()
    change = {"title": "New", "closes_at": later, "key_release": "after_close"}
    answer = await school.send(school.tutor, "PATCH", path, change, **{"If-Match": '"3"'})
    assert answer.status_code == 200, answer.text
    assert (answer.json()["title"], answer.json()["key_release"]) == ("New", "after_close")
    stale = await school.refused(school.tutor, "PATCH", path, change, **{"If-Match": '"3"'})
    assert stale == (412, "stale")
    past = {"closes_at": school.world.clock.now().isoformat()}
    assert await school.refused(school.tutor, "PATCH", path, past) == (422, "invalid")
    await school.world.post(school.tutor, f"{path}/closing", expect=200)
    again = await school.send(school.tutor, "PATCH", path, {"closes_at": later})
    assert (again.json()["state"], again.json()["closed_at"]) == ("published", None)
    types = [one for one in await school.world.published() if ".assessment." in one]
    assert types[1:] == [
        f"studyzed.assessment.{what}" for what in ("rescheduled", "closed", "rescheduled")
    ]


async def test_s14_a_draft_without_an_end_is_not_published(school: School) -> None:
    one = await school.question()
    draft = await school.draft({"question_id": one["id"]}, closes_at=None)
    path = f"/v1/assessments/{draft['id']}"
    assert await school.refused(school.tutor, "POST", f"{path}/publication") == (422, "invalid")
    assert await school.refused(school.tutor, "POST", f"{path}/closing") == (
        409, "assessment_is_draft",
    )  # fmt: skip
    answer = await school.send(school.tutor, "DELETE", path)
    assert answer.status_code == 204
    assert await school.refused(school.tutor, "GET", path) == (404, "assessment_not_found")


async def test_lists_take_one_statement_however_long(school: School) -> None:
    one = await school.question()
    for _ in range(3):
        made = await school.published({"question_id": one["id"]})
    for path, count, length in (
        ("/v1/assessments?state=published", 1, 3),
        (f"/v1/assessments?study_session_id={school.made['id']}", 1, 3),
        (f"/v1/assessments/{made['id']}/questions", 2, 1),
    ):
        with statements() as seen:
            page = await school.world.get(school.tutor, path)
        assert (path, len(page["items"]), len(seen)) == (path, length, count)


async def test_s14_the_gradebook_has_a_column_for_it_that_follows(school: School) -> None:
    one = await school.question()
    made = await school.published({"question_id": one["id"]}, category="Exams")
    path, item = f"/v1/assessments/{made['id']}", f"/v1/grade-items/{made['id']}"
    column = await school.world.get(school.tutor, item)
    assert {name: column[name] for name in ("kind", "title", "points", "category", "release")} == {
        "kind": "assessment", "title": "Test", "points": "2.00", "category": "Exams",
        "release": "by_hand",
    }  # fmt: skip
    assert column["due_at"] == made["closes_at"]
    later = (school.world.clock.now() + timedelta(days=1)).isoformat()
    await school.send(school.tutor, "PATCH", path, {"title": "Exam", "closes_at": later})
    column = await school.world.get(school.tutor, item)
    assert (column["title"], column["due_at"][:19]) == ("Exam", later[:19])
    await school.send(school.tutor, "PATCH", item, {"release": "at_once"})
    assert (await school.world.get(school.student, path))["release"] == "at_once"
    closed = await school.world.post(school.tutor, f"{path}/closing", expect=200)
    column = await school.world.get(school.tutor, item)
    assert column["due_at"] == closed["closed_at"]


async def test_s14_the_sweep_closes_what_is_due_once(school: School) -> None:
    one = await school.question()
    due = await school.published({"question_id": one["id"]})
    later = (school.world.clock.now() + timedelta(days=1)).isoformat()
    other = await school.published({"question_id": one["id"]}, closes_at=later)
    database = school.world.parts.database
    await jobs.close_due(database, CloseDue())
    school.world.clock.move(timedelta(hours=2))
    for _ in range(2):
        await jobs.close_due(database, CloseDue())
    states = [
        await school.world.get(school.student, f"/v1/assessments/{made['id']}")
        for made in (due, other)
    ]
    assert [one["state"] for one in states] == ["closed", "published"]
    assert states[0]["closed_at"] == due["closes_at"]
    types = await school.world.published()
    assert types.count("studyzed.assessment.closed") == 1


async def test_s21_published_five_times_at_once_it_is_published_once(school: School) -> None:
    await school.question(tags=["a"])
    draft = await school.draft({"tag": "a"})
    path = f"/v1/assessments/{draft['id']}/publication"
    answers = await asyncio.gather(*(school.send(school.tutor, "POST", path) for _ in range(5)))
    assert [answer.status_code for answer in answers] == [200] * 5
    assert len({answer.text for answer in answers}) == 1
    types = await school.world.published()
    assert types.count("studyzed.assessment.published") == 1
    page = await school.world.get(school.tutor, f"/v1/assessments/{draft['id']}/questions")
    assert len(page["items"]) == 1
