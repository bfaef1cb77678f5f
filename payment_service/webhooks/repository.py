"""Queries for webhooks."""

from datetime import datetime

from sqlalchemy import literal_column, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from payment_service.webhooks.models import Webhook

COLUMNS = ("id", "source", "event_id", "type", "body", "outcome", "received_at")
BATCH = 1_000
REDACTED = (
    "CASE WHEN pg_input_is_valid(body, 'jsonb') THEN "
    "jsonb_build_object('id', body::jsonb -> 'id', 'type', body::jsonb -> 'type', "
    "'created', body::jsonb -> 'created', 'data', jsonb_build_object('object', "
    "(SELECT coalesce(jsonb_object_agg(field.key, field.value), '{}') "
    "FROM jsonb_each(body::jsonb #> '{data,object}') AS field "
    "WHERE field.key = ANY(string_to_array('id object amount amount_total amount_received currency "
    "status payment_status payment_intent client_reference_id metadata created amount_refunded "
    "refunded reason failure_reason', ' ')))))::text "
    "ELSE '{}' END"
)
"""A webhook with the sums and ids of its object alone: payers' names, addresses and cards are
elsewhere in it. Nothing stays of JSON that the database cannot read, such as an escaped NUL.
"""


async def add_new(session: AsyncSession, webhook: Webhook) -> Webhook | None:
    """Stores a webhook and returns its row, or `None` if it has been stored before.

    Waits for a twin that is being handled at this moment.
    """
    values = {name: getattr(webhook, name) for name in COLUMNS}
    statement = insert(Webhook).values(values).on_conflict_do_nothing().returning(Webhook)
    return await session.scalar(statement)


async def redact_before(session: AsyncSession, instant: datetime, now: datetime) -> int:
    """Takes what speaks of people out of webhooks of before an instant, `BATCH` at a time, oldest
    first; returns of how many.
    """
    old = (
        select(Webhook.id)
        .where(Webhook.redacted_at.is_(None), Webhook.received_at <= instant)
        .order_by(Webhook.received_at)
        .limit(BATCH)
    )
    changed = await session.scalars(
        update(Webhook)
        .where(Webhook.id.in_(old.scalar_subquery()))
        .values(body=literal_column(REDACTED), redacted_at=now)
        .returning(Webhook.id)
        .execution_options(synchronize_session=False)
    )
    return len(changed.all())
