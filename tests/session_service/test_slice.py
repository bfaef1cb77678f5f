"""The slice's way through session_service, and each refusal on it."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from libs.events.user import AccountRegistered, ProfileChanged
from libs.ids import new_id
from session_service.join_codes.models import normalise
from session_service.study_sessions.service import draw_code
from tests.session_service.world import World, open_world
from tests.stack import Stack


@pytest.fixture
async def world(stack: Stack) -> AsyncIterator[World]:
    async with open_world(stack) as made:
        yield made


async def test_story(world: World) -> None:
    made = await world.study_session()
    membership = await world.member(made)
    task = await world.task(made)
    assert (await world.get(world.student, "/v1/tasks"))["items"] == [task]
    work = await world.post(
        world.student, f"/v1/tasks/{task['id']}/submissions", {"body": "three quarters"}
    )
    assert (work["number"], work["student_id"]) == (1, str(world.student.id))
    mark = await world.post(
        world.tutor, f"/v1/submissions/{work['id']}/marks", {"points": "8.25", "comment": "good"}
    )
    assert await world.get(world.student, f"/v1/submissions/{work['id']}/mark") == mark
    assert (mark["points"], mark["number"]) == ("8.25", 1)
    assert membership["state"] == "approved"
    assert await world.published() == [
        "studyzed.study_session.created",
        "studyzed.study_session.approved",
        "studyzed.study_session.activated",
        "studyzed.membership.requested",
        "studyzed.membership.approved",
        "studyzed.task.assigned",
        "studyzed.submission.received",
        "studyzed.mark.released",
    ]


@pytest.mark.parametrize("first", ["paid", "approved"])
async def test_p_a9_paid_and_approved_in_either_order(world: World, first: str) -> None:
    made = await world.study_session(paid=first == "paid", approved=first == "approved")
    seen = await world.get(world.tutor, f"/v1/study-sessions/{made['id']}")
    assert seen["state"] == "pending"
    if first == "paid":
        path = f"/v1/study-sessions/{made['id']}/approval"
        await world.post(world.admin, path, expect=200)
    else:
        await world.handle(world.paid(UUID(made["id"])))
    seen = await world.get(world.tutor, f"/v1/study-sessions/{made['id']}")
    assert seen["state"] == "active"
    assert (await world.published()).count("studyzed.study_session.activated") == 1


async def test_p_a9_activated_once_when_both_race(world: World) -> None:
    made = await world.study_session(paid=False, approved=False)
    path = f"/v1/study-sessions/{made['id']}/approval"
    payments = [world.handle(world.paid(UUID(made["id"]))) for _ in range(5)]
    approvals = [world.client.post(path, headers=world.admin.headers) for _ in range(5)]
    answers = (await asyncio.gather(*payments, *approvals))[5:]
    assert sorted(a.status_code for a in answers if a) == [200, 409, 409, 409, 409]
    events = await world.published()
    assert events.count("studyzed.study_session.activated") == 1
    assert events.count("studyzed.study_session.approved") == 1


async def test_r14_unpaid_class_is_not_open(world: World) -> None:
    made = await world.study_session(paid=False)
    answer = await world.post(
        world.student, "/v1/memberships", {"join_code": made["session_code"]}, expect=409
    )
    assert answer["code"] == "study_session_not_open"
    assert "studyzed.membership.requested" not in await world.published()


async def test_s_a1_code_in_any_case_and_without_dash(world: World) -> None:
    made = await world.study_session()
    code = made["session_code"].lower().replace("-", "")
    first = await world.post(world.student, "/v1/memberships", {"join_code": code})
    second = await world.post(world.student, "/v1/memberships", {"join_code": f" {code} "})
    assert first == second
    assert (await world.published()).count("studyzed.membership.requested") == 1


async def test_s_a1_parallel_joins_make_one_membership(world: World) -> None:
    made = await world.study_session()
    body = {"join_code": made["session_code"]}
    answers = await asyncio.gather(
        *(
            world.client.post("/v1/memberships", json=body, headers=world.student.headers)
            for _ in range(10)
        )
    )
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert (await world.published()).count("studyzed.membership.requested") == 1


async def test_s_a1_guessing_codes_is_throttled(world: World) -> None:
    for _ in range(10):
        answer = await world.post(
            world.student, "/v1/memberships", {"join_code": "WRONG-000000"}, expect=404
        )
        assert answer["code"] == "join_code_unknown"
    answer = await world.post(
        world.student, "/v1/memberships", {"join_code": "WRONG-000000"}, expect=429
    )
    assert answer["code"] == "too_many_requests"


async def test_r8_foreign_tutor_cannot_approve_a_membership(world: World, stack: Stack) -> None:
    made = await world.study_session()
    asked = await world.post(world.student, "/v1/memberships", {"join_code": made["session_code"]})
    other = stack.as_user("tutor")
    answer = await world.post(other, f"/v1/memberships/{asked['id']}/approval", expect=404)
    assert answer["code"] == "membership_not_found"
    assert (await world.get(world.student, "/v1/memberships"))["items"][0]["state"] == "pending"


async def test_pending_member_sees_no_task(world: World) -> None:
    made = await world.study_session()
    await world.post(world.student, "/v1/memberships", {"join_code": made["session_code"]})
    task = await world.task(made)
    assert (await world.get(world.student, "/v1/tasks"))["items"] == []
    await world.get(world.student, f"/v1/tasks/{task['id']}", expect=404)
    answer = await world.post(
        world.student, f"/v1/tasks/{task['id']}/submissions", {"body": "x"}, expect=404
    )
    assert answer["code"] == "task_not_found"


async def test_s_a4_submission_at_the_end_of_the_grace_and_after(world: World) -> None:
    made = await world.study_session()
    await world.member(made)
    task = await world.task(made)
    path = f"/v1/tasks/{task['id']}/submissions"
    world.clock.move(timedelta(days=1, minutes=10))  # ten minutes of grace
    await world.post(world.student, path, {"body": "just in time"})
    world.clock.move(timedelta(microseconds=1))
    late = await world.post(world.student, path, {"body": "too late"}, expect=409)
    assert late["code"] == "task_closed"
    assert len((await world.get(world.tutor, path))["items"]) == 1


async def test_s_a5_parallel_versions_get_numbers_of_their_own(world: World) -> None:
    made = await world.study_session()
    await world.member(made)
    task = await world.task(made)
    path = f"/v1/tasks/{task['id']}/submissions"
    await asyncio.gather(
        *(world.post(world.student, path, {"body": f"version {i}"}) for i in range(12))
    )
    items = (await world.get(world.tutor, path))["items"]
    assert sorted(item["number"] for item in items) == list(range(1, 13))


async def test_other_students_work_is_not_shown(world: World, stack: Stack) -> None:
    made = await world.study_session()
    other = stack.as_user("student")
    await world.member(made)
    await world.member(made, other)
    task = await world.task(made)
    path = f"/v1/tasks/{task['id']}/submissions"
    mine = await world.post(world.student, path, {"body": "mine"})
    await world.post(world.tutor, f"/v1/submissions/{mine['id']}/marks", {"points": 5})
    assert (await world.get(other, path))["items"] == []
    await world.get(other, f"/v1/submissions/{mine['id']}", expect=404)
    await world.get(other, f"/v1/submissions/{mine['id']}/mark", expect=404)


async def test_r3_marking_again_replaces_and_keeps_history(world: World) -> None:
    made = await world.study_session()
    await world.member(made)
    task = await world.task(made)
    work = await world.post(world.student, f"/v1/tasks/{task['id']}/submissions", {"body": "x"})
    path = f"/v1/submissions/{work['id']}/marks"
    bodies = [{"points": n, "reason": "again"} for n in range(5)]
    await asyncio.gather(*(world.post(world.tutor, path, body) for body in bodies))
    async with world.parts.database.transaction() as session:
        trail = text("SELECT number, from_total, to_total FROM mark_changes ORDER BY number")
        rows = list(await session.execute(trail))
    assert [row.number for row in rows] == [1, 2, 3, 4, 5]
    assert sorted(int(row.to_total) for row in rows) == [0, 1, 2, 3, 4]
    assert [row.from_total for row in rows] == [None, *(row.to_total for row in rows[:-1])]
    shown = await world.get(world.student, f"/v1/submissions/{work['id']}/mark")
    assert (shown["number"], shown["points"]) == (5, str(rows[-1].to_total))


@pytest.mark.parametrize("points", ["10.01", "-1", "1.005", "NaN", "many", 1e9])
async def test_bad_points_are_refused(world: World, points: object) -> None:
    made = await world.study_session()
    await world.member(made)
    task = await world.task(made)
    work = await world.post(world.student, f"/v1/tasks/{task['id']}/submissions", {"body": "x"})
    body = {"points": points}
    answer = await world.post(world.tutor, f"/v1/submissions/{work['id']}/marks", body, expect=422)
    assert answer["fields"][0]["pointer"] == "/points"
    await world.get(world.tutor, f"/v1/submissions/{work['id']}/mark", expect=404)


async def test_names_arrive_by_event_and_old_news_is_ignored(world: World) -> None:
    made = await world.study_session()
    await world.member(made)
    path = f"/v1/study-sessions/{made['id']}/memberships"
    assert (await world.get(world.tutor, path))["items"][0]["student_name"] is None
    for name, revision in (("Meera", 2), ("Old Name", 1)):
        await world.handle(
            AccountRegistered(
                account_id=world.student.id, user_code=world.student.code, role="student",
                name=name, email="m@example.org", locale="en", zone="UTC", revision=revision,
            )
        )  # fmt: skip
    assert (await world.get(world.tutor, path))["items"][0]["student_name"] == "Meera"


async def test_u10_a_changed_name_counts_by_its_revision(world: World) -> None:
    await world.study_session()
    made = await world.study_session()
    await world.member(made)
    path = f"/v1/study-sessions/{made['id']}/memberships"
    for name, revision in (("Meera", 3), ("Old Name", 2), ("Meera Nair", 4)):
        event = ProfileChanged(
            account_id=world.student.id, user_code=world.student.code, role="student",
            name=name, email="m@example.org", locale="en", zone="UTC", revision=revision,
        )  # fmt: skip
        await world.handle(event)
    assert (await world.get(world.tutor, path))["items"][0]["student_name"] == "Meera Nair"


async def test_pages_are_stable_while_rows_are_added(world: World) -> None:
    first = [await world.study_session(paid=False, approved=False) for _ in range(5)]
    page = await world.get(world.tutor, "/v1/study-sessions?limit=2")
    seen = [item["id"] for item in page["items"]]
    await world.study_session(paid=False, approved=False)
    while page["next_cursor"]:
        page = await world.get(
            world.tutor, f"/v1/study-sessions?limit=2&cursor={page['next_cursor']}"
        )
        seen += [item["id"] for item in page["items"]]
    assert seen == [item["id"] for item in reversed(first)]


async def test_bad_cursor_and_unknown_id(world: World) -> None:
    answer = await world.get(world.tutor, "/v1/study-sessions?cursor=%21", expect=400)
    assert answer["code"] == "bad_cursor"
    await world.get(world.tutor, f"/v1/study-sessions/{new_id()}", expect=404)
    answer = await world.get(world.tutor, "/v1/study-sessions/7", expect=422)
    assert answer["fields"][0]["pointer"] == "path/study_session_id"


@given(st.text(min_size=1, max_size=60))
def test_codes_of_any_name_can_be_typed_back(name: str) -> None:
    code = draw_code(name)
    assert len(code) == 12
    assert normalise(code) == normalise(code.lower().replace("-", " ")) == code.replace("-", "")
