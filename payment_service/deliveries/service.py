"""Deliveries of webhooks: lined up by events, begun and ended try by try, repeated or skipped.

Each endpoint has one line, and its first delivery holds the others back: what arrives, arrives in
order, and what is lost is lost with all after it, until the owner switches the endpoint on again.
"""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from libs import log, outbox
from libs.events.base import Event
from libs.events.payment_webhooks import WebhookEndpointDisabled
from libs.ids import new_id
from payment_service.deliveries import messages, repository
from payment_service.deliveries.endpoint_gateway import Answer
from payment_service.deliveries.errors import BodyGone, DeliveryWaiting
from payment_service.deliveries.messages import PING, Message, Ping
from payment_service.deliveries.models import Delivery
from payment_service.deliveries.schemas import DeliveryState
from payment_service.endpoints import repository as endpoints
from payment_service.endpoints.errors import EndpointOff
from payment_service.endpoints.models import Endpoint
from payment_service.endpoints.schemas import OffReason
from payment_service.endpoints.secrets import Seal, Unreadable

DELAYS = (5, 60, 300, 1_800, 7_200, 18_000, 36_000, 50_400)
"""Seconds before the tries after the first one, some 32 hours in all; after the last one the
endpoint is switched off.
"""
GONE = 410

logger = log.get(__name__)


@dataclass(frozen=True, slots=True)
class Attempt:
    """A try that was begun: what to send, and where to. `secrets` are the newest first."""

    endpoint_id: UUID
    delivery_id: UUID
    webhook_id: str
    url: str
    body: str
    secrets: tuple[str, ...]


async def record(session: AsyncSession, events: Sequence[Event]) -> None:
    """Lines events up for their owners' endpoints, in order; each event once, as its inbox and the
    endpoints' own keys see to.
    """
    now = session.info["clock"].now()
    told = [messages.message_of(event, now) for event in events]
    owners = await repository.lock_lines(session, {one.owner_id for one in told})
    for message in told:
        if message.owner_id in owners:
            places = await repository.line_up(session, message, now)
            made = [_new(endpoint_id, place, message, now) for endpoint_id, place in places]
            await repository.add_all(session, made)


async def ping(session: AsyncSession, owner_id: UUID, endpoint_id: UUID, now: datetime) -> Delivery:
    """Lines up a message that says nothing. Raises `EndpointNotFound` or `EndpointOff`."""
    endpoint = await _lock_on(session, owner_id, endpoint_id)
    body = messages.write(PING, now, Ping(webhook_endpoint_id=endpoint.id))
    message = Message(messages.id_of(new_id()), owner_id, PING, body)
    delivery = _new(endpoint.id, endpoint.line_up(now), message, now)
    await repository.add_all(session, [delivery])
    return delivery


async def resend(
    session: AsyncSession, owner_id: UUID, endpoint_id: UUID, delivery_id: UUID, now: datetime
) -> Delivery:
    """Puts a delivery that has ended at the end of the line, with the same `webhook-id`.

    Raises `EndpointNotFound`, `EndpointOff`, `DeliveryNotFound`, `DeliveryWaiting` or `BodyGone`.
    """
    endpoint = await _lock_on(session, owner_id, endpoint_id)
    delivery = await repository.get_of(session, endpoint.id, delivery_id)
    if delivery.state == DeliveryState.WAITING:
        raise DeliveryWaiting
    if delivery.body is None:
        raise BodyGone
    delivery.wait_again(endpoint.line_up(now))
    await session.flush()
    return delivery


async def skip(session: AsyncSession, owner_id: UUID, endpoint_id: UUID, now: datetime) -> int:
    """Ends all that waits at an endpoint; returns how many. Raises `EndpointNotFound`."""
    endpoint = await endpoints.lock_own(session, owner_id, endpoint_id)
    endpoint.heal(None)
    return await repository.skip_waiting(session, endpoint.id, now)


async def begin(
    session: AsyncSession, endpoint_id: UUID, seal: Seal, now: datetime
) -> Attempt | None:
    """Begins a try of the delivery whose turn it is; `None` if none is due."""
    endpoint = await endpoints.find_locked(session, endpoint_id)
    if endpoint is None or not endpoint.enabled or endpoint.due_at is None or endpoint.due_at > now:
        return None
    delivery = await repository.first_waiting(session, endpoint.id)
    if delivery is None:
        endpoint.due_at = None
        return None
    delivery.attempts += 1
    delivery.tried_at = now
    return Attempt(
        endpoint_id=endpoint.id,
        delivery_id=delivery.id,
        webhook_id=delivery.webhook_id,
        url=endpoint.url,
        body=str(delivery.body),
        secrets=_secrets(endpoint, seal, now),
    )


async def finish(
    session: AsyncSession, attempt: Attempt, answer: Answer, now: datetime, jitter: float
) -> None:
    """Writes down how a try went. `jitter` multiplies the time until the next one. Does nothing if
    the delivery was removed, or skipped, meanwhile.
    """
    endpoint = await endpoints.find_locked(session, attempt.endpoint_id)
    delivery = await repository.find_waiting(session, attempt.delivery_id)
    if endpoint is None or delivery is None:
        return
    delivery.note(answer.status_code, answer.failure)
    if answer.failure is None:
        delivery.end(DeliveryState.DELIVERED, now)
        endpoint.heal(now)
        return
    await _fail(session, endpoint, answer, now, jitter)


async def _fail(
    session: AsyncSession, endpoint: Endpoint, answer: Answer, now: datetime, jitter: float
) -> None:
    tried = endpoint.failures
    more = tried < len(DELAYS)
    endpoint.fail(now, now + timedelta(seconds=DELAYS[tried] * jitter) if more else now)
    reason = OffReason.FAILING
    if answer.status_code == GONE:
        reason = OffReason.GONE
    elif more:
        return
    if not endpoint.enabled:
        return
    endpoint.switch_off(reason, now)
    endpoint.revision += 1
    logger.info("webhook_endpoint_off", endpoint_id=str(endpoint.id), reason=reason.value)
    event = WebhookEndpointDisabled(
        webhook_endpoint_id=endpoint.id,
        owner_id=endpoint.owner_id,
        cause=reason.value,
        revision=endpoint.revision,
    )
    await outbox.publish(session, event)


async def _lock_on(session: AsyncSession, owner_id: UUID, endpoint_id: UUID) -> Endpoint:
    endpoint = await endpoints.lock_own(session, owner_id, endpoint_id)
    if not endpoint.enabled:
        raise EndpointOff
    return endpoint


def _secrets(endpoint: Endpoint, seal: Seal, now: datetime) -> tuple[str, ...]:
    """Those that sign now. Raises `secrets.Unreadable` if another key sealed the first."""
    found, until = [seal.open(endpoint.secret)], endpoint.former_secret_until
    if endpoint.former_secret is not None and until is not None and now < until:
        with suppress(Unreadable):  # then nobody can sign with it any more
            found.append(seal.open(endpoint.former_secret))
    return tuple(found)


def _new(endpoint_id: UUID, sequence: int, message: Message, now: datetime) -> Delivery:
    return Delivery(
        id=new_id(),
        endpoint_id=endpoint_id,
        webhook_id=message.id,
        sequence=sequence,
        type=message.type,
        body=message.body,
        state=DeliveryState.WAITING.value,
        attempts=0,
        created_at=now,
    )
