"""Marks follow what makes work late (S8, S9, S-A4): the due time, the policy, an extension."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from session_service.grade_items.schemas import ItemKind
from session_service.marks import repository as marked
from session_service.marks import service as marks
from session_service.marks.trail import Act
from session_service.submission_marks import repository


async def follow(
    session: AsyncSession, item_id: UUID, student_id: UUID | None, by: UUID | None, why: str
) -> None:
    """Counts anew what lateness costs in a task's marks, of all students or of one, by what holds
    now. Repeatable. Takes the same number of statements however many there are.
    """
    held = await marked.hold(session, item_id)
    if held is None or held.item.kind != ItemKind.TASK:
        return
    late = await repository.list_late(session, item_id, student_id)
    await marks.set_penalties(session, held, late, Act(by, why, session.info["clock"].now()))
