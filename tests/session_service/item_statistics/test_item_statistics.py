"""Statistics of a test's questions over HTTP, counted by the worker's jobs (S24)."""

from datetime import timedelta
from typing import Any

import pytest

from libs import children
from libs.children import ChildFailed
from libs.data_map import FORMER
from session_service.item_statistics import jobs
from session_service.item_statistics.schemas import ComputeStatistics, SweepStatistics
from tests.session_service.item_statistics.conftest import Counted
from tests.session_service.regrades.test_regrades import corrected
from tests.stack import Stack, User

COMPUTE = ComputeStatistics.type
RIGHT, WRONG, OTHER = "Four", "Three", "Five"


async def sit(hall: Counted, test: dict[str, Any], user: User, words: list[str]) -> dict[str, Any]:
    """A student's attempt with these answers, handed in."""
    attempt: dict[str, Any] = await hall.start(test, user)
    for place, word in enumerate(words):
        if word:
            await hall.save(attempt, place, word, user=user)
    await hall.submit(attempt, user=user)
    return attempt


async def crowd(hall: Counted, stack: Stack, number: int) -> list[User]:
    """So many students of the class."""
    users = [stack.as_user("student") for _ in range(number)]
    for one in users:
        await hall.world.member(hall.made, one)
    return users


def path(test: dict[str, Any], last: str = "item-statistics") -> str:
    """An address about a test."""
    return f"/v1/assessments/{test['id']}/{last}"


async def close(hall: Counted, test: dict[str, Any]) -> None:
    """The tutor ends the test, and all is marked."""
    await hall.world.post(hall.tutor, path(test, "closing"), expect=200)
    await hall.sweep()


async def sweep(hall: Counted) -> list[str]:
    """The schedule's round, and the jobs that it sends."""
    await jobs.sweep(hall.world.parts.database, SweepStatistics())
    return await hall.run_jobs()


async def test_s24_a_wrong_key_is_flagged_for_the_tutor_and_gone_once_it_is_corrected(
    hall: Counted, stack: Stack
) -> None:
    """The strong ones know that the first key is wrong. Nothing is changed by the machine."""
    test = await hall.test(*["single"] * 5)
    users = await crowd(hall, stack, 20)
    for number, user in enumerate(users):
        strong = number % 2 == 0
        words = [OTHER if strong else RIGHT, *[RIGHT if strong else WRONG] * 4]
        words[1 + number % 4] = "" if number < 4 else words[1 + number % 4]
        await sit(hall, test, user, words)
    assert (await hall.world.get(hall.tutor, path(test)))["state"] == "none"
    await close(hall, test)
    before = await hall.rows("SELECT id, total, revision FROM marks ORDER BY id")
    assert await sweep(hall) == [COMPUTE]
    found = await hall.world.get(hall.tutor, path(test))
    assert (found["state"], found["current"], found["students"], found["waiting"]) == (
        "ready", True, 20, 0,
    )  # fmt: skip
    assert (found["rule"], found["resamples"]) == ("item-statistics/1", 1_000)
    asked = (await hall.world.get(hall.tutor, path(test, "questions")))["items"][::-1]
    assert [one["question_id"] for one in found["questions"]] == [one["id"] for one in asked]
    first, *others = found["questions"]
    texts = {one["id"]: one["text"] for one in asked[0]["content"]["options"]}
    assert {texts[one["option"]]: one["chosen"] for one in first["options"]} == {
        WRONG: 0, RIGHT: 10, OTHER: 10,
    }  # fmt: skip
    assert first["alarm"]["reason"] == "stronger_chose_other"
    assert (texts[first["alarm"]["option"]], texts[first["alarm"]["key"]]) == (OTHER, RIGHT)
    assert first["facility"]["value"] == 0.5
    assert 0 <= first["facility"]["low"] < 0.5 < first["facility"]["high"] <= 1
    assert first["discrimination"]["high"] < 0
    assert [one["alarm"] for one in others] == [None] * 4
    assert await hall.rows("SELECT id, total, revision FROM marks ORDER BY id") == before
    assert await sweep(hall) == []
    question = await corrected(hall, test, OTHER)
    again = path(test, f"questions/{question['id']}/regrade")
    await hall.world.post(hall.tutor, again, {"reason": "Wrong key"}, expect=200)
    assert (await hall.world.get(hall.tutor, path(test)))["current"] is False
    assert await sweep(hall) == [COMPUTE]
    mended = await hall.world.get(hall.tutor, path(test))
    assert mended["current"] is True
    assert mended["questions"][0]["alarm"] is None
    assert mended["questions"][0]["discrimination"]["low"] > 0
    assert mended["seed"] == found["seed"]


async def test_s24_few_students_are_not_enough_and_say_so(hall: Counted) -> None:
    test = await hall.test()
    await sit(hall, test, hall.student, [RIGHT, WRONG])
    await close(hall, test)
    assert await sweep(hall) == [COMPUTE]
    found = await hall.world.get(hall.tutor, path(test))
    nothing = {"value": None, "low": None, "high": None, "why_not": "not_enough_data"}
    assert (found["students"], len(found["questions"])) == (1, 2)
    for one in found["questions"]:
        assert (one["facility"], one["discrimination"], one["alarm"]) == (nothing, nothing, None)
        assert sum(option["chosen"] for option in one["options"]) == 1


