"""What an account's fate means for its classes."""

from sqlalchemy.ext.asyncio import AsyncSession

from libs.events.user import (
    AccountBlocked,
    AccountUnblocked,
    ErasureScheduled,
    ErasureUndone,
    UserEvent,
)
from session_service.owner_holds import service
from session_service.owner_holds.models import OwnerHold
from session_service.study_sessions.schemas import PauseCause


async def on_account_blocked(session: AsyncSession, event: AccountBlocked) -> None:
    """Pauses the account's classes."""
    await service.note(session, _hold(event, PauseCause.BLOCKED, holds=True), event.blocked_at)


async def on_account_unblocked(session: AsyncSession, event: AccountUnblocked) -> None:
    """Resumes what the block has paused."""
    await service.note(session, _hold(event, PauseCause.BLOCKED, holds=False), event.unblocked_at)


async def on_erasure_scheduled(session: AsyncSession, event: ErasureScheduled) -> None:
    """Pauses the account's classes; they may change owner until it is gone, and after."""
    at = event.occurred_at or session.info["clock"].now()
    await service.note(session, _hold(event, PauseCause.LEAVING, holds=True), at)


async def on_erasure_undone(session: AsyncSession, event: ErasureUndone) -> None:
    """Resumes what the coming erasure has paused."""
    at = event.occurred_at or session.info["clock"].now()
    await service.note(session, _hold(event, PauseCause.LEAVING, holds=False), at)


def _hold(event: UserEvent, cause: PauseCause, *, holds: bool) -> OwnerHold:
    return OwnerHold(
        account_id=event.account_id, cause=cause.value, holds=holds, revision=event.revision
    )
