"""Marking anew after a key was corrected (S22)."""

import asyncio
import random
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from libs.events.user import AccountErased
from libs.ids import new_id
from session_service.assessments.models import Assessment
from session_service.attempts.models import Attempt, AttemptPart
from session_service.grade_items.models import GradeItem
from session_service.marks.models import Mark
from session_service.privacy import jobs
from session_service.privacy.schemas import EraseAccount
from tests.session_service.attempts.hall import Hall
from tests.stack import Stack, User
from tests.statements import statements


async def corrected(hall: Hall, test: dict[str, Any], right: str) -> dict[str, Any]:
    """The first question as it is asked; its key names another option from now on."""
    path = f"/v1/assessments/{test['id']}/questions"
    asked: dict[str, Any] = (await hall.world.get(hall.tutor, path))["items"][-1]
    [option] = [one["id"] for one in asked["content"]["options"] if one["text"] == right]
    body = {"content": asked["content"], "key": {"type": "single", "right": option}}
    path = f"/v1/questions/{asked['question_id']}/versions"
    await hall.world.post(hall.tutor, path, body)
    return asked


async def test_s22_a_look_at_who_changes_and_then_the_change(hall: Hall, stack: Stack) -> None:
    other, third = stack.as_user("student"), stack.as_user("student")
    test = await hall.test(floor_at_zero=True)
    for one in (other, third):
        await hall.world.member(hall.made, one)
    for user, word in ((hall.student, "Four"), (other, "Five"), (third, "Three")):
        attempt = await hall.start(test, user)
        await hall.save(attempt, 0, word, user=user)
        await hall.save(attempt, 1, "Four", user=user)
        await hall.submit(attempt, user=user)
    await hall.sweep()
    asked = await corrected(hall, test, "Five")
    path = f"/v1/assessments/{test['id']}/questions/{asked['id']}/regrade"
    expected = {
        str(hall.student.id): (["2.00"], ["-0.50"], "4.00", "1.50"),
        str(other.id): (["-0.50"], ["2.00"], "1.50", "4.00"),
    }
    looks = [await hall.world.get(hall.tutor, path) for _ in range(2)]
    totals = [(await hall.total(test, one))[1] for one in (hall.student, other, third)]
    assert totals == ["4.00", "1.50", "1.50"]
    done = await hall.world.post(hall.tutor, path, {"reason": "Wrong key"}, expect=200)
    for found in (*looks, done):
        assert (found["from_version"], found["to_version"]) == (1, 2)
        assert {
            one["student_id"]: (
                one["from_points"], one["to_points"], one["from_total"], one["to_total"],
            )
            for one in found["students"]
        } == expected  # fmt: skip
    totals = [(await hall.total(test, one))[1] for one in (hall.student, other, third)]
    assert totals == ["1.50", "4.00", "1.50"]
    again = await hall.world.post(hall.tutor, path, {"reason": "Wrong key"}, expect=200)
    assert again["students"] == []
    mark = await hall.mark(test)
    assert mark is not None
    assert mark["parts"][0]["rule"] == "single/1 key 2"
    changes = (await hall.world.get(hall.tutor, f"/v1/marks/{mark['id']}/changes"))["items"]
    assert [(one["from_total"], one["to_total"], one["reason"]) for one in changes] == [
        ("4.00", "1.50", "Wrong key"), (None, "4.00", None),
    ]  # fmt: skip
    untouched = await hall.mark(test, third)
    assert untouched is not None
    assert untouched["revision"] == 1


async def test_s22_what_is_open_is_marked_by_the_new_key(hall: Hall) -> None:
    test = await hall.test()
    attempt = await hall.start(test)
    await hall.save(attempt, 0, "Five")
    asked = await corrected(hall, test, "Five")
    path = f"/v1/assessments/{test['id']}/questions/{asked['id']}/regrade"
    done = await hall.world.post(hall.tutor, path, {"reason": "Wrong key"}, expect=200)
    assert done["students"] == []
    await hall.submit(attempt)
    await hall.sweep()
    assert await hall.total(test) == ("draft", "2.00")


async def test_s22_what_a_person_has_marked_stays(hall: Hall) -> None:
    test = await hall.test()
    attempt = await hall.start(test)
    await hall.save(attempt, 0, "Four")
    await hall.submit(attempt)
    await hall.sweep()
    asked = await corrected(hall, test, "Five")
    part = f"/v1/attempts/{attempt['id']}/parts/{asked['id']}"
    answer = await hall.send(hall.tutor, "PUT", part, {"points": "1.00"})
    assert answer.status_code == 200
    path = f"/v1/assessments/{test['id']}/questions/{asked['id']}/regrade"
    done = await hall.world.post(hall.tutor, path, {"reason": "Wrong key"}, expect=200)
    assert done["students"] == []
    assert await hall.total(test) == ("draft", "1.00")


