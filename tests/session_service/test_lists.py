"""Every list of session_service: as many statements for a full page as for an empty one."""

from collections.abc import AsyncIterator

import pytest
from sqlalchemy import insert

from libs.ids import new_id
from session_service.memberships.models import Membership
from session_service.people.models import Person
from session_service.study_sessions.models import StudySession
from session_service.submissions.models import Submission
from session_service.tasks.models import Task
from tests.session_service.world import World, open_world
from tests.stack import Stack
from tests.statements import statements

MANY = 25
STATEMENTS = {
    "/v1/study-sessions": 1,
    "/v1/study-sessions?state=active": 1,
    "/v1/study-sessions/{of}/memberships": 2,
    "/v1/tasks": 1,
    "/v1/tasks?study_session_id={of}": 1,
    "/v1/tasks/{task}/submissions": 2,
}
"""By path, as the tutor asks."""


@pytest.fixture
async def world(stack: Stack) -> AsyncIterator[World]:
    async with open_world(stack) as made:
        yield made


async def fill(world: World, of: str, task: str) -> None:
    """Adds `MANY` rows to each list."""
    now, ids = world.clock.now(), [new_id() for _ in range(MANY)]
    shared = {"name": "More", "description": "", "zone": "UTC", "tutor_id": world.tutor.id}
    classes = [
        {
            "id": one,
            "session_code": f"MORE-{n}",
            "state": "active",
            "created_at": now,
            "revision": 1,
        }
        for n, one in enumerate(ids)
    ]
    members = [
        {
            "id": new_id(), "study_session_id": of, "student_id": one, "student_code": "X",
            "state": "approved", "requested_at": now, "approved_at": now, "revision": 2,
        }
        for one in ids
    ]  # fmt: skip
    people = [{"account_id": one, "user_code": "X", "name": "N", "revision": 1} for one in ids]
    tasks = [
        {
            "id": one, "study_session_id": of, "title": "T", "description": "", "points": 1,
            "due_at": now, "created_at": now, "revision": 1,
        }
        for one in ids
    ]  # fmt: skip
    work = [
        {
            "id": new_id(), "task_id": task, "student_id": one, "student_code": "X", "number": 1,
            "body": "B", "received_at": now,
        }
        for one in ids
    ]  # fmt: skip
    async with world.parts.database.transaction() as session:
        await session.execute(insert(StudySession), [row | shared for row in classes])
        for table, rows in ((Membership, members), (Person, people), (Task, tasks)):
            await session.execute(insert(table), rows)
        await session.execute(insert(Submission), work)


async def test_a_list_costs_the_same_number_of_statements(world: World) -> None:
    made = await world.study_session()
    task = await world.task(made)
    names = {"of": made["id"], "task": task["id"]}
    for full in (False, True):
        for path, count in STATEMENTS.items():
            with statements() as seen:
                page = await world.get(world.tutor, path.format(**names))
            assert (path, len(seen)) == (path, count)
            if full:
                assert (path, len(page["items"])) == (path, 20)
                assert page["next_cursor"] is not None
        if not full:
            await fill(world, **names)


async def test_one_s_own_memberships_take_one_statement(world: World) -> None:
    for _ in range(3):
        await world.member(await world.study_session())
    with statements() as seen:
        page = await world.get(world.student, "/v1/memberships")
    assert (len(page["items"]), len(seen)) == (3, 1)
