"""Webhooks: stored once, applied once, in one transaction (P-A4).

When applying fails, the row is rolled back with it, so that Stripe's next try finds it unknown.
"""

from uuid import UUID

from pydantic import ValidationError
from sqlalchemy.ext.asyncio import AsyncSession

from libs import log
from libs.ids import new_id
from libs.postgres import Database
from payment_service.checkouts.stripe_gateway import StripeGateway
from payment_service.checkouts.stripe_objects import CheckoutSession, PaymentIntent
from payment_service.payments import repository as payments
from payment_service.payments import service
from payment_service.payments.states import Finding, Outcome, Verdict
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

logger = log.get(__name__)


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
        payment_id, finding = await _read(session, event)
        outcome, now = Outcome.SKIPPED, database.clock.now()
        if payment_id is not None and finding is not None:
            outcome = await service.settle(session, payment_id, finding, now)
        webhook.outcome = outcome.value
        webhook.payment_id = None if outcome is Outcome.SKIPPED else payment_id
        if outcome is Outcome.SKIPPED:
            webhook.strip(now)  # it may speak of people, and no payment says of whom
    logger.info("webhook_received", type=event.type, event_id=event.id, outcome=outcome.value)
    return outcome


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


async def _read(session: AsyncSession, event: StripeEvent) -> tuple[UUID | None, Finding | None]:
    """Which payment an event speaks of, and what it says; nothing for what is not ours."""
    thing: CheckoutSession | PaymentIntent
    try:
        if event.type in SESSION_EVENTS:
            thing = CheckoutSession.model_validate(event.data.object)
            finding = thing.finding(failed=event.type.endswith("async_payment_failed"))
        elif event.type in INTENT_EVENTS:
            thing = PaymentIntent.model_validate(event.data.object)
            finding = thing.finding(INTENT_EVENTS[event.type])
        else:
            return None, None
    except ValidationError as error:
        logger.error("webhook_unreadable", type=event.type, problems=error.error_count())
        return None, None
    return thing.payment_id or await payments.find_id(session, finding), finding
