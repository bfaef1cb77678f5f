"""Queries for reconciliations."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from libs.hot_reads import PageQuery, Query, Row, RowPage, columns_of
from libs.ids import new_id
from libs.pagination import PageRequest
from libs.postgres import Reads
from payment_service.reconciliations.errors import ReconciliationNotFound
from payment_service.reconciliations.models import Reconciliation, ReconciliationDifference
from payment_service.reconciliations.schemas import DifferenceOut, ReconciliationOut
from payment_service.reconciliations.states import Difference, DifferenceKind, Known, Sums

_SHOWN = select(*columns_of(Reconciliation, ReconciliationOut))
_ONE = Query(_SHOWN.where(Reconciliation.id == bindparam("reconciliation_id")))
_PAGE = PageQuery(_SHOWN, Reconciliation.id)
_DIFFERENCES = PageQuery(
    select(*columns_of(ReconciliationDifference, DifferenceOut)).where(
        ReconciliationDifference.reconciliation_id == bindparam("reconciliation_id")
    ),
    ReconciliationDifference.id,
)
_SUMS = """
    SELECT p.id, p.payment_intent, p.currency,
      CASE p.status WHEN 'paid' THEN p.amount ELSE 0 END AS paid,
      COALESCE((SELECT sum(r.amount) FROM refunds r
                WHERE r.payment_id = p.id AND r.state = 'succeeded'
                  AND r.destination = 'provider'), 0) AS refunded
    FROM payments p WHERE p.payment_intent IS NOT NULL AND
"""
_MOVED = text(f"""{_SUMS} (
      p.payment_intent = ANY(:intents) OR p.paid_at >= :since AND p.paid_at < :until
      OR EXISTS (SELECT FROM refunds r WHERE r.payment_id = p.id AND r.state = 'succeeded'
                 AND r.ended_at >= :since AND r.ended_at < :until))
    ORDER BY p.id
""")
_ONE_NOW = text(f"{_SUMS} p.id = :payment_id")
_OWN_FAULTS = text("""
    SELECT * FROM (
      SELECT 'payment_not_booked' AS kind, p.id AS payment_id, p.amount AS ours,
        COALESCE((SELECT -sum(l.amount) FROM ledger_postings o
                  JOIN ledger_lines l ON l.posting_id = o.id
                  WHERE o.kind = 'sale' AND o.reference = p.id::text AND l.amount < 0), 0)
          AS theirs, p.currency
      FROM payments p
      WHERE p.status = 'paid' AND p.paid_at >= :since AND p.paid_at < :until
      UNION ALL
      SELECT 'refund_not_booked', r.payment_id, r.amount,
        COALESCE((SELECT -sum(l.amount) FROM ledger_postings o
                  JOIN ledger_lines l ON l.posting_id = o.id
                  WHERE o.kind = 'refund_owed' AND o.reference = r.id::text AND l.amount < 0), 0),
        r.currency
      FROM refunds r WHERE r.requested_at >= :since AND r.requested_at < :until
    ) AS booked WHERE ours <> theirs
    UNION ALL
    SELECT 'paid_for_nothing', p.id, p.amount, NULL, p.currency FROM payments p
    WHERE p.status = 'paid' AND p.paid_at >= :since AND p.paid_at < :until
      AND NOT EXISTS (SELECT FROM refunds r WHERE r.payment_id = p.id)
      AND NOT EXISTS (SELECT FROM subscriptions s WHERE s.study_session_id = p.study_session_id)
    UNION ALL
    SELECT 'subscribed_unpaid', p.id, p.amount, NULL, p.currency
    FROM subscriptions s JOIN payments p ON p.id = s.payment_id
    WHERE p.status <> 'paid' AND s.paid_at >= :since AND s.paid_at < :until
    ORDER BY kind, payment_id
""")


async def add_first(session: AsyncSession, wanted: Reconciliation) -> bool:
    """Adds a nightly one; false if its day has one already."""
    values = {
        column.key: getattr(wanted, column.key) for column in Reconciliation.__table__.columns
    }
    statement = insert(Reconciliation).values(values)
    statement = statement.on_conflict_do_nothing(index_elements=["night"])
    return await session.scalar(statement.returning(Reconciliation.id)) is not None


async def get(session: AsyncSession, reconciliation_id: UUID, *, lock: bool) -> Reconciliation:
    """One, for what the platform itself does. Raises `ReconciliationNotFound`."""
    found = await session.get(Reconciliation, reconciliation_id, with_for_update=lock or None)
    if found is None:
        raise ReconciliationNotFound
    return found


async def list_moved(
    session: AsyncSession, since: datetime, until: datetime, intents: Sequence[str]
) -> list[Known]:
    """Payments with money that moved in a window, by our tables or as the provider has told."""
    values = {"since": since, "until": until, "intents": list(intents)}
    return [_known(row) for row in (await session.execute(_MOVED, values)).all()]


async def get_known(session: AsyncSession, payment_id: UUID) -> Known:
    """A payment as it stands now."""
    return _known((await session.execute(_ONE_NOW, {"payment_id": payment_id})).one())


def _known(row: Any) -> Known:
    return Known(row.id, row.payment_intent, row.currency, Sums(int(row.paid), int(row.refunded)))


async def list_own_faults(
    session: AsyncSession, since: datetime, until: datetime
) -> list[Difference]:
    """Where our own tables, ledger and subscriptions do not agree."""
    rows = (await session.execute(_OWN_FAULTS, {"since": since, "until": until})).all()
    return [
        Difference(
            DifferenceKind(row.kind), row.payment_id, None, int(row.ours),
            None if row.theirs is None else int(row.theirs), row.currency,
        )
        for row in rows
    ]  # fmt: skip


async def add_differences(
    session: AsyncSession, reconciliation_id: UUID, found: Sequence[Difference]
) -> None:
    """Keeps what was found."""
    session.add_all(
        ReconciliationDifference(
            id=new_id(), reconciliation_id=reconciliation_id, kind=one.kind.value,
            payment_id=one.payment_id, provider_id=one.provider_id, ours=one.ours,
            theirs=one.theirs, currency=one.currency,
        )
        for one in found
    )  # fmt: skip


async def get_shown(reads: Reads, reconciliation_id: UUID) -> Row:
    """One for admins. Raises `ReconciliationNotFound`."""
    found = await _ONE.first(reads, reconciliation_id=reconciliation_id)
    if found is None:
        raise ReconciliationNotFound
    return found


async def list_page(reads: Reads, page: PageRequest) -> RowPage:
    """Reconciliations, newest first."""
    return await _PAGE.page(reads, page)


async def list_differences(reads: Reads, page: PageRequest, reconciliation_id: UUID) -> RowPage:
    """What one has found, newest first. Raises `ReconciliationNotFound`."""
    await get_shown(reads, reconciliation_id)
    return await _DIFFERENCES.page(reads, page, reconciliation_id=reconciliation_id)
