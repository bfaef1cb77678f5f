"""Single lessons over HTTP: seeing them, changing one, and what overlaps."""

from typing import Any

import pytest
from sqlalchemy import update

from libs.ids import new_id
from session_service.class_roles.models import ClassRole
from session_service.memberships.models import Membership
from session_service.study_sessions.models import StudySession
from tests.session_service.schedule import NOW, Class
from tests.stack import Stack, User


async def give(made: Class, user: User, role: str, of: str | None = None) -> None:
    """Puts somebody into a role of the class."""
    row = ClassRole(
        id=new_id(), study_session_id=of or made.id, account_id=user.id, user_code=user.code,
        role=role, student_id=made.world.student.id if role == "observer" else None,
        state="active", invited_at=NOW, accepted_at=NOW, revision=1,
    )  # fmt: skip
    async with made.world.parts.database.transaction() as session:
        session.add(row)


async def test_s_a3_moving_one_keeps_its_identity(made: Class) -> None:
    await made.weekly()
    before = await made.lessons()
    second = before[1]
    changed = await made.patch(
        f"/v1/lessons/{second['id']}", {"local_start": "2026-10-28T18:00", "minutes": 90}
    )
    expected = second | {
        "local_start": "2026-10-28T18:00:00",
        "starts_at": "2026-10-28T17:00:00Z",
        "ends_at": "2026-10-28T18:30:00Z",
        "moved": True,
        "sequence": 1,
    }
    assert changed == {"lesson": expected, "conflicts": []}
    after = await made.lessons()
    assert after == [before[0], expected, *before[2:]]
    [told] = await made.events("studyzed.lesson.moved")
    assert (told["lesson_id"], told["revision"]) == (second["id"], 2)
    assert (told["old_starts_at"], told["starts_at"]) == (
        "2026-10-26T16:00:00Z", "2026-10-28T17:00:00Z"
    )  # fmt: skip
    back = {"local_start": "2026-10-26T17:00", "minutes": 60}
    await made.patch(f"/v1/lessons/{second['id']}", back)
    assert (await made.lessons())[1] == second | {"sequence": 2}


async def test_s26_one_is_cancelled_and_restored(made: Class) -> None:
    await made.weekly()
    [first, *others] = await made.lessons()
    path = f"/v1/lessons/{first['id']}/cancellation"
    gone = await made.world.post(made.world.tutor, path, expect=200)
    assert gone == first | {"state": "cancelled", "sequence": 1}
    assert await made.lessons() == [gone, *others]
    again = await made.world.post(made.world.tutor, path, expect=409)
    assert again["code"] == "lesson_not_scheduled"
    refused = await made.patch(f"/v1/lessons/{first['id']}", {"title": "No"}, 409)
    assert refused["code"] == "lesson_not_scheduled"
    answer = await made.world.client.delete(path, headers=made.world.tutor.headers)
    assert answer.json() == first | {"sequence": 2}
    answer = await made.world.client.delete(path, headers=made.world.tutor.headers)
    assert answer.json()["code"] == "lesson_not_cancelled"
    kinds = [kind for kind in await made.world.published() if "lesson." in kind]
    assert kinds == ["studyzed.lesson.cancelled", "studyzed.lesson.scheduled"]


async def test_s26_words_of_one_change_and_nobody_is_told(made: Class) -> None:
    await made.weekly()
    first = (await made.lessons())[0]
    changed = await made.patch(f"/v1/lessons/{first['id']}", {"title": "Revision"})
    assert changed["lesson"] == first | {"title": "Revision", "sequence": 1}
    same = await made.patch(f"/v1/lessons/{first['id']}", {"title": "Revision"})
    assert same["lesson"]["sequence"] == 1
    assert not [kind for kind in await made.world.published() if "lesson." in kind]


async def test_s26_a_lesson_is_not_moved_into_the_past(made: Class) -> None:
    await made.weekly()
    first = (await made.lessons())[0]
    body = {"local_start": "2026-10-01T10:59"}
    refused = await made.patch(f"/v1/lessons/{first['id']}", body, 422)
    assert refused["fields"][0]["code"] == "start_in_the_past"
    assert (await made.lessons())[0] == first