async def test_s22_what_an_import_has_added_stays(hall: Hall) -> None:
    """The file of the gradebook says 3.00 where the parts make 2.00; the regrade takes 2.50 off."""
    test = await hall.test()
    attempt = await hall.start(test)
    await hall.save(attempt, 0, "Four")
    await hall.submit(attempt)
    await hall.sweep()
    base = f"/v1/study-sessions/{hall.made['id']}"
    answer = await hall.world.client.request(
        "POST", f"{base}/gradebook-imports",
        content=f"student code,x [{test['id']}]\n{hall.student.code},3.00\n",
        headers=hall.tutor.headers | {"Content-Type": "text/csv"},
    )  # fmt: skip
    assert answer.status_code == 200, answer.text
    assert await hall.total(test) == ("draft", "3.00")
    asked = await corrected(hall, test, "Five")
    path = f"/v1/assessments/{test['id']}/questions/{asked['id']}/regrade"
    await hall.world.post(hall.tutor, path, {"reason": "Wrong key"}, expect=200)
    mark = await hall.mark(test)
    assert mark is not None
    assert [(one["points"], one["source"]) for one in mark["parts"]] == [
        ("-0.50", "auto"), ("0.00", "auto"), ("1.00", "import"),
    ]  # fmt: skip
    assert mark["total"] == "0.50"


async def test_s22_a_key_to_other_options_does_not_fit(hall: Hall) -> None:
    test = await hall.test()
    path = f"/v1/assessments/{test['id']}/questions"
    asked = (await hall.world.get(hall.tutor, path))["items"][-1]
    options = [{"id": "x", "text": "Yes"}, {"id": "y", "text": "No"}]
    body = {
        "content": {"type": "single", "prompt": "Other?", "options": options},
        "key": {"type": "single", "right": "x"},
    }
    await hall.world.post(hall.tutor, f"/v1/questions/{asked['question_id']}/versions", body)
    refused = await hall.refused(hall.tutor, "GET", f"{path}/{asked['id']}/regrade")
    assert refused == (409, "key_does_not_fit")
    missing = f"{path}/{test['id']}/regrade"
    assert await hall.refused(hall.tutor, "GET", missing) == (404, "question_not_asked")


async def answered(hall: Hall, test: dict[str, Any], user: User, *words: str) -> dict[str, Any]:
    """An attempt that is over and marked."""
    attempt: dict[str, Any] = await hall.start(test, user)
    for place, word in enumerate(words):
        await hall.save(attempt, place, word, user=user)
    await hall.submit(attempt, user=user)
    await hall.sweep()
    return attempt


def path_of(test: dict[str, Any], asked: dict[str, Any]) -> str:
    return f"/v1/assessments/{test['id']}/questions/{asked['id']}/regrade"


async def test_s22_the_points_of_who_is_erased_stay(hall: Hall) -> None:
    """What they have answered is gone, what the record says of it is not."""
    test = await hall.test()
    attempt = await answered(hall, test, hall.student, "Four")
    gone = hall.student
    erased = AccountErased(
        account_id=gone.id, erasure_id=new_id(), user_code=gone.code, revision=9
    )  # fmt: skip
    await hall.world.handle(erased)
    job = EraseAccount(erasure_id=erased.erasure_id, account_id=gone.id)
    await jobs.erase(hall.world.parts.database, job)
    assert await hall.rows("SELECT count(*) FROM attempt_answers") == [(0,)]
    asked = await corrected(hall, test, "Five")
    look = await hall.world.get(hall.tutor, path_of(test, asked))
    done = await hall.world.post(hall.tutor, path_of(test, asked), {"reason": "Key"}, expect=200)
    assert look["students"] == done["students"] == []
    assert await hall.total(test) == ("draft", "2.00")
    points = "SELECT points FROM attempt_parts WHERE attempt_id = :id ORDER BY position"
    assert await hall.rows(points, id=UUID(attempt["id"])) == [(2,), (0,)]


async def test_s22_a_look_waits_for_nobody_and_holds_nobody_up(hall: Hall) -> None:
    test = await hall.test()
    await answered(hall, test, hall.student, "Four")
    asked = await corrected(hall, test, "Five")
    held = (Assessment, Attempt, AttemptPart, Mark, GradeItem)
    async with hall.world.parts.database.transaction() as session:
        for table in held:
            await session.execute(select(table).with_for_update())
        async with asyncio.timeout(5):
            look = await hall.world.get(hall.tutor, path_of(test, asked))
    [changed] = look["students"]
    assert (changed["from_total"], changed["to_total"]) == ("2.00", "0.00")
    with statements() as seen:
        await hall.world.get(hall.tutor, path_of(test, asked))
    assert not [one for one in seen if "FOR UPDATE" in one or "FOR SHARE" in one]


