"""Queries for drafts. They are seen by their students only, whose place in the class is locked
while one is written.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Integer, Uuid, bindparam, literal_column, select, update
from sqlalchemy.dialects.postgresql import insert

from libs.auth import Principal
from libs.compiled import Row, Statement
from libs.hot_reads import Query
from libs.hot_writes import Transaction
from libs.postgres import Reads
from session_service.class_roles.models import attended_by
from session_service.submissions.models import SubmissionDraft
from session_service.tasks.errors import TaskNotFound
from session_service.tasks.models import Task
from session_service.tasks.repository import IS_PUBLISHED

_CALLER = bindparam("caller", type_=Uuid())
_TABLE: Any = SubmissionDraft.__table__
_MINE = (SubmissionDraft.task_id == bindparam("task_id"), SubmissionDraft.student_id == _CALLER)
_DRAFT = Query(
    select(
        Task.id.label("task_id"),
        *(_TABLE.c[name] for name in ("body", "file_ids", "revision", "saved_at")),
    )
    .outerjoin(
        SubmissionDraft,
        (SubmissionDraft.task_id == Task.id) & (SubmissionDraft.student_id == _CALLER),
    )
    .where(
        Task.id == bindparam("task_id"), IS_PUBLISHED, attended_by(_CALLER, Task.study_session_id)
    )
)
_LOCKED = Statement(select(*_TABLE.c).where(*_MINE))
_NEW = insert(SubmissionDraft).values(
    {column.name: bindparam(column.name, type_=column.type) for column in _TABLE.c}
)
_SEEN = bindparam("seen", type_=Integer())
_SAVED = ("body", "file_ids", "revision", "saved_at")
_FIRST = Statement(_NEW.on_conflict_do_nothing().returning(literal_column("1")))
_NEXT = Statement(
    update(SubmissionDraft)
    .where(*_MINE, SubmissionDraft.revision == _SEEN)
    .values({name: bindparam(f"new_{name}", type_=_TABLE.c[name].type) for name in _SAVED})
    .returning(literal_column("1"))
)


async def get_for(reads: Reads, user: Principal, task_id: UUID) -> Row:
    """The caller's draft for a task that the caller may work on; an empty one of revision 0 when
    nothing was saved. Raises `TaskNotFound`.
    """
    found = await _DRAFT.first(reads, caller=user.account_id, task_id=task_id)
    if found is None:
        raise TaskNotFound
    return found if found["revision"] else {**found, "body": "", "file_ids": [], "revision": 0}


async def find(session: Transaction, user: Principal, task_id: UUID) -> Row | None:
    """The caller's draft as it is now."""
    rows = await _LOCKED.run(session, caller=user.account_id, task_id=task_id)
    return rows[0] if rows else None


async def save(
    session: Transaction, user: Principal, task_id: UUID, seen: int, now: datetime, **content: Any
) -> Row | None:
    """Saves a draft over the revision that the client has seen; `None` if that is not the one that
    is saved.
    """
    draft: Row = {
        "task_id": task_id,
        "student_id": user.account_id,
        "revision": seen + 1,
        "saved_at": now,
    } | content
    if seen == 0:
        return draft if await _FIRST.run(session, **draft) else None
    new = {f"new_{name}": draft[name] for name in _SAVED}
    rows = await _NEXT.run(session, caller=user.account_id, task_id=task_id, seen=seen, **new)
    return draft if rows else None
