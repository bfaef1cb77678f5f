"""The rules of extensions: a later due time for one student, or more time (S9)."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from libs import outbox, zones
from libs.auth import Principal
from libs.errors import FieldProblem, Invalid
from libs.events.session_tasks import ExtensionGranted, ExtensionWithdrawn
from libs.hot_reads import RowPage
from libs.ids import new_id
from libs.pagination import PageRequest
from libs.postgres import Reads
from session_service.extensions import repository
from session_service.extensions.errors import ExtensionNotFound
from session_service.extensions.models import Extension
from session_service.extensions.repository import Item
from session_service.extensions.schemas import ExtensionWanted
from session_service.study_sessions.models import StudySession
from session_service.tasks.models import REMINDED


async def grant(
    session: AsyncSession, user: Principal, item_id: UUID, student_id: UUID, wanted: ExtensionWanted
) -> Extension:
    """Grants a student an extension, in place of one that there is; the student hears of it.

    Raises `WorkItemNotFound`, `StudentNotInClass`, `StudySessionOver`, or `Invalid` for a due time
    that is not later than the item's.
    """
    now: datetime = session.info["clock"].now()
    item = await repository.lock_place(session, user, item_id, student_id)
    item.study_session.check_changeable()
    due_at = _due(item, wanted)
    given = (due_at, wanted.extra_time_factor, wanted.reason)
    found = await repository.find(session, item_id, student_id)
    if found is not None and given == (found.due_at, found.extra_time_factor, found.reason):
        return found
    made = found or Extension(
        id=new_id(), item_id=item_id, study_session_id=item.study_session.id,
        student_id=student_id, revision=0,
    )  # fmt: skip
    made.due_at, made.extra_time_factor, made.reason = given
    made.granted_by, made.granted_at, made.revision = user.account_id, now, made.revision + 1
    remind_at = due_at - REMINDED if due_at else None
    made.remind_at = remind_at if remind_at and remind_at > now else None
    session.add(made)
    await session.flush()
    event = ExtensionGranted(**_about(item.study_session, made, user), due_at=due_at)
    await outbox.publish(session, event)
    return made


async def withdraw(session: AsyncSession, user: Principal, item_id: UUID, student_id: UUID) -> None:
    """Takes an extension back; the student hears of it. Raises `WorkItemNotFound`,
    `StudentNotInClass`, `StudySessionOver` or `ExtensionNotFound`.
    """
    item = await repository.lock_place(session, user, item_id, student_id)
    item.study_session.check_changeable()
    found = await repository.find(session, item_id, student_id)
    if found is None:
        raise ExtensionNotFound
    found.revision += 1
    event = ExtensionWithdrawn(**_about(item.study_session, found, user))
    await session.delete(found)
    await session.flush()
    await outbox.publish(session, event)


async def list_page(reads: Reads, user: Principal, item_id: UUID, page: PageRequest) -> RowPage:
    """One page of an item's extensions. Raises `WorkItemNotFound`."""
    await repository.check_seen(reads, user, item_id)
    return await repository.list_page(reads, user, item_id, page)


def _due(item: Item, wanted: ExtensionWanted) -> datetime | None:
    due_at, pointer = wanted.due_at, "/due_at"
    if wanted.due_local is not None:
        due_at, pointer = zones.to_instant(wanted.due_local, item.study_session.zone), "/due_local"
    if due_at is not None and due_at <= item.due_at:
        raise Invalid(fields=[FieldProblem(pointer, "not_later", "must lie after the due time")])
    return due_at


def _about(study_session: StudySession, of: Extension, by: Principal) -> dict[str, object]:
    return {
        "study_session_id": study_session.id,
        "session_code": study_session.session_code,
        "extension_id": of.id,
        "item_id": of.item_id,
        "student_id": of.student_id,
        "changed_by": by.account_id,
        "revision": of.revision,
    }
