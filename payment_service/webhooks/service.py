"""Webhooks: stored once, applied once, in one transaction (P-A4).

When applying fails, the row is rolled back with it, so that Stripe's next try finds it unknown.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from pydantic import ValidationError
from sqlalchemy.ext.asyncio import AsyncSession

from libs import log
from libs.ids import new_id
from libs.postgres import Database
from payment_service.checkouts.stripe_gateway import StripeGateway
from payment_service.checkouts.stripe_objects import (
    Charge,
    CheckoutSession,
    PaymentIntent,
    StripeRefund,
)
from payment_service.payments import repository as payments
from payment_service.payments import service
from payment_service.payments.states import Finding, Outcome, Verdict
from payment_service.refunds import service as refunds
from payment_service.refunds.states import Hint
from payment_service.webhooks import repository
from payment_service.webhooks.errors import WebhookMalformed, WebhookTooLarge
from payment_service.webhooks.models import Webhook
from payment_service.webhooks.schemas import StripeEvent

SOURCE = "stripe"
MAX_BYTES = 256_000
SESSION_EVENTS = (
    "checkout.session.completed",
    "checkout.session.async_payment_succeeded",
    "checkout.session.async_payment_failed",
    "checkout.session.expired",
)
INTENT_EVENTS = {
    "payment_intent.succeeded": Verdict.PAID,
    "payment_intent.payment_failed": Verdict.DECLINED,
}
REFUND_EVENTS: Mapping[str, type[Charge] | type[StripeRefund]] = {
    "charge.refunded": Charge,
    "charge.refund.updated": StripeRefund,
    "refund.created": StripeRefund,
    "refund.updated": StripeRefund,
    "refund.failed": StripeRefund,
}

logger = log.get(__name__)


@dataclass(frozen=True, slots=True)
class _Effect:
    """What an event did, and about which payment or refund it is."""

    outcome: Outcome
    payment_id: UUID | None = None
    refund_id: UUID | None = None


SKIPPED = _Effect(Outcome.SKIPPED)


async def receive(
    database: Database, gateway: StripeGateway, body: bytes, signature: str
) -> Outcome:
    """Checks the signature, then stores and applies the event; `UNCHANGED` for one known already.

    Raises `WebhookTooLarge`, `SignatureRefused` or `WebhookMalformed`; then nothing is stored.
    """
    if len(body) > MAX_BYTES:
        raise WebhookTooLarge
    await gateway.verify(body, signature)
    try:
        event = StripeEvent.model_validate_json(body)
    except ValidationError as error:
        raise WebhookMalformed from error
    async with database.transaction() as session:
        webhook = await repository.add_new(session, _row(database, event, body))
        if webhook is None:
            return Outcome.UNCHANGED
        now = database.clock.now()
        effect = await _apply(session, event, now)
        webhook.outcome = effect.outcome.value
        webhook.payment_id, webhook.refund_id = effect.payment_id, effect.refund_id
        if effect.outcome is Outcome.SKIPPED:
            webhook.strip(now)  # it may speak of people, and no payment says of whom
    logger.info(
        "webhook_received", type=event.type, event_id=event.id, outcome=effect.outcome.value
    )
    return effect.outcome


def _row(database: Database, event: StripeEvent, body: bytes) -> Webhook:
    return Webhook(
        id=new_id(),
        source=SOURCE,
        event_id=event.id,
        type=event.type,
        body=body.decode(),
        outcome=Outcome.SKIPPED.value,
        received_at=database.clock.now(),
    )


async def _apply(session: AsyncSession, event: StripeEvent, now: datetime) -> _Effect:
    """Does what an event asks for; nothing for what is not ours."""
    try:
        if event.type in REFUND_EVENTS:
            hint = REFUND_EVENTS[event.type].model_validate(event.data.object).hint()
            return await _hear(session, hint)
        payment_id, finding = await _read(session, event)
    except ValidationError as error:
        logger.error("webhook_unreadable", type=event.type, problems=error.error_count())
        return SKIPPED
    if payment_id is None or finding is None:
        return SKIPPED
    outcome = await service.settle(session, payment_id, finding, now)
    return SKIPPED if outcome is Outcome.SKIPPED else _Effect(outcome, payment_id)


async def _read(session: AsyncSession, event: StripeEvent) -> tuple[UUID | None, Finding | None]:
    """Which payment an event speaks of, and what it says."""
    thing: CheckoutSession | PaymentIntent
    if event.type in SESSION_EVENTS:
        thing = CheckoutSession.model_validate(event.data.object)
        finding = thing.finding(failed=event.type.endswith("async_payment_failed"))
    elif event.type in INTENT_EVENTS:
        thing = PaymentIntent.model_validate(event.data.object)
        finding = thing.finding(INTENT_EVENTS[event.type])
    else:
        return None, None
    return thing.payment_id or await payments.find_id(session, finding), finding


async def _hear(session: AsyncSession, hint: Hint) -> _Effect:
    """Ties it to the refund. One of our payments that we do not give back was refunded by hand at
    the provider: the books do not know of it.
    """
    refund, news = await refunds.hear(session, hint)
    if refund is not None:
        outcome = Outcome.APPLIED if news else Outcome.UNCHANGED
        return _Effect(outcome, refund.payment_id, refund.id)
    found = Finding(Verdict.OPEN, payment_intent=hint.payment_intent)
    payment_id = await payments.find_id(session, found)
    if payment_id is None:
        return SKIPPED
    logger.error("refund_not_ours", payment_id=str(payment_id))
    return _Effect(Outcome.SUSPICIOUS, payment_id)
