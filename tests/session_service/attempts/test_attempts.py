"""Attempts from start to mark (R5, S17, S18, S20, S-A6, S-A7, S-A9, S-A11)."""

import asyncio
from datetime import datetime, timedelta
from typing import Any

import pytest

from libs.events.session_assessments import AssessmentClosed, AssessmentRescheduled
from libs.events.session_tasks import ExtensionGranted
from libs.ids import new_id
from session_service.attempts import closing, service
from tests.session_service.attempts.hall import ROWS, Hall, answer_to, question
from tests.stack import Stack
from tests.statements import statements

MINUTE = timedelta(minutes=1)
TICK = timedelta(microseconds=1)


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


async def code(hall: Hall, test: ROWS, user: Any = None) -> tuple[int, str]:
    """Status and code of a start that is refused."""
    path = f"/v1/assessments/{test['id']}/attempts"
    return await hall.refused(user or hall.student, "POST", path)


async def test_s17_an_attempt_goes_from_start_to_mark(hall: Hall) -> None:
    test = await hall.test(time_limit_minutes=30)
    now = hall.world.clock.now()
    attempt = await hall.start(test)
    assert (attempt["number"], attempt["state"], attempt["ending"]) == (1, "open", None)
    assert moment(attempt["deadline"]) == now + 30 * MINUTE
    assert moment(attempt["server_time"]) == now
    assert [one["position"] for one in attempt["questions"]] == [1, 2]
    assert attempt["answers"] == []
    await hall.save(attempt, 0, "Four")
    await hall.save(attempt, 1, "Five")
    hall.world.clock.move(MINUTE)
    handed = await hall.submit(attempt)
    assert (handed["state"], handed["ending"]) == ("closed", "submitted")
    assert moment(handed["closed_at"]) == now + MINUTE
    assert (handed["score"], handed["unmarked"]) == (None, None)
    assert await hall.submit(attempt) == handed
    assert await hall.mark(test) is None
    await hall.sweep()
    mark = await hall.mark(test)
    assert mark is not None
    assert (mark["state"], mark["total"], mark["work_id"]) == ("draft", "1.50", attempt["id"])
    assert [(one["key"], one["points"], one["maximum"], one["source"], one["rule"])
            for one in mark["parts"]] == [
        (str(question(attempt, 0)), "2.00", "2.00", "auto", "single/1 key 1"),
        (str(question(attempt, 1)), "-0.50", "2.00", "auto", "single/1 key 1"),
    ]  # fmt: skip
    seen = await hall.seen(attempt, hall.tutor)
    assert (seen["score"], seen["unmarked"]) == ("1.50", 0)
    own = await hall.seen(attempt)
    assert (own["score"], own["unmarked"]) == (None, None)
    told = [one for one in await hall.world.published() if ".attempt." in one]
    assert told == ["studyzed.attempt.started", "studyzed.attempt.closed"]


async def test_s_a6_every_device_goes_on_by_the_same_clock(hall: Hall) -> None:
    test = await hall.test(time_limit_minutes=60)
    await hall.grant(test, extra_time_factor="1.5")
    hall.world.clock.at = moment(test["closes_at"]) - 50 * MINUTE
    first = await hall.start(test)
    assert first["deadline"] == test["closes_at"]
    hall.world.clock.move(10 * MINUTE)
    again = await hall.start(test, expect=200)
    assert {**again, "server_time": first["server_time"]} == first
    assert moment(again["server_time"]) == hall.world.clock.now()
    assert await hall.seen(first) == again
    assert await hall.rows("SELECT count(*) FROM attempts") == [(1,)]


