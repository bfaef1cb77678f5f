"""When the key is shown, and that it is then (S16, R1)."""

from datetime import timedelta
from itertools import product
from typing import Any

import pytest

from session_service.assessments.models import key_is_out
from tests.session_service.assessments.school import PLANTED, SECRET
from tests.session_service.attempts.hall import Hall
from tests.stack import Stack, User


async def key(hall: Hall, attempt: Any, user: User | None = None) -> Any:
    return await hall.world.get(user or hall.student, f"/v1/attempts/{attempt['id']}/key")


async def hidden(hall: Hall, attempt: Any, user: User | None = None) -> bool:
    answer = await hall.send(user or hall.student, "GET", f"/v1/attempts/{attempt['id']}/key")
    if answer.status_code == 404:
        assert answer.json()["code"] == "key_not_released"
        assert "fields" not in answer.json()
    return answer.status_code == 404


@pytest.mark.parametrize("marks_seen", [True, False])
def test_s16_the_setting_decides(marks_seen: bool) -> None:
    for may_try, all_over in product((True, False), repeat=2):
        facts = {"marks_seen": marks_seen, "may_try": may_try, "all_over": all_over}
        assert not key_is_out("never", **facts)
        assert key_is_out("with_marks", **facts) is (marks_seen and not may_try)
        assert key_is_out("after_close", **facts) is all_over


async def test_r1_the_key_is_found_after_the_close_and_not_before(hall: Hall) -> None:
    """Each type of question: the marker in the key is there once the setting says so."""
    asked = [await hall.question(**one) for one in PLANTED]
    test = await hall.published(
        *({"question_id": one["id"]} for one in asked), key_release="after_close"
    )
    attempt = await hall.start(test)
    assert await hidden(hall, attempt)
    await hall.submit(attempt)
    await hall.sweep()
    assert await hidden(hall, attempt)
    hall.world.clock.move(timedelta(hours=2))
    found = (await key(hall, attempt))["questions"]
    assert [one["key"] for one in found] == [one["key"] for one in asked]
    assert {one["explanation"] for one in found} == {f"{SECRET} explains"}
    paper = (await hall.seen(attempt))["questions"]
    assert [{name: one[name] for name in paper[0]} for one in found] == paper


async def test_s16_after_the_close_means_after_everybody_s(hall: Hall) -> None:
    test = await hall.test(key_release="after_close", allowance_seconds=60)
    attempt = await hall.start(test)
    await hall.submit(attempt)
    await hall.grant(test, due_at=(hall.world.clock.now() + timedelta(hours=3)).isoformat())
    hall.world.clock.move(timedelta(hours=2, minutes=1))
    await hall.sweep()
    assert await hidden(hall, attempt)
    hall.world.clock.move(timedelta(hours=1))
    assert not await hidden(hall, attempt)


async def test_s16_nobody_reads_the_key_while_another_is_at_it(hall: Hall, stack: Stack) -> None:
    """The allowance of the other's deadline is waited for, too."""
    test = await hall.test(key_release="after_close", allowance_seconds=60)
    other = stack.as_user("student")
    await hall.world.member(hall.made, other)
    mine = await hall.start(test)
    await hall.submit(mine)
    theirs = await hall.start(test, other)
    hall.world.clock.move(timedelta(hours=2))
    assert await hidden(hall, mine)
    await hall.sweep()
    assert await hidden(hall, mine)
    hall.world.clock.move(timedelta(minutes=1))
    assert not await hidden(hall, mine)
    assert await hidden(hall, theirs, hall.student)
    assert not await hidden(hall, theirs, other)


async def test_s16_with_marks_not_before_the_last_try(hall: Hall) -> None:
    test = await hall.test(key_release="with_marks", attempt_limit=2, release="at_once")
    first = await hall.start(test)
    await hall.submit(first)
    await hall.sweep()
    assert (await hall.total(test))[0] == "released"
    assert await hidden(hall, first)
    second = await hall.start(test)
    assert await hidden(hall, first)
    await hall.submit(second)
    assert not await hidden(hall, first)
    assert not await hidden(hall, second)


async def test_s16_with_marks_not_before_their_release(hall: Hall) -> None:
    test = await hall.test(key_release="with_marks")
    attempt = await hall.start(test)
    await hall.submit(attempt)
    await hall.sweep()
    hall.world.clock.move(timedelta(days=9))
    assert await hidden(hall, attempt)
    found = await hall.mark(test)
    assert found is not None
    path = f"/v1/study-sessions/{hall.made['id']}/mark-releases"
    await hall.world.post(hall.tutor, path, {"mark_ids": [found["id"]]})
    assert not await hidden(hall, attempt)


async def test_s16_never_means_never_but_for_who_teaches(hall: Hall, stack: Stack) -> None:
    test = await hall.test(release="at_once")
    attempt = await hall.start(test)
    await hall.submit(attempt)
    await hall.sweep()
    hall.world.clock.move(timedelta(days=9))
    assert await hidden(hall, attempt)
    people = {role: stack.as_user("student" if role == "observer" else "tutor")
              for role in ("co_tutor", "assistant", "observer")}  # fmt: skip
    for role, user in people.items():
        await hall.world.role(hall.made, user, role)
    seen = {role: not await hidden(hall, attempt, user) for role, user in people.items()}
    assert seen == {"co_tutor": True, "assistant": False, "observer": False}
    assert not await hidden(hall, attempt, hall.tutor)
    assert await hidden(hall, attempt, stack.as_user("tutor"))
