"""Handing in: late, for the second time, from a draft, given back (S7, S8, S-A4, S-A5)."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from session_service.submissions import service
from tests.session_service.desk import DAY, GRACE, LATE, MINUTE, TICK, Desk
from tests.stack import Stack
from tests.statements import statements


async def days_late(desk: Desk, work: dict[str, Any]) -> int:
    found: int = (await desk.send(desk.tutor, "GET", f"/v1/submissions/{work['id']}"))["days_late"]
    return found


async def give_back(desk: Desk, work: dict[str, Any], note: str = "Again.") -> Any:
    path = f"/v1/submissions/{work['id']}/return"
    return await desk.send(desk.tutor, "POST", path, {"note": note})


async def test_s8_late_work_is_taken_and_counted_until_the_cut_off(desk: Desk) -> None:
    task = await desk.task(late_policy=LATE)
    found = []
    for wait in (7 * DAY + GRACE, TICK, DAY - TICK, TICK, 2 * DAY - TICK):
        desk.world.clock.move(wait)
        found.append(await desk.submit(task))
    assert [one["days_late"] for one in found] == [0, 1, 1, 2, 3]
    assert [await days_late(desk, one) for one in found] == [0, 1, 1, 2, 3]
    desk.world.clock.move(TICK)
    assert (await desk.submit(task, 409))["code"] == "task_closed"
    page = await desk.send(desk.student, "GET", f"/v1/tasks/{task['id']}/submissions")
    assert [one["days_late"] for one in page["items"]] == [3, 2, 1, 1, 0]


async def test_s_a4_the_server_s_time_decides_and_the_device_s_is_kept(desk: Desk) -> None:
    task = await desk.task()
    early = (desk.world.clock.now() - DAY).isoformat().replace("+00:00", "Z")
    desk.world.clock.move(7 * DAY + GRACE + TICK)
    late: dict[str, Any] = {"body": "x", "client_at": early}
    assert (await desk.submit(task, 409, **late))["code"] == "task_closed"
    work = await desk.submit(await desk.task(), **late)
    assert (work["client_at"], work["days_late"]) == (early, 0)
    assert work["received_at"] == desk.world.clock.now().isoformat().replace("+00:00", "Z")
    assert await desk.send(desk.student, "GET", f"/v1/submissions/{work['id']}") == work


async def test_s_a4_another_due_time_counts_for_what_was_handed_in(desk: Desk) -> None:
    task = await desk.task(late_policy=LATE)
    desk.world.clock.move(8 * DAY)
    work = await desk.submit(task)
    assert work["days_late"] == 1
    body = {"due_at": (desk.world.clock.now() + DAY).isoformat()}
    await desk.send(desk.tutor, "PATCH", f"/v1/tasks/{task['id']}", body)
    assert await days_late(desk, work) == 0


async def test_s7_work_that_is_given_back_is_taken_at_any_time_and_as_late(desk: Desk) -> None:
    task = await desk.task()
    first = await desk.submit(task, body="one")
    desk.world.clock.move(20 * DAY)
    assert (await desk.submit(task, 409))["code"] == "task_closed"
    returned = await give_back(desk, first, "Show your steps.")
    assert (returned["return_note"], returned["body"]) == ("Show your steps.", "one")
    assert await give_back(desk, first, "Something else.") == returned
    second = await desk.submit(task, body="two")
    assert (second["number"], second["days_late"], await days_late(desk, second)) == (2, 0, 0)
    assert (await desk.submit(task, 409))["code"] == "task_closed"
    path = f"/v1/submissions/{first['id']}/return"
    assert await desk.refused(desk.tutor, "POST", path, {}) == (409, "submission_superseded")
    [told] = await desk.events("submission.returned")
    assert (told["submission_id"], told["number"]) == (first["id"], 1)
    assert "note" not in told
    seen = await desk.send(desk.student, "GET", f"/v1/submissions/{first['id']}")
    assert (seen["return_note"], seen["returned_at"] is not None) == ("Show your steps.", True)


async def test_s7_what_was_late_stays_as_late_when_it_is_done_again(desk: Desk) -> None:
    task = await desk.task(late_policy=LATE)
    desk.world.clock.move(8 * DAY + GRACE + TICK)
    first = await desk.submit(task)
    for _ in range(2):
        await give_back(desk, first)
        desk.world.clock.move(8 * DAY)
        first = await desk.submit(task, body="again")
    assert (first["number"], first["days_late"], await days_late(desk, first)) == (3, 2, 2)


async def test_s_a5_giving_back_and_handing_in_at_once_never_lose_a_version(desk: Desk) -> None:
    for _ in range(4):
        task = await desk.task()
        first = await desk.submit(task)
        path = f"/v1/submissions/{first['id']}/return"
        returned, second = await asyncio.gather(
            desk.ask(desk.tutor, "POST", path, {}),
            desk.ask(desk.student, "POST", f"/v1/tasks/{task['id']}/submissions", {"body": "two"}),
        )
        assert (second.status_code, second.json()["number"]) == (201, 2)
        assert returned.status_code in (200, 409)


async def test_s_a5_a_draft_is_its_student_s_alone_and_never_graded(
    desk: Desk, stack: Stack
) -> None:
    observer = stack.as_user("student")
    await desk.world.role(desk.made, observer, "observer")
    await desk.world.member(desk.made, desk.other)
    task = await desk.task()
    path = f"/v1/tasks/{task['id']}/draft"
    empty = await desk.ask(desk.student, "GET", path)
    assert (empty.json()["revision"], empty.headers["etag"]) == (0, '"0"')
    saved = await desk.ask(desk.student, "PUT", path, {"body": "half"}, If_Match='"0"')
    assert (saved.status_code, saved.headers["etag"]) == (200, '"1"')
    assert (await desk.send(desk.student, "GET", path)) == saved.json()
    assert (await desk.send(desk.other, "GET", path))["body"] == ""
    for user, refusal in ((desk.tutor, 403), (observer, 404)):
        assert (await desk.refused(user, "GET", path))[0] == refusal
    page = await desk.send(desk.tutor, "GET", f"/v1/tasks/{task['id']}/submissions")
    assert page["items"] == []
    assert await desk.events("submission.received") == []


async def test_s_a5_two_devices_get_412_with_both_revisions_and_nothing_is_lost(
    desk: Desk,
) -> None:
    path = f"/v1/tasks/{(await desk.task())['id']}/draft"

    async def save(body: str, seen: int) -> Any:
        return await desk.ask(desk.student, "PUT", path, {"body": body}, If_Match=f'"{seen}"')

    await save("phone", 0)
    await save("phone, more", 1)
    late = await save("laptop", 1)
    assert (late.status_code, late.headers["etag"]) == (412, '"2"')
    problem = late.json()
    assert problem["code"] == "draft_stale"
    assert (
        problem["detail"] == "You have seen revision 1; revision 2 is saved. Load it, save again."
    )
    assert problem["fields"] == [
        {
            "pointer": "header/If-Match", "code": "stale", "detail": "saw 1",
            "suggestions": ['"2"'],
        }
    ]  # fmt: skip
    assert (await save("a new one", 0)).status_code == 412
    found = await desk.send(desk.student, "GET", path)
    assert (found["body"], found["revision"]) == ("phone, more", 2)
    answers = await asyncio.gather(*(save(f"both {n}", 2) for n in range(6)))
    assert sorted(one.status_code for one in answers) == [200] + [412] * 5
    [kept] = [one.json()["body"] for one in answers if one.status_code == 200]
    assert (await desk.send(desk.student, "GET", path))["body"] == kept


@pytest.mark.parametrize("tag", [None, "*", "1", 'W/"1"', '"1", "2"', '"-1"', '"x"', '""'])
async def test_s_a5_a_draft_is_saved_over_one_revision_only(desk: Desk, tag: str | None) -> None:
    path = f"/v1/tasks/{(await desk.task())['id']}/draft"
    headers = {} if tag is None else {"If_Match": tag}
    answer = await desk.ask(desk.student, "PUT", path, {"body": "x"}, **headers)
    assert (answer.status_code, answer.json()["fields"][0]["pointer"]) == (422, "header/If-Match")


async def test_s_a5_where_nothing_is_saved_no_revision_was_seen(desk: Desk) -> None:
    path = f"/v1/tasks/{(await desk.task())['id']}/draft"
    answer = await desk.ask(desk.student, "PUT", path, {"body": "x"}, If_Match='"7"')
    assert (answer.status_code, answer.json()["code"]) == (412, "draft_stale")
    assert (await desk.send(desk.student, "GET", path))["revision"] == 0


async def test_s_a5_a_draft_is_handed_in_as_it_was_seen(desk: Desk) -> None:
    task = await desk.task()
    path = f"/v1/tasks/{task['id']}/draft"
    for seen, body in enumerate(["half", "whole"]):
        await desk.ask(desk.student, "PUT", path, {"body": body}, If_Match=f'"{seen}"')
    stale = await desk.submit(task, 412, draft_revision=1)
    assert stale["code"] == "draft_stale"
    work = await desk.submit(task, draft_revision=2)
    assert (work["body"], work["number"]) == ("whole", 1)
    assert (await desk.send(desk.student, "GET", path))["body"] == "whole"
    await desk.ask(desk.student, "PUT", path, {"body": ""}, If_Match='"2"')
    empty = await desk.submit(task, 422, draft_revision=3)
    assert empty["fields"][0]["code"] == "draft_empty"
    for both in ({"body": "x", "draft_revision": 3}, {"client_at": work["received_at"]}):
        await desk.submit(task, 422, **both)


async def test_s7_drafts_are_saved_after_the_time_is_over_too(desk: Desk) -> None:
    task = await desk.task()
    desk.world.clock.move(20 * DAY)
    path = f"/v1/tasks/{task['id']}/draft"
    saved = await desk.ask(desk.student, "PUT", path, {"body": "too late"}, If_Match='"0"')
    assert saved.status_code == 200


async def test_s7_handing_in_takes_three_statements_and_late_one_more(desk: Desk) -> None:
    task = await desk.task(late_policy=LATE)
    with statements() as seen:
        await desk.submit(task)
    assert len(seen) == 3
    desk.world.clock.move(7 * DAY + GRACE + MINUTE)
    with statements() as seen:
        await desk.submit(task)
    assert len(seen) == 4


@pytest.mark.parametrize(("base", "left"), [("earned", "64.00"), ("maximum", "60.00")])
async def test_s_a4_80_of_100_that_came_25_hours_late(desk: Desk, base: str, left: str) -> None:
    task = await desk.task(points=100, late_policy=LATE | {"base": base})
    desk.world.clock.move(7 * DAY + timedelta(hours=25))
    work = await desk.submit(task)
    path = f"/v1/submissions/{work['id']}"
    await desk.send(desk.tutor, "POST", f"{path}/marks", {"points": 80}, expect=201)
    mark = await desk.send(desk.student, "GET", f"{path}/mark")
    assert (mark["points"], work["days_late"]) == (left, 2)


async def test_s_a5_a_newer_version_shows_that_it_changed_since_graded(
    desk: Desk, stack: Stack
) -> None:
    await desk.world.member(desk.made, desk.other)
    task = await desk.task()
    first = await desk.submit(task, body="one")
    await desk.submit(task, user=desk.other)
    body = {"points": 7}
    await desk.send(desk.tutor, "POST", f"/v1/submissions/{first['id']}/marks", body, expect=201)
    second = await desk.submit(task, body="two")

    async def changed(user: Any) -> list[tuple[str, int, bool]]:
        page = await desk.send(user, "GET", f"/v1/tasks/{task['id']}/submissions")
        return [
            (one["student_id"], one["number"], one["changed_since_graded"]) for one in page["items"]
        ]

    me, other = str(desk.student.id), str(desk.other.id)
    assert await changed(desk.tutor) == [(me, 2, True), (other, 1, False), (me, 1, False)]
    assert await changed(desk.student) == [(me, 2, True), (me, 1, False)]
    mark = await desk.send(desk.student, "GET", f"/v1/submissions/{first['id']}/mark")
    assert mark["points"] == "7.00"
    path = f"/v1/submissions/{second['id']}/marks"
    await desk.send(desk.tutor, "POST", path, body | {"reason": "newer"}, expect=201)
    assert await changed(desk.student) == [(me, 2, False), (me, 1, False)]


async def test_s7_nothing_is_given_back_in_a_class_that_is_over(desk: Desk) -> None:
    work = await desk.submit(await desk.task())
    await desk.send(desk.tutor, "POST", f"/v1/study-sessions/{desk.made['id']}/end")
    path = f"/v1/submissions/{work['id']}/return"
    answer = await desk.send(desk.tutor, "POST", path, {"note": "Again."}, expect=409)
    assert answer["code"] == "study_session_not_open"


async def test_s12_points_that_shrink_while_work_is_marked_are_not_exceeded(desk: Desk) -> None:
    task = await desk.task()
    work = await desk.submit(task)
    path = f"/v1/submissions/{work['id']}/marks"
    async with desk.world.parts.database.transaction() as session:
        for table in ("tasks", "grade_items"):
            shrink = text(f"UPDATE {table} SET points = 3 WHERE id = :id")  # noqa: S608
            await session.execute(shrink, {"id": task["id"]})
        marking = asyncio.create_task(desk.send(desk.tutor, "POST", path, {"points": 8}, 422))
        await asyncio.sleep(0.3)
        assert not marking.done()
    assert (await marking)["fields"][0]["code"] == "above_maximum"


async def test_s7_work_is_handed_in_so_often_and_no_more(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "MOST_VERSIONS", 3)
    path = f"/v1/tasks/{(await desk.task())['id']}/submissions"
    answers = await asyncio.gather(
        *(desk.ask(desk.student, "POST", path, {"body": "again"}) for _ in range(5))
    )
    assert sorted(answer.status_code for answer in answers) == [201] * 3 + [409] * 2
    codes = {answer.json().get("code") for answer in answers}
    assert codes == {None, "too_many_versions"}
    assert len(await desk.rows("SELECT 1 FROM submissions")) == 3


async def test_s8_a_class_that_is_over_keeps_its_late_policy(desk: Desk) -> None:
    path = f"/v1/study-sessions/{desk.made['id']}/late-policy"
    kept = await desk.send(desk.tutor, "PUT", path, LATE)
    await desk.send(desk.tutor, "POST", f"/v1/study-sessions/{desk.made['id']}/end")
    refused = await desk.refused(desk.tutor, "PUT", path, LATE | {"percent_per_day": 50})
    assert refused == (409, "study_session_over")
    assert await desk.send(desk.tutor, "GET", path) == kept
