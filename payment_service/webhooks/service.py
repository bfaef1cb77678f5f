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
    StripeDispute,
    StripeRefund,
)
from payment_service.disputes import service as disputes
from payment_service.payments import repository as payments
from payment_service.payments import service
from payment_service.payments.states import Finding, Outcome, Verdict
from payment_service.refunds import service as refunds
from payment_service.refunds.states import Hint
from payment_service.top_ups import repository as top_ups
from payment_service.top_ups import service as top_up_service
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
DISPUTES = "charge.dispute."
"""What the types of all events about disputes begin with."""

logger = log.get(__name__)


@dataclass(frozen=True, slots=True)
class _Effect:
    """What an event did, and about which payment, refund or top-up it is."""

    outcome: Outcome
    payment_id: UUID | None = None
    refund_id: UUID | None = None
    top_up_id: UUID | None = None


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
        webhook.top_up_id = effect.top_up_id
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
        if event.type.startswith(DISPUTES):
            return await _argue(session, StripeDispute.model_validate(event.data.object))
        read = _read(event)
    except ValidationError as error:
        logger.error("webhook_unreadable", type=event.type, problems=error.error_count())
        return SKIPPED
    effect = SKIPPED if read is None else await _settle(session, *read, now)
    return SKIPPED if effect.outcome is Outcome.SKIPPED else effect


def _read(event: StripeEvent) -> tuple[CheckoutSession | PaymentIntent, Finding] | None:
    """What an event speaks of, and what it says."""
    if event.type in SESSION_EVENTS:
        checkout = CheckoutSession.model_validate(event.data.object)
        return checkout, checkout.finding(failed=event.type.endswith("async_payment_failed"))
    if event.type in INTENT_EVENTS:
        intent = PaymentIntent.model_validate(event.data.object)
        return intent, intent.finding(INTENT_EVENTS[event.type])
    return None


async def _settle(
    session: AsyncSession, thing: CheckoutSession | PaymentIntent, finding: Finding, now: datetime
) -> _Effect:
    """Applies it to the payment or the top-up: by our own id if it holds one, else by Stripe's."""
    top_up_id, payment_id = thing.metadata.top_up_id, None
    if top_up_id is None:
        payment_id = thing.payment_id or await payments.find_id(session, finding)
    if payment_id is not None:
        outcome = await service.settle(session, payment_id, finding, now)
        return _Effect(outcome, payment_id)
    top_up_id = top_up_id or await top_ups.find_id(session, finding)
    if top_up_id is None:
        return SKIPPED
    outcome = await top_up_service.settle(session, top_up_id, finding, now)
    return _Effect(outcome, top_up_id=top_up_id)


async def _argue(session: AsyncSession, told: StripeDispute) -> _Effect:
    """Has the provider asked how a dispute stands."""
    finding, news = await disputes.hear(session, told)
    payment_id = await payments.find_id(session, finding)
    top_up_id = await top_ups.find_id(session, finding) if payment_id is None else None
    if payment_id is None and top_up_id is None:
        return SKIPPED
    outcome = Outcome.APPLIED if news else Outcome.UNCHANGED
    return _Effect(outcome, payment_id, top_up_id=top_up_id)


async def _hear(session: AsyncSession, hint: Hint) -> _Effect:
    """Ties it to the refund. A payment or top-up that we do not give back was refunded by hand at
    the provider: the books do not know of it.
    """
    refund, news = await refunds.hear(session, hint)
    if refund is not None:
        outcome = Outcome.APPLIED if news else Outcome.UNCHANGED
        return _Effect(outcome, refund.payment_id, refund.id)
    found = Finding(Verdict.OPEN, payment_intent=hint.payment_intent)
    payment_id = await payments.find_id(session, found)
    top_up_id = await top_ups.find_id(session, found) if payment_id is None else None
    if payment_id is None and top_up_id is None:
        return SKIPPED
    logger.error("refund_not_ours", payment_id=str(payment_id), top_up_id=str(top_up_id))
    return _Effect(Outcome.SUSPICIOUS, payment_id, top_up_id=top_up_id)
