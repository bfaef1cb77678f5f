"""A dashboard as of a past moment is what it was then (S38)."""

from collections.abc import AsyncIterator
from itertools import pairwise
from typing import Any

import pytest

from tests.session_service.desk import DAY, LATE, MINUTE, TICK, Desk, open_desk
from tests.stack import Stack
from tests.statements import statements


@pytest.fixture
async def desk(stack: Stack) -> AsyncIterator[Desk]:
    async with open_desk(stack) as made:
        await made.world.member(made.made, made.other)
        yield made


def views(desk: Desk) -> list[tuple[Any, str]]:
    """Whatever shows progress, and to whom."""
    of = f"/v1/study-sessions/{desk.made['id']}"
    own = f"{of}/progress/{desk.student.id}"
    class_wide = [f"{of}/progress", f"{of}/progress-summary", f"{of}/progress-trend?count=2"]
    rows = [f"{of}/progress-rows?of={which}" for which in ("due", "submitted", "scored")]
    taught = [(desk.tutor, path) for path in (*class_wide, *rows, "/v1/progress", own)]
    return [*taught, (desk.student, own), (desk.student, rows[2])]


def plain(found: Any) -> Any:
    """Without the addresses of rows, which say of which moment they are."""
    if isinstance(found, list):
        return [plain(one) for one in found]
    if isinstance(found, dict):
        return {name: plain(one) for name, one in found.items() if not name.endswith("rows")}
    return found


async def look(desk: Desk, as_of: str | None = None) -> list[Any]:
    """All views, now or as of a moment."""
    shown = []
    for user, path in views(desk):
        back = "" if as_of is None else f"{'&' if '?' in path else '?'}as_of={as_of}"
        shown.append(plain(await desk.world.get(user, path + back)))
    return shown


async def story(desk: Desk) -> AsyncIterator[None]:
    """Work is set, comes, comes again, is marked, marked anew and excused; and time passes."""
    clock, tutor = desk.world.clock, desk.tutor
    yield
    first, second = [
        await desk.task(title=name, late_policy=LATE) for name in ("Fractions", "Roots")
    ]
    yield
    clock.move(6 * DAY)
    work = await desk.submit(first)
    yield
    marks = f"/v1/submissions/{work['id']}/marks"
    await desk.send(tutor, "POST", marks, {"points": 4}, 201)
    yield
    clock.move(2 * DAY)
    yield
    await desk.send(tutor, "POST", marks, {"points": 9, "reason": "Overlooked a page"}, 201)
    yield
    clock.move(MINUTE)
    late = await desk.submit(second, user=desk.other)
    yield
    await desk.send(tutor, "POST", f"/v1/submissions/{late['id']}/marks", {"points": 5}, 201)
    clock.move(10 * DAY)
    yield
    excuse = f"/v1/grade-items/{second['id']}/students/{desk.student.id}/excuse"
    await desk.send(tutor, "PUT", excuse, {"excused": True, "reason": "Was ill"})
    third = await desk.task(title="Powers")
    yield
    await desk.submit(third)
    clock.move(7 * DAY)
    yield


async def test_s38_a_dashboard_as_of_a_past_moment_is_what_was_shown_then(desk: Desk) -> None:
    then = []
    async for _ in story(desk):
        desk.world.clock.move(TICK)
        then.append((desk.world.clock.now().isoformat().replace("+", "%2B"), await look(desk)))
        desk.world.clock.move(TICK)
    assert [one[1] != other[1] for one, other in pairwise(then)] == [True] * 9
    for moment, shown in then:
        assert await look(desk, moment) == shown


async def test_s38_the_addresses_behind_a_number_keep_the_moment(desk: Desk) -> None:
    task = await desk.task(late_policy=LATE)
    desk.world.clock.move(8 * DAY)
    moment = desk.world.clock.now().isoformat().replace("+", "%2B")
    desk.world.clock.move(MINUTE)
    await desk.submit(task)
    path = f"/v1/study-sessions/{desk.made['id']}/progress/{desk.student.id}"
    now, back = [
        await desk.world.get(desk.tutor, path + query) for query in ("", f"?as_of={moment}")
    ]
    assert (now["completion"]["part"], back["completion"]["part"]) == (1, 0)
    for found in (now, back):
        rows = await desk.world.get(desk.tutor, found["completion"]["part_rows"])
        assert len(rows["items"]) == found["completion"]["part"]


async def test_s38_nobody_looks_into_the_future_nor_at_what_is_hidden_again(desk: Desk) -> None:
    task = await desk.task()
    ahead = (desk.world.clock.now() + 30 * DAY).isoformat().replace("+", "%2B")
    path = f"/v1/study-sessions/{desk.made['id']}/progress/{desk.student.id}"
    assert (await desk.world.get(desk.student, f"{path}?as_of={ahead}"))["counts"]["due"] == 0
    work = await desk.submit(task)
    await desk.send(desk.tutor, "POST", f"/v1/submissions/{work['id']}/marks", {"points": 4}, 201)
    desk.world.clock.move(8 * DAY)
    moment = desk.world.clock.now().isoformat().replace("+", "%2B")
    desk.world.clock.move(MINUTE)
    await desk.rows("UPDATE marks SET state = 'draft', released_at = NULL")
    found = await desk.world.get(desk.student, f"{path}?as_of={moment}")
    assert found["average"]["percent"] is None


async def test_s38_a_look_back_is_a_fixed_number_of_statements(desk: Desk) -> None:
    moment = desk.world.clock.now().isoformat().replace("+", "%2B")
    for _ in range(2):
        await desk.task()
        for (user, path), number in zip(views(desk), (2, 2, 2, 2, 2, 2, 1, 2, 2, 2), strict=True):
            with statements() as seen:
                await desk.world.get(user, f"{path}{'&' if '?' in path else '?'}as_of={moment}")
            assert (path, len(seen)) == (path, number)
