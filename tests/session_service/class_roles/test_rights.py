"""What each role inside a class may do (U-A6), asked through the routes that exist."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import update

from libs.ids import new_id
from session_service.class_roles.models import ClassRole
from session_service.class_roles.schemas import ClassRoleName, ClassRoleState
from session_service.memberships.models import Membership
from tests.session_service.world import World, open_world
from tests.stack import Stack, User


@dataclass
class Class:
    """A class with two students, work of both, and a mark on the first one's."""

    world: World
    made: dict[str, Any]
    second: User
    task: dict[str, Any]
    work: list[dict[str, Any]]
    asked: dict[str, Any]

    async def give(
        self, user: User, role: ClassRoleName, state: ClassRoleState = ClassRoleState.ACTIVE
    ) -> None:
        """Puts somebody into a role."""
        observed = self.world.student.id if role is ClassRoleName.OBSERVER else None
        row = ClassRole(
            id=new_id(), study_session_id=UUID(self.made["id"]), account_id=user.id,
            user_code=user.principal.user_code, role=role.value, student_id=observed,
            state=state.value, invited_at=self.world.clock.now(), accepted_at=None, revision=1,
        )  # fmt: skip
        async with self.world.parts.database.transaction() as session:
            session.add(row)

    async def statuses(self, user: User) -> dict[str, int]:
        """What a user is answered on each path; whatever is let through happens."""
        first, other = (one["id"] for one in self.work)
        task = {
            "study_session_id": self.made["id"],
            "title": "Decimals",
            "due_at": "2999-01-01T00:00:00Z",
        }
        calls: dict[str, tuple[str, str, Any]] = {
            "see": ("GET", f"/v1/study-sessions/{self.made['id']}", None),
            "members": ("GET", f"/v1/study-sessions/{self.made['id']}/memberships", None),
            "let in": ("POST", f"/v1/memberships/{self.asked['id']}/approval", None),
            "set": ("POST", "/v1/tasks", task),
            "task": ("GET", f"/v1/tasks/{self.task['id']}", None),
            "work": ("GET", f"/v1/submissions/{first}", None),
            "other's work": ("GET", f"/v1/submissions/{other}", None),
            "mark": ("GET", f"/v1/submissions/{first}/mark", None),
            "other's mark": ("GET", f"/v1/submissions/{other}/mark", None),
            "grade": ("POST", f"/v1/submissions/{first}/marks", {"points": "4.00", "reason": "x"}),
        }
        found = {}
        for name, (method, path, body) in calls.items():
            answer = await self.world.client.request(method, path, json=body, headers=user.headers)
            found[name] = answer.status_code
        return found


@pytest.fixture
async def made(stack: Stack) -> AsyncIterator[Class]:
    async with open_world(stack) as world:
        second, third = stack.as_user("student"), stack.as_user("student")
        study_session = await world.study_session()
        for student in (world.student, second):
            await world.member(study_session, student)
        task = await world.task(study_session)
        work = []
        for student in (world.student, second):
            path = f"/v1/tasks/{task['id']}/submissions"
            one = await world.post(student, path, {"body": "My work"})
            await world.post(world.tutor, f"/v1/submissions/{one['id']}/marks", {"points": 3})
            work.append(one)
        code = {"join_code": study_session["session_code"]}
        asked = await world.post(third, "/v1/memberships", code)
        yield Class(world, study_session, second, task, work, asked)


ALL = {"see": 200, "members": 200, "let in": 200, "set": 201, "task": 200, "work": 200}
ALL |= {"other's work": 200, "mark": 200, "other's mark": 200, "grade": 201}
NOTHING = dict.fromkeys(ALL, 404)


async def test_u_a6_a_co_tutor_teaches(made: Class, stack: Stack) -> None:
    user = stack.as_user("tutor")
    await made.give(user, ClassRoleName.CO_TUTOR)
    assert await made.statuses(user) == ALL


async def test_u_a6_an_assistant_sees_but_does_not_teach(made: Class, stack: Stack) -> None:
    user = stack.as_user("tutor")
    await made.give(user, ClassRoleName.ASSISTANT)
    assert await made.statuses(user) == ALL | {"let in": 404, "set": 404, "grade": 404}


@pytest.mark.parametrize("role", ["tutor", "student"])
async def test_u_a6_an_observer_reads_one_student_only(
    made: Class, stack: Stack, role: str
) -> None:
    user = stack.as_user(role)
    await made.give(user, ClassRoleName.OBSERVER)
    teaching = dict.fromkeys(
        ("members", "let in", "set", "grade"), 403 if role == "student" else 404
    )
    others = {"other's work": 404, "other's mark": 404}
    assert await made.statuses(user) == ALL | teaching | others


async def test_u_a6_an_observer_sees_nothing_of_a_student_who_left(
    made: Class, stack: Stack
) -> None:
    user = stack.as_user("tutor")
    await made.give(user, ClassRoleName.OBSERVER)
    async with made.world.parts.database.transaction() as session:
        await session.execute(
            update(Membership)
            .where(Membership.student_id == made.world.student.id)
            .values(state="left")
        )
    assert await made.statuses(user) == NOTHING


@pytest.mark.parametrize("role", list(ClassRoleName))
async def test_u_a6_an_invitation_gives_no_right(
    made: Class, stack: Stack, role: ClassRoleName
) -> None:
    user = stack.as_user("tutor")
    await made.give(user, role, ClassRoleState.INVITED)
    assert await made.statuses(user) == NOTHING
