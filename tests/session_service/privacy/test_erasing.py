"""What an erased account leaves in session_service, whatever comes late or twice (U-A9)."""

from typing import Any
from uuid import UUID

from sqlalchemy import text

from libs.data_map import FORMER
from libs.events.user import AccountErased, AccountRegistered, ProfileChanged
from libs.ids import new_id
from session_service.privacy import jobs
from session_service.privacy.schemas import EraseAccount
from tests.session_service.world import World, open_world
from tests.stack import Stack, User


def registered(user: User, revision: int = 1) -> AccountRegistered:
    return AccountRegistered(
        account_id=user.id, user_code=user.code, role="student", name="Asha Rao",
        email="asha@example.org", locale="en", zone="UTC", revision=revision,
    )  # fmt: skip


def erased(user: User, revision: int = 4) -> AccountErased:
    return AccountErased(
        account_id=user.id, erasure_id=new_id(), user_code=user.code, revision=revision
    )


async def rows(world: World, statement: str, **values: Any) -> list[Any]:
    async with world.parts.database.transaction() as session:
        return [tuple(row) for row in await session.execute(text(statement), values)]


async def people(world: World) -> list[Any]:
    return await rows(world, "SELECT name, user_code, revision FROM people")


async def test_u_a9_no_late_event_brings_a_name_back(stack: Stack) -> None:
    async with open_world(stack) as world:
        student = world.student
        await world.handle(registered(student))
        await world.handle(erased(student))
        assert await people(world) == [(FORMER, student.code, 4)]
        await world.handle(registered(student))
        await world.handle(ProfileChanged(**registered(student, 3).model_dump()))
        await world.handle(erased(student))
        assert await people(world) == [(FORMER, student.code, 4)]


async def test_u_a9_an_erasure_may_come_before_the_account(stack: Stack) -> None:
    async with open_world(stack) as world:
        await world.handle(erased(world.student))
        await world.handle(registered(world.student))
        assert await people(world) == [(FORMER, world.student.code, 4)]


async def test_u_a9_marks_stay_and_texts_go_once(stack: Stack) -> None:
    async with open_world(stack) as world:
        made = await world.study_session()
        other = stack.as_user("student")
        task = None
        for student in (world.student, other):
            await world.member(made, student)
            task = task or await world.task(made)
            path = f"/v1/tasks/{task['id']}/submissions"
            work = await world.post(student, path, {"body": "three quarters"})
            path = f"/v1/submissions/{work['id']}/marks"
            await world.post(world.tutor, path, {"points": "8.50", "comment": "Good, Asha."})
        job = EraseAccount(erasure_id=new_id(), account_id=world.student.id)
        for _ in range(2):
            await jobs.erase(world.parts.database, job)
        found = await rows(
            world,
            "SELECT marks.student_id, body, total::text, comment FROM marks "
            "JOIN submissions ON submissions.id = work_id ORDER BY marked_at, marks.id",
        )
        assert found == [
            (world.student.id, "", "8.50", ""),
            (other.id, "three quarters", "8.50", "Good, Asha."),
        ]
        told = await rows(
            world,
            "SELECT body::jsonb -> 'data' FROM outbox "
            "WHERE address = 'privacy.events' ORDER BY seq",
        )
        counts = [data["counts"] for (data,) in told]
        assert {UUID(data["erasure_id"]) for (data,) in told} == {job.erasure_id}
        assert len(counts) == 2
        assert (counts[0]["submissions"], counts[0]["marks"], counts[0]["people"]) == (1, 1, 0)
        assert counts[0]["idempotency_keys"] == 0