@pytest.mark.parametrize("counting", ["highest", "latest", "first", "average"])
async def test_s22_the_look_says_what_the_change_does(
    hall: Hall, stack: Stack, counting: str
) -> None:
    """Over what may stand in the way: points by hand in an attempt and in the gradebook, and two
    attempts of which one counts.
    """
    choice = random.Random(f"regrade {counting}")
    people = [hall.student, *(stack.as_user("student") for _ in range(5))]
    for one in people[1:]:
        await hall.world.member(hall.made, one)
    test = await hall.test(counting=counting, attempt_limit=2)
    asked = None
    for number, one in enumerate(people):
        for _ in range(choice.choice((1, 2))):
            words = [choice.choice(("Three", "Four", "Five")) for _ in range(2)]
            attempt = await answered(hall, test, one, *words)
        asked = attempt["questions"][0]
        mark = await hall.mark(test, one)
        assert mark is not None
        key = choice.choice([part["key"] for part in mark["parts"]])
        if number % 3 == 1:
            path = f"/v1/grade-items/{test['id']}/students/{one.id}/mark"
            body = {"parts": [{"key": key, "points": "1.25"}], "reason": "by hand"}
            assert (await hall.send(hall.tutor, "PUT", path, body)).status_code == 200
        elif number % 3 == 2:
            path = f"/v1/attempts/{attempt['id']}/parts/{asked['id']}"
            assert (await hall.send(hall.tutor, "PUT", path, {"points": "0.75"})).status_code == 200
    question = await corrected(hall, test, "Five")
    before = {str(one.id): (await hall.total(test, one))[1] for one in people}
    look = await hall.world.get(hall.tutor, path_of(test, question))
    done = await hall.world.post(hall.tutor, path_of(test, question), {"reason": "Key"}, expect=200)
    after = {str(one.id): (await hall.total(test, one))[1] for one in people}
    assert look == done
    assert len(look["students"]) >= 2
    told = {one["student_id"]: (one["from_total"], one["to_total"]) for one in look["students"]}
    assert told == {one: (before[one], after[one]) for one in told}
    assert {one for one in before if before[one] != after[one]} <= told.keys()


async def test_s22_a_regrade_takes_the_same_number_of_statements_for_all(
    hall: Hall, stack: Stack
) -> None:
    people = [hall.student, *(stack.as_user("student") for _ in range(4))]
    for one in people[1:]:
        await hall.world.member(hall.made, one)
    test = await hall.test()
    counts = []
    for right, more in (("Five", people[:1]), ("Four", people[1:])):
        for one in more:
            await answered(hall, test, one, "Four")
        asked = await corrected(hall, test, right)
        body = {"reason": "Key"}
        with statements() as seen:
            done = await hall.world.post(hall.tutor, path_of(test, asked), body, expect=200)
        counts.append((len(done["students"]), len(seen)))
    assert [students for students, _ in counts] == [1, 5]
    assert counts[0][1] == counts[1][1]


async def test_s22_regrades_releases_and_their_undoing_never_lock_each_other_out(
    hall: Hall, stack: Stack
) -> None:
    people = [hall.student, *(stack.as_user("student") for _ in range(9))]
    for one in people[1:]:
        await hall.world.member(hall.made, one)
    test = await hall.test()
    for one in sorted(people, key=lambda one: one.id, reverse=True):
        await answered(hall, test, one, "Four")
    deadlocks = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"
    before = await hall.rows(deadlocks)
    releases = f"/v1/study-sessions/{hall.made['id']}/mark-releases"

    async def together(right: str, wait: float, path: str, body: Any = None) -> Any:
        """A release or its undoing, some time after the beginning of a regrade."""
        asked = await corrected(hall, test, right)

        async def later() -> Any:
            await asyncio.sleep(wait)
            return await hall.send(hall.tutor, "POST", path, body)

        regrade = hall.send(hall.tutor, "POST", path_of(test, asked), {"reason": "Key"})
        done, other = await asyncio.gather(regrade, later())
        assert done.status_code == 200, done.text
        assert other.status_code in (200, 201), other.text
        return other.json()

    for step in range(6):
        wait = step * 0.04
        right = ("Five", "Four")[step % 2]
        made = await together(right, wait, releases, {"item_ids": [test["id"]]})
        undone = await together("Three", wait, f"/v1/mark-releases/{made['id']}/undo")
        assert made["marks"] == undone["marks"] == 10
    assert await hall.rows(deadlocks) == before
    totals = (
        "SELECT m.total, sum(p.points) FROM marks m JOIN attempt_parts p "
        "ON p.attempt_id = m.work_id GROUP BY m.id"
    )
    assert [max(total, 0) for _, total in await hall.rows(totals)] == [
        total for total, _ in await hall.rows(totals)
    ]
