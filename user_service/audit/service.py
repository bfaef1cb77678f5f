"""Recording who did what to whom, in the transaction of the act itself, and reading it."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from libs.ids import new_id
from libs.pagination import PageRequest, cut
from user_service.audit import chain, repository
from user_service.audit.models import AuditEntry
from user_service.audit.schemas import Filter


async def record(
    session: AsyncSession,
    action: str,
    *,
    actor_id: UUID | None,
    subject_id: UUID | None,
    **details: str | int | bool | None,
) -> None:
    """Records an act, such as `account.blocked`. A denial that must be kept is recorded in
    `transaction(independent=True)`. `details` are ids, codes, states and numbers; the reason that
    an admin gave is the only text of a person, since nothing of an entry is ever erased.
    """
    entry = AuditEntry(
        id=new_id(),
        at=session.info["clock"].now(),
        actor_id=actor_id,
        action=action,
        subject_id=subject_id,
        details=details,
    )
    entry.code = chain.code_of(session.info[chain.KEY], entry)
    await repository.add(session, entry)


async def list_page(
    session: AsyncSession, wanted: Filter, page: PageRequest
) -> tuple[list[AuditEntry], str | None]:
    """A page of entries, newest first, and the cursor of the next."""
    return cut(await repository.list_page(session, wanted, page), page)


async def list_about(session: AsyncSession, subject_id: UUID, limit: int) -> Sequence[AuditEntry]:
    """The newest entries about an account."""
    return (await list_page(session, Filter(subject_id=subject_id), PageRequest(None, limit)))[0]
