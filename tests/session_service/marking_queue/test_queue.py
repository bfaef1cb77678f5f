"""Marking answers by hand (S-A9)."""

import asyncio
from typing import Any

from tests.session_service.attempts.hall import Hall, question
from tests.stack import Stack, User
from tests.statements import statements


async def handed_in(hall: Hall, test: dict[str, Any], user: User | None = None) -> Any:
    """An attempt with the right option and an essay."""
    attempt = await hall.start(test, user)
    await hall.save(attempt, 0, "Four", user=user)
    await hall.save(attempt, 1, "Because.", user=user)
    await hall.submit(attempt, user=user)
    await hall.sweep()
    return attempt


def part_path(attempt: dict[str, Any], place: int) -> str:
    return f"/v1/attempts/{attempt['id']}/parts/{question(attempt, place)}"


async def put(hall: Hall, path: str, body: Any, expect: int = 200) -> Any:
    answer = await hall.send(hall.tutor, "PUT", path, body)
    assert answer.status_code == expect, answer.text
    return answer.json()


async def test_s_a9_the_total_appears_when_the_last_part_is_marked(hall: Hall) -> None:
    test = await hall.test("single", "essay")
    attempt = await handed_in(hall, test)
    queue = f"/v1/assessments/{test['id']}/marking-queue"
    [waiting] = (await hall.world.get(hall.tutor, queue))["items"]
    assert waiting["attempt_id"] == attempt["id"]
    assert waiting["question_id"] == str(question(attempt, 1))
    assert (waiting["answer"], waiting["maximum"]) == (
        {"type": "essay", "text": "Because."},
        "5.00",
    )
    over = await put(hall, part_path(attempt, 1), {"points": "5.01"}, 422)
    assert over["fields"][0]["code"] == "above_maximum"
    made = await put(hall, part_path(attempt, 1), {"points": "3.5", "note": "Nearly."})
    assert (made["points"], made["source"], made["note"]) == ("3.50", "manual", "Nearly.")
    assert made["marked_by"] == str(hall.tutor.id)
    assert (await hall.world.get(hall.tutor, queue))["items"] == []
    assert await hall.total(test) == ("draft", "5.50")
    assert (await hall.world.get(hall.student, "/v1/marks"))["items"] == []
    release = {"item_ids": [test["id"]]}
    path = f"/v1/study-sessions/{hall.made['id']}/mark-releases"
    await hall.world.post(hall.tutor, path, release)
    [seen] = (await hall.world.get(hall.student, "/v1/marks"))["items"]
    assert (seen["state"], seen["total"]) == ("released", "5.50")
    refused = await put(hall, part_path(attempt, 1), {"points": "4"}, 422)
    assert refused["fields"][0]["pointer"] == "/reason"
    await put(hall, part_path(attempt, 1), {"points": "4", "reason": "Read again"})
    assert await hall.total(test) == ("released", "6.00")


async def test_s_a9_what_a_rule_gave_can_be_overridden_and_stays(hall: Hall) -> None:
    test = await hall.test("single", "essay", attempt_limit=2)
    attempt = await handed_in(hall, test)
    await put(hall, part_path(attempt, 1), {"points": "5"})
    made = await put(hall, part_path(attempt, 0), {"points": "1"})
    assert made["source"] == "override"
    parts = (await hall.world.get(hall.tutor, f"/v1/attempts/{attempt['id']}/parts"))["parts"]
    assert [one["points"] for one in parts] == ["1.00", "5.00"]
    await hall.submit(await hall.start(test))
    await hall.sweep()
    assert await hall.total(test) == ("draft", "6.00")


async def test_s_a9_what_the_gradebook_says_by_hand_stays(hall: Hall) -> None:
    test = await hall.test(attempt_limit=2)
    attempt = await hall.start(test)
    await hall.save(attempt, 0, "Four")
    await hall.submit(attempt)
    await hall.sweep()
    path = f"/v1/grade-items/{test['id']}/students/{hall.student.id}/mark"
    parts = [{"key": str(question(attempt, 1)), "points": "1.00"}]
    await put(hall, path, {"parts": parts})
    await hall.submit(await hall.start(test))
    await hall.sweep()
    assert await hall.total(test) == ("draft", "3.00")


async def test_s_a9_one_question_across_students(hall: Hall, stack: Stack) -> None:
    test = await hall.test("single", "essay", "essay")
    others = [stack.as_user("student") for _ in range(2)]
    for one in others:
        await hall.world.member(hall.made, one)
    attempts = [await handed_in(hall, test, one) for one in others]
    queue = f"/v1/assessments/{test['id']}/marking-queue?question_id={question(attempts[0], 1)}"
    with statements() as sent:
        found = (await hall.world.get(hall.tutor, queue))["items"]
    assert {one["student_id"] for one in found} == {str(one.id) for one in others}
    assert len(sent) == 2
    await asyncio.gather(
        *(put(hall, part_path(one, 1), {"points": points})
          for one, points in zip(attempts, ("2", "3"), strict=True))
    )  # fmt: skip
    assert [(await hall.total(test, one))[1] for one in others] == ["4.00", "5.00"]


async def test_s_a9_nothing_is_marked_by_hand_before_it_is_over(hall: Hall) -> None:
    test = await hall.test("single", "essay")
    attempt = await hall.start(test)
    path = part_path(attempt, 1)
    body = {"points": "1"}
    assert await hall.refused(hall.tutor, "PUT", path, body) == (409, "attempt_running")
    await hall.submit(attempt)
    await hall.sweep()
    missing = f"/v1/attempts/{attempt['id']}/parts/{attempt['id']}"
    assert await hall.refused(hall.tutor, "PUT", missing, body) == (404, "part_not_found")
    void = {"reason": "Power cut"}
    await hall.world.post(hall.tutor, f"/v1/attempts/{attempt['id']}/voiding", void, expect=200)
    assert await hall.refused(hall.tutor, "PUT", path, body) == (409, "attempt_voided")
