"""Queries for deliveries of webhooks."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, any_, bindparam, delete, func, literal, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from libs.hot_reads import PageQuery, RowPage, columns_of
from libs.pagination import PageRequest
from libs.postgres import Reads
from payment_service.deliveries.errors import DeliveryNotFound
from payment_service.deliveries.messages import Message
from payment_service.deliveries.models import Delivery
from payment_service.deliveries.schemas import DeliveryOut, DeliveryState
from payment_service.endpoints.models import Endpoint

LINES_LOCK = 7_264
"""One process at a time lines up, so that two never wait for each other's endpoints."""
BATCH = 1_000
_UNSEEN = {"synchronize_session": False}
_WAITS = Delivery.state == DeliveryState.WAITING.value
_PAGE = PageQuery(
    select(*columns_of(Delivery, DeliveryOut)).where(
        Delivery.endpoint_id == bindparam("endpoint_id")
    ),
    Delivery.id,
)


async def list_page(reads: Reads, page: PageRequest, endpoint_id: UUID) -> RowPage:
    """An endpoint's deliveries, newest first."""
    return await _PAGE.page(reads, page, endpoint_id=endpoint_id)


async def lock_lines(session: AsyncSession, owners: Collection[UUID]) -> set[UUID]:
    """Which of these people have endpoints; if any has, nobody else lines up until this transaction
    ends.
    """
    statement = select(Endpoint.owner_id).where(Endpoint.owner_id.in_(owners))
    found = set(await session.scalars(statement))
    if found:
        await session.execute(text("SELECT pg_advisory_xact_lock(:kind, 0)"), {"kind": LINES_LOCK})
    return found


async def line_up(
    session: AsyncSession, message: Message, now: datetime
) -> Sequence[tuple[UUID, int]]:
    """Gives a message its place at each endpoint that wants it, by one statement that locks them;
    returns endpoints and places.
    """
    wants = literal(message.type) == any_(Endpoint.events)
    statement = (
        update(Endpoint)
        .where(Endpoint.owner_id == message.owner_id, wants)
        .values(
            last_sequence=Endpoint.last_sequence + 1, due_at=func.coalesce(Endpoint.due_at, now)
        )
        .returning(Endpoint.id, Endpoint.last_sequence)
    )
    found = await session.execute(statement, execution_options=_UNSEEN)
    return [(row[0], row[1]) for row in found]


async def add_all(session: AsyncSession, deliveries: Sequence[Delivery]) -> None:
    """Adds deliveries."""
    session.add_all(deliveries)
    await session.flush()


async def list_due(
    session: AsyncSession, now: datetime, busy: Collection[UUID], limit: int
) -> Sequence[UUID]:
    """Up to `limit` endpoints with something to send now, those first that have waited longest;
    none of the `busy` ones.
    """
    statement = select(Endpoint.id).where(
        Endpoint.enabled, Endpoint.due_at <= now, Endpoint.id.not_in(busy)
    )
    return (await session.scalars(statement.order_by(Endpoint.due_at).limit(limit))).all()


async def put_off(session: AsyncSession, endpoint_id: UUID, due_at: datetime) -> None:
    """Serves an endpoint that has something to send at another instant."""
    waits = Endpoint.due_at.is_not(None)
    statement = update(Endpoint).where(Endpoint.id == endpoint_id, waits).values(due_at=due_at)
    await session.execute(statement, execution_options=_UNSEEN)


async def first_waiting(session: AsyncSession, endpoint_id: UUID) -> Delivery | None:
    """The delivery whose turn it is; the endpoint's row must be locked."""
    statement = select(Delivery).where(Delivery.endpoint_id == endpoint_id, _WAITS)
    return await session.scalar(statement.order_by(Delivery.sequence).limit(1))


async def find_waiting(session: AsyncSession, delivery_id: UUID) -> Delivery | None:
    """A delivery if it still waits; its endpoint's row must be locked."""
    return await session.scalar(select(Delivery).where(Delivery.id == delivery_id, _WAITS))


async def get_of(session: AsyncSession, endpoint_id: UUID, delivery_id: UUID) -> Delivery:
    """A delivery of an endpoint, whose row must be locked. Raises `DeliveryNotFound`."""
    found = await session.scalar(
        select(Delivery).where(Delivery.id == delivery_id, Delivery.endpoint_id == endpoint_id)
    )
    if found is None:
        raise DeliveryNotFound
    return found


async def skip_waiting(session: AsyncSession, endpoint_id: UUID, now: datetime) -> int:
    """Ends all deliveries that wait; the endpoint's row must be locked. Returns how many."""
    return await _skip(session, now, Delivery.endpoint_id == endpoint_id)


async def skip_old(session: AsyncSession, before: datetime, now: datetime) -> int:
    """Ends deliveries that wait since before an instant, at whichever endpoint."""
    return await _skip(session, now, Delivery.created_at < before)


async def _skip(session: AsyncSession, now: datetime, which: ColumnElement[bool]) -> int:
    values = {"state": DeliveryState.SKIPPED.value, "ended_at": now}
    statement = update(Delivery).where(which, _WAITS).values(values).returning(Delivery.id)
    return len((await session.scalars(statement, execution_options=_UNSEEN)).all())


async def drop_bodies(session: AsyncSession, before: datetime) -> int:
    """Drops the bodies of deliveries that were lined up before an instant and do not wait, `BATCH`
    at a time, oldest first; returns how many.
    """
    old = select(Delivery.id).where(
        Delivery.body.is_not(None), Delivery.created_at < before, Delivery.ended_at.is_not(None)
    )
    some = old.order_by(Delivery.created_at).limit(BATCH).scalar_subquery()
    statement = update(Delivery).where(Delivery.id.in_(some)).values(body=None)
    changed = await session.scalars(statement.returning(Delivery.id), execution_options=_UNSEEN)
    return len(changed.all())


async def drop_old(session: AsyncSession, before: datetime) -> int:
    """Removes deliveries that ended before an instant, `BATCH` at a time; returns how many."""
    old = select(Delivery.id).where(Delivery.ended_at < before)
    some = old.order_by(Delivery.ended_at).limit(BATCH).scalar_subquery()
    statement = delete(Delivery).where(Delivery.id.in_(some)).returning(Delivery.id)
    return len((await session.scalars(statement, execution_options=_UNSEEN)).all())