@pytest.mark.parametrize("state", ["suspended", "ended"])
async def test_s26_a_class_that_is_not_open_moves_nothing(made: Class, state: str) -> None:
    await made.weekly()
    first, second, *_ = await made.lessons()
    async with made.world.parts.database.transaction() as session:
        await session.execute(update(StudySession).values(state=state))
    code = "class_suspended" if state == "suspended" else "study_session_not_open"
    for path in (
        f"/v1/lessons/{first['id']}", f"/v1/lessons/{first['id']}/following",
        f"/v1/lesson-series/{first['series_id']}",
    ):  # fmt: skip
        assert (await made.patch(path, {"title": "No"}, 409))["code"] == code
    path = f"/v1/lessons/{second['id']}/cancellation"
    await made.world.post(made.world.tutor, path, expect=200)


async def test_u_a6_everybody_in_a_class_sees_its_lessons(made: Class, stack: Stack) -> None:
    await made.weekly()
    lessons = await made.lessons()
    seeing = [made.world.student, made.other]
    for role in ("co_tutor", "assistant", "observer"):
        user = stack.as_user("tutor")
        await give(made, user, role)
        seeing.append(user)
    for user in seeing:
        assert await made.lessons(user) == lessons
    for stranger in (stack.as_user("student"), stack.as_user("tutor"), made.world.admin):
        assert await made.lessons(stranger) == []
    async with made.world.parts.database.transaction() as session:
        await session.execute(update(Membership).values(state="left"))
    for user in (made.world.student, made.other, seeing[-1]):
        assert await made.lessons(user) == []


@pytest.mark.parametrize(("role", "status"), [("co_tutor", 200), ("assistant", 404)])
async def test_u_a6_a_co_tutor_changes_lessons_and_others_hear_of_it(
    made: Class, stack: Stack, role: str, status: int
) -> None:
    await made.weekly()
    helper, observer = stack.as_user("tutor"), stack.as_user("tutor")
    await give(made, helper, role)
    await give(made, observer, "observer")
    first = (await made.lessons())[0]
    answer = await made.world.client.patch(
        f"/v1/lessons/{first['id']}", json={"minutes": 45}, headers=helper.headers
    )
    assert answer.status_code == status
    told = [one["told_ids"] for one in await made.events("studyzed.lesson.moved")]
    expected = sorted(str(one.id) for one in (made.world.tutor, observer))
    assert told == ([expected] if status == 200 else [])


async def test_s26_a_range_shows_what_overlaps_it_page_by_page(made: Class) -> None:
    await made.weekly(rule="FREQ=DAILY;COUNT=5")
    await made.weekly("2026-10-19T17:30", rule=None)
    lessons = await made.lessons()
    found = await made.lessons(start="2026-10-19T15:59:59Z", end="2026-10-21T15:00:00Z")
    assert found == lessons[:3]
    path = "/v1/lessons?limit=2&from=2026-10-01T00:00:00Z"
    first = await made.world.get(made.world.tutor, path)
    second = await made.world.get(made.world.tutor, f"{path}&cursor={first['next_cursor']}")
    third = await made.world.get(made.world.tutor, f"{path}&cursor={second['next_cursor']}")
    assert first["items"] + second["items"] + third["items"] == lessons
    assert third["next_cursor"] is None
    assert await made.lessons(start="9999-12-31T00:00:00Z", end="9999-12-31T12:00:00Z") == []
    other = await made.world.study_session()
    assert await made.lessons(study_session_id=other["id"]) == []
    assert await made.lessons(study_session_id=made.id) == lessons


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("to=2020-01-01T00:00:00Z", "invalid"),
        ("from=2026-01-01T00:00:00Z&to=2028-01-01T00:00:00Z", "invalid"),
        ("from=yesterday", "invalid"),
        ("cursor=AAAA", "bad_cursor"),
        ("cursor=fffffffffffffffffffffffffffffffff", "bad_cursor"),
        ("cursor=f" + "_" * 31, "bad_cursor"),
    ],
)
async def test_s26_a_bad_range_or_cursor_is_refused(made: Class, query: str, code: str) -> None:
    status = 400 if code == "bad_cursor" else 422
    refused = await made.world.get(made.world.tutor, f"/v1/lessons?{query}", status)
    assert refused["code"] == code


