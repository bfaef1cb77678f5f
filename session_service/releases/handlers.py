"""When the rule that waits for all marks is asked again (S11)."""

from sqlalchemy.ext.asyncio import AsyncSession

from libs.events.session import MembershipLeft, MembershipRemoved
from libs.events.session_marks import ReleaseRuleChanged
from libs.events.user import AccountErased
from session_service.releases import service


async def on_student_gone(session: AsyncSession, event: MembershipLeft | MembershipRemoved) -> None:
    """Nobody waits for who is gone. Repeatable."""
    await service.ask_again_in_class(session, event.study_session_id)


async def on_account_erased(session: AsyncSession, event: AccountErased) -> None:
    """Nobody waits for who is erased, which is known already. Repeatable."""
    await service.ask_again_without(session, event.account_id)


async def on_rule_changed(session: AsyncSession, event: ReleaseRuleChanged) -> None:
    """All may be there already. Repeatable."""
    await service.ask_again(session, event.item_id)
