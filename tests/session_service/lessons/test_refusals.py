"""Two people schedule at once, and neither wants an overlap: one of them gets the time (S26)."""

import asyncio
from typing import Any

import pytest
from sqlalchemy import text

from session_service.series import service as series
from session_service.series.schemas import SeriesCreate
from tests.locks import IS_WAITED_FOR
from tests.session_service.schedule import Class
from tests.session_service.world import World
from tests.stack import Stack, User, eventually

PLACE = {"title": "Algebra", "zone": "Europe/Berlin", "refuse_conflicts": True}
START = "2026-10-19T17:00"
TRIES = 8
Asked = tuple[User, str, dict[str, Any]]
"""Who asks, for which class, and what else the body says."""


async def create(world: World, asked: Asked) -> str:
    """What somebody who asks for a series gets: `created`, or the refusal's code."""
    user, of, fields = asked
    answer = await world.client.post(
        "/v1/lesson-series",
        json=PLACE | {"study_session_id": of, **fields},
        headers=user.headers,
    )
    found: str = answer.json().get("code", "created")
    return found


async def at_once(made: Class, asked: list[Asked]) -> list[str]:
    """What all get who ask at the same time."""
    return sorted(await asyncio.gather(*(create(made.world, one) for one in asked)))


@pytest.mark.parametrize("shared", ["teacher", "student"])
async def test_s26_who_refuses_overlaps_waits_for_who_was_first(
    made: Class, stack: Stack, shared: str
) -> None:
    """The second one asks when the first one has looked, but not committed."""
    first = made.world.tutor
    if shared == "student":
        made.world.tutor = stack.as_user("tutor")
    second = await made.world.study_session()
    if shared == "student":
        await made.world.member(second)
    wanted = SeriesCreate.model_validate(
        PLACE | {"study_session_id": made.id, "local_start": START}
    )
    async with made.world.parts.database.transaction() as session:
        session.info["clock"] = made.world.clock
        await series.create(session, first.principal, wanted, made.world.clock.now())
        asked = (made.world.tutor, second["id"], {"local_start": "2026-10-19T17:30"})
        task = asyncio.create_task(create(made.world, asked))
        await eventually(lambda: session.scalar(text(IS_WAITED_FOR)))
    assert await task == "lessons_overlap"


async def test_s26_of_many_who_refuse_overlaps_one_gets_the_time(made: Class) -> None:
    """The classes have one teacher, and no student in common."""
    own = [made.made] + [await made.world.study_session() for _ in range(TRIES - 1)]
    asked = [
        (made.world.tutor, one["id"], {"local_start": f"2026-10-19T17:{5 * number:02}"})
        for number, one in enumerate(own)
    ]
    assert await at_once(made, asked) == ["created"] + ["lessons_overlap"] * (TRIES - 1)
    assert len(await made.lessons()) == 1


async def test_s26_a_student_whom_two_tutors_teach_gets_one_lesson(
    made: Class, stack: Stack
) -> None:
    asked, owner = [], made.world.tutor
    for _ in range(TRIES):
        made.world.tutor = stack.as_user("tutor")
        of = await made.world.study_session()
        await made.world.member(of)
        asked.append((made.world.tutor, of["id"], {"local_start": "2026-10-19T17:00"}))
    made.world.tutor = owner
    found = await at_once(made, asked)
    assert found == ["created"] + ["lessons_overlap"] * (TRIES - 1)
    assert len(await made.lessons(made.world.student)) == 1


async def test_s26_moves_that_refuse_overlaps_meet_too(made: Class) -> None:
    ids = []
    for hour in range(TRIES):
        ids += (await made.weekly(f"2026-10-19T{8 + hour:02}:00", rule=None))["lesson_ids"]
    body = {"local_start": "2026-10-20T17:00", "refuse_conflicts": True}
    answers = await asyncio.gather(
        *(
            made.world.client.patch(
                f"/v1/lessons/{one}", json=body, headers=made.world.tutor.headers
            )
            for one in ids
        )
    )
    assert sorted(answer.status_code for answer in answers) == [200] + [409] * (TRIES - 1)
    found = await made.lessons()
    assert [one["moved"] for one in found].count(True) == 1


async def test_s26_who_lets_lessons_overlap_is_refused_nothing(made: Class) -> None:
    other = await made.world.study_session()
    asked = [
        (made.world.tutor, one, {"local_start": "2026-10-19T17:00", "refuse_conflicts": False})
        for one in (made.id, other["id"])
    ]
    assert await at_once(made, asked) == ["created", "created"]


@pytest.mark.parametrize("refuse", [False, True])
async def test_s26_times_that_meet_do_not_overlap(made: Class, refuse: bool) -> None:
    other = await made.world.study_session()
    asked = [
        (made.world.tutor, of, {"local_start": start, "refuse_conflicts": refuse})
        for of, start in ((made.id, "2026-10-19T17:00"), (other["id"], "2026-10-19T18:00"))
    ]
    assert await at_once(made, asked) == ["created", "created"]