async def test_s_a6_the_deadline_follows_window_and_extension(hall: Hall) -> None:
    """17:40, limit 60, factor 1.5, close 18:30: 18:30, or 19:10 when the window is extended."""
    closes = hall.world.clock.now() + timedelta(days=2)
    hall.world.clock.at = closes - 50 * MINUTE
    test = await hall.test(time_limit_minutes=60, closes_at=closes.isoformat())
    await hall.grant(test, extra_time_factor="1.5")
    attempt = await hall.start(test)
    assert moment(attempt["deadline"]) == closes
    later = closes + 60 * MINUTE
    await hall.grant(test, extra_time_factor="1.5", due_at=later.isoformat())
    told = {
        "study_session_id": hall.made["id"], "session_code": hall.made["session_code"],
        "revision": 2,
    }  # fmt: skip
    granted = ExtensionGranted(
        **told, extension_id=new_id(), item_id=test["id"], student_id=hall.student.id, due_at=later
    )
    await hall.world.handle(granted)
    seen = await hall.seen(attempt)
    assert moment(seen["deadline"]) == hall.world.clock.now() + 90 * MINUTE
    about = {
        **told, "assessment_id": test["id"], "tutor_id": hall.tutor.id,
        "opens_at": test["opens_at"], "closes_at": closes,
    }  # fmt: skip
    for event in (AssessmentClosed, AssessmentRescheduled):
        await hall.world.handle(event(**about))
    assert await hall.seen(attempt) == seen


@pytest.mark.parametrize("by", ["window", "extension"])
async def test_s_a6_nobody_is_closed_out_while_word_of_more_time_is_on_its_way(
    hall: Hall, by: str
) -> None:
    """More time is granted before the deadline, and no event has been handled at the deadline."""
    test = await hall.test()
    attempt = await hall.start(test)
    closes = moment(test["closes_at"])
    hall.world.clock.at = closes - TICK
    later = closes + 30 * MINUTE
    if by == "window":
        path, body = f"/v1/assessments/{test['id']}", {"closes_at": later.isoformat()}
        answer = await hall.send(hall.tutor, "PATCH", path, body)
        assert answer.status_code == 200, answer.text
    else:
        await hall.grant(test, due_at=later.isoformat())
    hall.world.clock.at = closes
    await hall.sweep()
    seen = await hall.seen(attempt)
    assert (seen["state"], moment(seen["deadline"])) == ("open", later)
    await hall.save(attempt, 0, "Four")
    hall.world.clock.at = later
    await hall.sweep()
    seen = await hall.seen(attempt)
    assert (seen["state"], moment(seen["closed_at"])) == ("closed", later)
    assert await hall.total(test) == ("draft", "2.00")


async def test_s_a6_who_hands_in_within_the_time_granted_is_taken_at_once(hall: Hall) -> None:
    test = await hall.test()
    attempt = await hall.start(test)
    closes = moment(test["closes_at"])
    await hall.grant(test, due_at=(closes + 30 * MINUTE).isoformat())
    hall.world.clock.at = closes + MINUTE
    asked = attempt["questions"][0]
    last = {"question_id": asked["id"], "revision": 1, "answer": answer_to(asked, "Four")}
    handed = await hall.submit(attempt, last)
    assert (handed["ending"], moment(handed["closed_at"])) == ("submitted", closes + MINUTE)