async def overlapping(made: Class, stack: Stack) -> dict[str, Any]:
    """Another class of the tutor's with one of the students, and one of another tutor's with both,
    all on Monday at five; and others that do not count.
    """
    own = await made.world.study_session()
    await made.world.member(own)
    foreign = await made.world.study_session()
    for student in (made.world.student, made.other):
        await made.world.member(foreign, student)
    answers = [
        await made.world.series(own, "2026-10-19T17:30", rule="FREQ=WEEKLY;COUNT=2"),
        await made.world.series(foreign, "2026-10-19T16:30", rule="FREQ=WEEKLY;COUNT=2"),
        await made.world.series(own, "2026-10-19T18:00", rule=None),  # just after
        await made.world.series(own, "2026-10-19T16:00", rule=None),  # just before
    ]
    off = await made.world.series(own, "2026-10-19T17:00", rule=None)
    path = f"/v1/lessons/{off['lesson_ids'][0]}/cancellation"
    await made.world.post(made.world.tutor, path, expect=200)
    async with made.world.parts.database.transaction() as session:
        stranger = stack.as_user("tutor")
        await session.execute(
            update(StudySession)
            .where(StudySession.id == foreign["id"])
            .values(tutor_id=stranger.id)
        )
    return {"own": answers[0]["lesson_ids"], "foreign": foreign, "stranger": stranger}


async def test_s26_overlaps_are_shown_without_what_is_foreign(made: Class, stack: Stack) -> None:
    others = await overlapping(made, stack)
    answer = await made.weekly(rule="FREQ=WEEKLY;COUNT=3")
    first, second, _ = answer["lesson_ids"]
    expected = [
        {
            "id": one, "starts_at": f"2026-10-{day}:00:00Z", "ends_at": f"2026-10-{end}:00:00Z",
            "lesson_ids": [own], "teacher_lessons": 1, "students": 2,
        }
        for one, day, end, own in (
            (first, "19T15", "19T16", others["own"][0]),
            (second, "26T16", "26T17", others["own"][1]),
        )
    ]  # fmt: skip
    assert answer["conflicts"] == expected
    path = f"/v1/lessons/conflicts?study_session_id={made.id}&from=2026-10-01T00:00:00Z"
    page = await made.world.get(made.world.tutor, path)
    assert page == {"items": expected, "next_cursor": None}
    page = await made.world.get(made.world.tutor, f"{path}&limit=1")
    assert page["items"] == expected[:1]
    page = await made.world.get(made.world.tutor, f"{path}&limit=1&cursor={page['next_cursor']}")
    assert page == {"items": expected[1:], "next_cursor": None}


async def test_s26_overlaps_are_refused_if_asked_for(made: Class, stack: Stack) -> None:
    await overlapping(made, stack)
    refused = await made.weekly(refuse_conflicts=True, expect=409)
    assert refused["code"] == "lessons_overlap"
    assert await made.lessons(study_session_id=made.id) == []
    free = await made.weekly("2026-10-19T20:00", refuse_conflicts=True)
    move = {"local_start": "2026-10-19T17:00", "refuse_conflicts": True}
    for path in (
        f"/v1/lessons/{free['lesson_ids'][0]}",
        f"/v1/lessons/{free['lesson_ids'][0]}/following",
        f"/v1/lesson-series/{free['series']['id']}",
    ):
        assert (await made.patch(path, move, 409))["code"] == "lessons_overlap"
    found = await made.lessons(study_session_id=made.id)
    assert {one["sequence"] for one in found} == {0}


async def test_s26_a_co_tutor_s_other_classes_count(made: Class, stack: Stack) -> None:
    others = await overlapping(made, stack)
    await give(made, others["stranger"], "co_tutor")
    answer = await made.weekly(rule=None)
    [found] = answer["conflicts"]
    assert (found["lesson_ids"], found["teacher_lessons"]) == (others["own"][:1], 2)