async def test_s24_a_tutor_asks_and_asking_again_sends_no_second_job(hall: Counted) -> None:
    test = await hall.test()
    await sit(hall, test, hall.student, [RIGHT, WRONG])
    await hall.sweep()
    for _ in range(3):
        asked = await hall.world.post(hall.tutor, path(test), expect=202)
        assert (asked["state"], asked["questions"]) == ("queued", [])
    assert await hall.run_jobs() == [COMPUTE]
    again = await hall.world.post(hall.tutor, path(test), expect=202)
    assert (again["state"], again["current"]) == ("ready", True)
    assert await hall.run_jobs() == []
    await hall.rows("UPDATE item_statistics SET state = 'queued' RETURNING 1")
    hall.world.clock.move(timedelta(minutes=10) - timedelta(seconds=1))
    await hall.world.post(hall.tutor, path(test), expect=202)
    assert await hall.run_jobs() == []
    hall.world.clock.move(timedelta(seconds=1))  # that job must be dead
    await hall.world.post(hall.tutor, path(test), expect=202)
    assert await hall.run_jobs() == [COMPUTE]


async def test_s24_a_draft_has_none_and_no_student_sees_any(hall: Counted) -> None:
    made = await hall.question()
    draft = await hall.draft({"question_id": made["id"]})
    refused = await hall.refused(hall.tutor, "POST", path(draft))
    assert refused == (409, "assessment_is_draft")
    test = await hall.publish(draft)
    assert await hall.refused(hall.student, "GET", path(test)) == (403, "wrong_role")
    assert await hall.refused(hall.student, "POST", path(test)) == (403, "wrong_role")


async def test_s24_one_attempt_of_each_counts_and_no_void_or_erased_one(
    hall: Counted, stack: Stack
) -> None:
    """The best of two; not the one that is void; nobody who is erased."""
    test = await hall.test(attempt_limit=3)
    voided, erased = await crowd(hall, stack, 2)
    await sit(hall, test, hall.student, [RIGHT, WRONG])
    await sit(hall, test, hall.student, [OTHER, WRONG])
    attempt = await sit(hall, test, voided, [OTHER, OTHER])
    await sit(hall, test, erased, [OTHER, OTHER])
    await hall.sweep()
    void = f"/v1/attempts/{attempt['id']}/voiding"
    await hall.world.post(hall.tutor, void, {"reason": "Power cut"}, expect=200)
    await close(hall, test)
    assert await sweep(hall) == [COMPUTE]
    found = await hall.world.get(hall.tutor, path(test))
    assert found["students"] == 2
    await hall.rows(
        "INSERT INTO people (account_id, user_code, name, revision) "
        "VALUES (:id, 'x', :name, 9) RETURNING 1", id=erased.id, name=FORMER,
    )  # fmt: skip
    assert await sweep(hall) == [COMPUTE]
    found = await hall.world.get(hall.tutor, path(test))
    assert (found["students"], found["waiting"]) == (1, 0)
    chosen = [[one["chosen"] for one in asked["options"]] for asked in found["questions"]]
    assert [sum(one) for one in chosen] == [1, 1]
    [first, second] = found["questions"]
    assert [one["chosen"] for one in first["options"] if one["is_key"]] == [1]
    assert [one["chosen"] for one in second["options"] if one["is_key"]] == [0]


async def test_s24_who_waits_to_be_marked_is_left_out_and_the_sweep_waits(
    hall: Counted, stack: Stack
) -> None:
    test = await hall.test("single", "essay")
    [other] = await crowd(hall, stack, 1)
    waiting = await sit(hall, test, hall.student, [RIGHT, "Because."])
    await sit(hall, test, other, [RIGHT, ""])
    await close(hall, test)
    assert await sweep(hall) == []
    await hall.world.post(hall.tutor, path(test), expect=202)
    await hall.run_jobs()
    found = await hall.world.get(hall.tutor, path(test))
    assert (found["students"], found["waiting"], found["current"]) == (1, 1, True)
    part = f"/v1/attempts/{waiting['id']}/parts/{waiting['questions'][1]['id']}"
    answer = await hall.send(hall.tutor, "PUT", part, {"points": "4.00"})
    assert answer.status_code == 200
    assert await sweep(hall) == [COMPUTE]
    found = await hall.world.get(hall.tutor, path(test))
    assert (found["students"], found["waiting"]) == (2, 0)
    assert found["questions"][1]["options"] == []


async def test_s24_a_child_that_fails_is_a_job_that_is_tried_again(
    hall: Counted, monkeypatch: pytest.MonkeyPatch
) -> None:
    test = await hall.test()
    await sit(hall, test, hall.student, [RIGHT, WRONG])
    await hall.sweep()
    await hall.world.post(hall.tutor, path(test), expect=202)
    monkeypatch.setattr(jobs, "CHILD", "session_service.item_statistics.nowhere")
    job = ComputeStatistics(assessment_id=test["id"])
    with pytest.raises(ChildFailed, match="ended with 1"):
        await jobs.compute(hall.world.parts.database, job)
    monkeypatch.undo()
    assert (await hall.world.get(hall.tutor, path(test)))["state"] == "queued"
    await jobs.compute(hall.world.parts.database, job)
    assert (await hall.world.get(hall.tutor, path(test)))["state"] == "ready"


async def test_s24_a_child_gets_no_secret_and_no_more_than_its_time() -> None:
    with pytest.raises(ChildFailed, match=r"not done in 0\.05 s"):
        await children.run("asyncio", b"import time; time.sleep(60)", seconds=0.05)
    assert set(children.ENVIRONMENT) == {"OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MPLCONFIGDIR"}