async def test_s_a6_no_deadline_waits_for_the_marking_of_others(
    hall: Hall, stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A marking that takes for ever, and a deadline that comes meanwhile."""
    other = stack.as_user("student")
    await hall.world.member(hall.made, other)
    test = await hall.test(time_limit_minutes=30)
    attempt = await hall.start(test)
    await hall.submit(await hall.start(test, other), user=other)
    marking, closed = asyncio.Event(), asyncio.Event()

    async def mark(*_: Any) -> None:
        marking.set()
        await asyncio.Event().wait()

    async def reach(point: str) -> None:
        if point == "attempts.after_step":  # its transaction is over
            closed.set()

    monkeypatch.setattr(closing, "mark", mark)
    monkeypatch.setattr(closing, "reach", reach)
    monkeypatch.setattr(closing, "EVERY", 0.01)
    keeping = asyncio.create_task(closing.keep(hall.world.parts.database))
    try:
        async with asyncio.timeout(30):
            await marking.wait()
            hall.world.clock.move(30 * MINUTE)
            await closed.wait()
    finally:
        keeping.cancel()
        await asyncio.wait([keeping])
    assert (await hall.seen(attempt))["state"] == "closed"


async def test_s_a6_closing_by_hand_ends_attempts_at_once(hall: Hall) -> None:
    test = await hall.test(time_limit_minutes=60)
    attempt = await hall.start(test)
    await hall.save(attempt, 0, "Four")
    hall.world.clock.move(MINUTE)
    now = hall.world.clock.now()
    await hall.world.post(hall.tutor, f"/v1/assessments/{test['id']}/closing", expect=200)
    await hall.world.parts.database.run(lambda s: service.reschedule(s, test["id"]))
    await hall.sweep()
    seen = await hall.seen(attempt)
    assert (seen["state"], moment(seen["closed_at"])) == ("closed", now)
    assert await hall.total(test) == ("draft", "2.00")


async def test_s17_the_sweeper_closes_at_the_deadline_though_every_client_is_gone(
    hall: Hall,
) -> None:
    test = await hall.test(time_limit_minutes=30)
    attempt = await hall.start(test)
    await hall.save(attempt, 0, "Four")
    hall.world.clock.move(30 * MINUTE - TICK)
    await hall.sweep()
    assert (await hall.seen(attempt))["state"] == "open"
    hall.world.clock.move(TICK)
    late = await hall.save(attempt, 1, "Four", expect=409)
    assert late["code"] == "attempt_closed"
    hall.world.clock.move(timedelta(seconds=4))
    for _ in range(2):
        await hall.sweep()
    seen = await hall.seen(attempt)
    assert (seen["state"], seen["ending"]) == ("closed", "deadline")
    assert seen["closed_at"] == attempt["deadline"]
    assert await hall.total(test) == ("draft", "2.00")
    told = [one for one in await hall.world.published() if one == "studyzed.attempt.closed"]
    assert len(told) == 1


async def test_s_a6_a_save_after_the_end_names_the_accepted_revision(hall: Hall) -> None:
    test = await hall.test(time_limit_minutes=30)
    attempt = await hall.start(test)
    await hall.save(attempt, 0, "Four", revision=7)
    hall.world.clock.move(30 * MINUTE)
    for place, accepted in ((0, "7"), (1, "0")):
        asked = attempt["questions"][place]
        body = {"revision": 9, "answer": answer_to(asked, "Five")}
        path = f"/v1/attempts/{attempt['id']}/answers/{asked['id']}"
        answer = await hall.send(hall.student, "PUT", path, body)
        assert (answer.status_code, answer.json()["code"]) == (409, "attempt_closed")
        assert answer.headers["ETag"] == f'"{accepted}"'
        assert answer.json()["fields"][0]["suggestions"] == [accepted]
    assert [one["revision"] for one in (await hall.seen(attempt))["answers"]] == [7]


async def test_s_a6_the_network_s_allowance_is_taken_in_and_counts(
    hall: Hall, caplog: pytest.LogCaptureFixture
) -> None:
    test = await hall.test(time_limit_minutes=30, allowance_seconds=10)
    attempt = await hall.start(test)
    hall.world.clock.move(30 * MINUTE + timedelta(seconds=4))
    await hall.sweep()
    assert (await hall.seen(attempt))["state"] == "closed"
    await hall.save(attempt, 0, "Four")
    assert "'late_seconds': 4.0, 'event': 'answer_in_allowance'" in caplog.text
    await hall.sweep()
    assert await hall.mark(test) is None
    hall.world.clock.move(timedelta(seconds=6))
    assert (await hall.save(attempt, 1, "Four", expect=409))["code"] == "attempt_closed"
    await hall.sweep()
    assert await hall.total(test) == ("draft", "2.00")


async def test_s_a7_an_old_revision_is_ignored_and_no_error(hall: Hall) -> None:
    attempt = await hall.start(await hall.test())
    for word, revision, held in (("Three", 2, 2), ("Four", 5, 5), ("Five", 5, 5), ("Five", 1, 5)):
        saved = await hall.save(attempt, 0, word, revision)
        assert saved["revision"] == held
        assert saved["deadline"] == attempt["deadline"]
    [kept] = (await hall.seen(attempt))["answers"]
    assert (kept["revision"], kept["answer"]) == (5, answer_to(attempt["questions"][0], "Four"))


async def test_s_a7_a_save_is_one_statement(hall: Hall) -> None:
    attempt = await hall.start(await hall.test())
    await hall.save(attempt, 0, "Three")
    with statements() as sent:
        await hall.save(attempt, 0, "Four", 2)
    assert sent == ["by the driver"]


async def test_s20_who_comes_back_goes_on_where_it_was_left(hall: Hall) -> None:
    test = await hall.test("single", "essay", time_limit_minutes=30)
    attempt = await hall.start(test)
    await hall.save(attempt, 0, "Four", 3)
    await hall.save(attempt, 1, "Because.", 8)
    hall.world.clock.move(5 * MINUTE)
    again = await hall.start(test, expect=200)
    assert again["deadline"] == attempt["deadline"]
    assert again["questions"] == attempt["questions"]
    held = {one["question_id"]: (one["revision"], one["answer"]) for one in again["answers"]}
    assert held == {
        str(question(attempt, 0)): (3, answer_to(attempt["questions"][0], "Four")),
        str(question(attempt, 1)): (8, {"type": "essay", "text": "Because."}),
    }


async def test_s_a11_twenty_starts_at_once_make_one_attempt(hall: Hall) -> None:
    test = await hall.test()
    path = f"/v1/assessments/{test['id']}/attempts"
    answers = await asyncio.gather(*(hall.send(hall.student, "POST", path) for _ in range(20)))
    assert sorted(one.status_code for one in answers) == [200] * 19 + [201]
    assert len({one.json()["id"] for one in answers}) == 1
    assert await hall.rows("SELECT count(*) FROM attempts") == [(1,)]


async def test_s_a11_a_void_attempt_gives_the_right_to_try_back(hall: Hall) -> None:
    test = await hall.test(attempt_limit=1)
    attempt = await hall.start(test)
    await hall.save(attempt, 0, "Four")
    await hall.submit(attempt)
    await hall.sweep()
    assert await code(hall, test) == (409, "no_attempt_left")
    path = f"/v1/attempts/{attempt['id']}/voiding"
    for _ in range(2):
        void = await hall.world.post(hall.tutor, path, {"reason": "Power cut"}, expect=200)
        assert (void["state"], void["void_reason"]) == ("voided", "Power cut")
    assert await hall.total(test) == ("empty", None)
    again = await hall.start(test)
    assert (again["number"], again["id"] != attempt["id"]) == (1, True)
    assert await hall.submit(attempt, expect=409) is not None
    told = [one for one in await hall.world.published() if one == "studyzed.attempt.voided"]
    assert len(told) == 1


@pytest.mark.parametrize(
    ("counting", "total"),
    [("highest", "4.00"), ("latest", "1.50"), ("first", "2.00"), ("average", "2.50")],
)
async def test_s18_the_rule_says_which_attempt_counts(
    hall: Hall, counting: str, total: str
) -> None:
    test = await hall.test(attempt_limit=3, counting=counting)
    for words in (("Four", ""), ("Four", "Four"), ("Four", "Five")):
        attempt = await hall.start(test)
        for place, word in enumerate(words):
            if word:
                await hall.save(attempt, place, word)
        await hall.submit(attempt)
        await hall.sweep()
        hall.world.clock.move(MINUTE)
    assert await hall.total(test) == ("draft", total)
    assert await code(hall, test) == (409, "no_attempt_left")


async def test_s18_the_pause_between_two_attempts(hall: Hall) -> None:
    test = await hall.test(attempt_limit=2, cooldown_minutes=10)
    await hall.submit(await hall.start(test))
    hall.world.clock.move(10 * MINUTE - TICK)
    assert await code(hall, test) == (409, "attempt_too_soon")
    hall.world.clock.move(TICK)
    assert (await hall.start(test))["number"] == 2


async def test_r5_nobody_starts_outside_the_window_or_the_class(hall: Hall, stack: Stack) -> None:
    opens = hall.world.clock.now() + MINUTE
    test = await hall.test(opens_at=opens.isoformat())
    stranger = stack.as_user("student")
    assert await code(hall, test, stranger) == (404, "assessment_not_found")
    assert (await code(hall, test, hall.tutor))[0] == 403
    assert await code(hall, test) == (409, "assessment_not_open")
    draft = await hall.draft()
    assert await code(hall, draft) == (404, "assessment_not_found")
    hall.world.clock.at = moment(test["closes_at"])
    assert await code(hall, test) == (409, "assessment_not_open")
    hall.world.clock.move(-TICK)
    attempt = await hall.start(test)
    assert attempt["deadline"] == test["closes_at"]
    await hall.save(attempt, 0, "Four", expect=404, user=stranger)
    assert await hall.rows("SELECT count(*) FROM attempt_answers") == [(0,)]


async def test_r5_who_was_removed_saves_nothing_more(hall: Hall) -> None:
    test = await hall.test()
    attempt = await hall.start(test)
    await hall.rows("UPDATE memberships SET state = 'removed' RETURNING 1")
    assert (await hall.save(attempt, 0, "Four", expect=404))["code"] == "attempt_not_found"
    assert (await hall.submit(attempt, expect=404))["code"] == "attempt_not_found"
    assert await hall.rows("SELECT count(*) FROM attempt_answers") == [(0,)]


async def test_r5_only_answers_to_the_questions_of_the_paper_count(hall: Hall) -> None:
    """A question twice, another test's question, and the right option of another one."""
    test, other = await hall.test(), await hall.test()
    attempt, foreign = await hall.start(test), await hall.start(other)
    path = f"/v1/attempts/{attempt['id']}/answers"
    right = answer_to(foreign["questions"][0], "Four")
    body = {"revision": 1, "answer": right}
    refused = await hall.refused(
        hall.student, "PUT", f"{path}/{foreign['questions'][0]['id']}", body
    )
    assert refused == (404, "question_not_in_paper")
    mixed = {"revision": 1, "answer": answer_to(attempt["questions"][1], "Four")}
    answer = await hall.send(hall.student, "PUT", f"{path}/{attempt['questions'][0]['id']}", mixed)
    assert answer.status_code == 422
    assert answer.json()["fields"][0]["code"] == "unknown_option"
    essay = {"revision": 1, "answer": {"type": "essay", "text": "b"}}
    answer = await hall.send(hall.student, "PUT", f"{path}/{attempt['questions'][0]['id']}", essay)
    assert answer.json()["fields"][0]["code"] == "wrong_type"
    one = {"question_id": attempt["questions"][0]["id"], "revision": 1,
           "answer": answer_to(attempt["questions"][0], "Four")}  # fmt: skip
    twice = await hall.submit(attempt, one, one, expect=422)
    assert twice["fields"][0] | {"detail": ""} == {
        "pointer": "/answers/1", "code": "question_twice", "detail": "",
    }  # fmt: skip
    elsewhere = {**one, "question_id": foreign["questions"][0]["id"]}
    assert (await hall.submit(attempt, elsewhere, expect=404))["code"] == "question_not_in_paper"
    assert await hall.rows("SELECT count(*) FROM attempt_answers") == [(0,)]
    await hall.submit(attempt, one)
    await hall.sweep()
    assert await hall.total(test) == ("draft", "2.00")


async def test_r5_marking_twice_gives_the_same(hall: Hall) -> None:
    test = await hall.test()
    attempt = await hall.start(test)
    await hall.save(attempt, 0, "Four")
    await hall.submit(attempt)
    await asyncio.gather(*(hall.sweep() for _ in range(5)))
    first = await hall.mark(test)
    await hall.sweep()
    assert await hall.mark(test) == first
    assert first is not None
    assert (first["total"], first["revision"]) == ("2.00", 1)
    assert await hall.rows("SELECT count(*) FROM attempt_parts") == [(2,)]


async def test_s20_the_last_answers_come_along_with_the_end(hall: Hall) -> None:
    test = await hall.test(time_limit_minutes=30)
    attempt = await hall.start(test)
    await hall.save(attempt, 0, "Four", 4)
    old, fresh = (
        {"question_id": attempt["questions"][place]["id"], "revision": 3,
         "answer": answer_to(attempt["questions"][place], word)}
        for place, word in ((0, "Five"), (1, "Four"))
    )  # fmt: skip
    handed = await hall.submit(attempt, old, fresh)
    assert sorted(one["revision"] for one in handed["answers"]) == [3, 4]
    assert await hall.submit(attempt, old, fresh) == handed
    newer = {**fresh, "revision": 4}
    assert (await hall.submit(attempt, newer, expect=409))["code"] == "attempt_closed"
    await hall.sweep()
    assert await hall.total(test) == ("draft", "4.00")


async def test_s_a9_a_mixed_test_waits_for_its_essay(hall: Hall) -> None:
    test = await hall.test("single", "essay")
    attempt = await hall.start(test)
    await hall.save(attempt, 0, "Four")
    await hall.save(attempt, 1, "Because.")
    await hall.submit(attempt)
    await hall.sweep()
    mark = await hall.mark(test)
    assert mark is not None
    assert (mark["state"], mark["total"]) == ("needs_marking", None)
    assert [one["points"] for one in mark["parts"]] == ["2.00", None]
    seen = await hall.seen(attempt, hall.tutor)
    assert (seen["score"], seen["unmarked"]) == (None, 1)
    assert (await hall.world.get(hall.student, "/v1/marks"))["items"] == []
    assert await hall.refused(hall.student, "GET", f"/v1/marks/{mark['id']}") == (
        404, "mark_not_found",
    )  # fmt: skip


async def test_s_a9_a_blank_essay_needs_nobody(hall: Hall) -> None:
    test = await hall.test("single", "essay")
    attempt = await hall.start(test)
    await hall.save(attempt, 0, "Four")
    await hall.submit(attempt)
    await hall.sweep()
    assert await hall.total(test) == ("draft", "2.00")


async def test_s17_no_acknowledged_save_is_lost_to_the_sweeper(hall: Hall) -> None:
    """Saves and the closing at the same time: what was acknowledged counts, all else is refused."""
    test = await hall.test("essay", time_limit_minutes=30, allowance_seconds=0)
    attempt = await hall.start(test)
    asked = attempt["questions"][0]
    path = f"/v1/attempts/{attempt['id']}/answers/{asked['id']}"

    async def save(revision: int) -> int:
        body = {"revision": revision, "answer": {"type": "essay", "text": f"no. {revision}"}}
        answer = await hall.send(hall.student, "PUT", path, body)
        return revision if answer.status_code == 200 else 0

    saving = asyncio.gather(*(save(revision) for revision in range(1, 31)))
    await asyncio.sleep(0)
    submitting = hall.submit(attempt)
    acknowledged, _ = await asyncio.gather(saving, submitting)
    await hall.sweep()
    held = (await hall.seen(attempt))["answers"]
    assert (held[0]["revision"] if held else 0) == max(acknowledged)


async def test_s18_lists_are_of_the_own_and_of_those_one_teaches(hall: Hall, stack: Stack) -> None:
    test = await hall.test()
    other, observer = stack.as_user("student"), stack.as_user("student")
    await hall.world.member(hall.made, other)
    await hall.world.role(hall.made, observer, "observer")
    mine, theirs = await hall.start(test), await hall.start(test, other)
    path = f"/v1/attempts?assessment_id={test['id']}"
    for user, ids in (
        (hall.student, [mine]), (other, [theirs]), (hall.tutor, [theirs, mine]), (observer, [mine])
    ):  # fmt: skip
        with statements() as sent:
            found = (await hall.world.get(user, path))["items"]
        assert [one["id"] for one in found] == [one["id"] for one in ids]
        assert len(sent) == 1
    assert await hall.refused(observer, "GET", f"/v1/attempts/{mine['id']}") == (
        404, "attempt_not_found",
    )  # fmt: skip
    await hall.submit(mine)
    assert (await hall.seen(mine, observer))["answers"] == []
