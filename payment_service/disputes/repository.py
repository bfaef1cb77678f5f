"""Queries for disputes."""

from uuid import UUID

from sqlalchemy import bindparam, exists, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from libs.hot_reads import PageQuery, Query, Row, RowPage, columns_of
from libs.ids import new_id
from libs.pagination import PageRequest
from libs.postgres import Reads
from payment_service.checkouts.stripe_disputes import DisputeFound, DisputeState
from payment_service.disputes.errors import DisputeNotFound
from payment_service.disputes.models import Dispute
from payment_service.disputes.schemas import DisputeAdminOut
from payment_service.disputes.states import BLOCKING, Target
from payment_service.payments import repository as payments
from payment_service.payments.states import Finding, Verdict
from payment_service.top_ups import repository as top_ups

_SHOWN = select(*columns_of(Dispute, DisputeAdminOut))
_FILTERS = {
    "state": Dispute.state == bindparam("state"),
    "payment_id": Dispute.payment_id == bindparam("payment_id"),
}
_PAGES = {
    None: PageQuery(_SHOWN, Dispute.id, _FILTERS),
    True: PageQuery(_SHOWN.where(Dispute.closed_at.is_(None)), Dispute.id, _FILTERS),
    False: PageQuery(_SHOWN.where(Dispute.closed_at.is_not(None)), Dispute.id, _FILTERS),
}
_ONE = Query(_SHOWN.where(Dispute.id == bindparam("dispute_id")))


async def list_page(
    reads: Reads,
    page: PageRequest,
    is_open: bool | None,
    state: DisputeState | None,
    payment_id: UUID | None,
) -> RowPage:
    """Disputes for admins, newest first."""
    return await _PAGES[is_open].page(reads, page, state=state, payment_id=payment_id)


async def get_shown(reads: Reads, dispute_id: UUID) -> Row:
    """A dispute for admins. Raises `DisputeNotFound`."""
    found = await _ONE.first(reads, dispute_id=dispute_id)
    if found is None:
        raise DisputeNotFound
    return found


async def lock_target(session: AsyncSession, found: DisputeFound) -> Target | None:
    """What a dispute is about, locked, a payment with its class first; `None` where its intent is
    none of ours.
    """
    finding = Finding(Verdict.OPEN, payment_intent=found.payment_intent)
    payment_id = await payments.find_id(session, finding)
    if payment_id is not None:
        _, payment = await payments.lock(session, payment_id)
        money = payment.amount, payment.currency
        return Target(payment.tutor_id, *money, payment_id=payment_id)
    top_up_id = await top_ups.find_id(session, finding)
    if top_up_id is None:
        return None
    top_up = await top_ups.lock(session, top_up_id)
    return Target(top_up.owner_id, top_up.amount, top_up.currency, top_up_id=top_up_id)


async def open_locked(
    session: AsyncSession, target: Target, found: DisputeFound
) -> tuple[Dispute, bool]:
    """A dispute, locked, and whether it is new; the target must be locked."""
    statement = insert(Dispute).values(
        id=new_id(), stripe_dispute_id=found.stripe_dispute_id, payment_id=target.payment_id,
        top_up_id=target.top_up_id, payer_id=target.payer_id, amount=found.amount,
        currency=found.currency, reason=found.reason, state=DisputeState.INQUIRY.value,
        due_at=found.due_at, opened_at=found.opened_at, freezes=False, revision=1,
    )  # fmt: skip
    statement = statement.on_conflict_do_nothing(index_elements=["stripe_dispute_id"])
    new = await session.scalar(statement.returning(Dispute.id)) is not None
    known = select(Dispute).where(Dispute.stripe_dispute_id == found.stripe_dispute_id)
    locked = known.with_for_update().execution_options(populate_existing=True)
    return (await session.scalars(locked)).one(), new


async def mark_payment(session: AsyncSession, payment_id: UUID) -> None:
    """Notes with a payment, which must be locked, whether a dispute forbids its refunds."""
    await session.flush()
    blocked = exists().where(Dispute.payment_id == payment_id, Dispute.state.in_(BLOCKING))
    payment = await payments.get(session, payment_id)
    payment.disputed = bool(await session.scalar(select(blocked)))
