"""Opening a checkout: the intent is written, then Stripe is asked, then the answer is written.

No call to Stripe happens inside a transaction. Its idempotency key is the payment's id, so a repeat
after a crash, a lost answer or a race finds the same checkout.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from libs import idempotency, outbox
from libs.events.payment import PaymentsClosed
from libs.events.session import (
    StudySessionEnded,
    StudySessionOwnerChanged,
    StudySessionRejected,
)
from libs.idempotency import Answer, Key
from libs.postgres import Database
from libs.schemas import Schema
from payment_service.checkouts import intents
from payment_service.checkouts.errors import CheckoutRefused, ProviderUnavailable
from payment_service.checkouts.orders import Order
from payment_service.checkouts.schemas import CheckoutCreate, CheckoutOut, CloseCheckouts
from payment_service.checkouts.stripe_gateway import StripeGateway
from payment_service.checkouts.stripe_objects import CheckoutSession
from payment_service.checkouts.sweeping import INTENT_LIVES
from payment_service.classes import repository as classes
from payment_service.payments import repository
from payment_service.payments import service as payments
from payment_service.payments.models import Payment
from payment_service.payments.states import PaymentStatus, Wish
from payment_service.plan_changes import repository as plan_changes
from payment_service.subscriptions import service as subscriptions

TRIES = 3


async def open_checkout(
    database: Database,
    gateway: StripeGateway,
    tutor_id: UUID,
    wanted: CheckoutCreate,
    key: Key | None = None,
) -> Payment:
    """The open checkout of a class for a plan: a new one, or the one that is open already.

    One that is open for another plan, price or coupon, or for another tutor, who owned the class
    before, or whose time is over, is closed at Stripe first. For a class that has been paid for it
    is for the next period, from thirty days before the end until the subscription expires. What
    costs nothing is paid at once. Raises `ClassNotFound`, `ClassRejected`, `ClassEnded`,
    `AlreadyPaid`, `SubscriptionOver`, what prices raise (`quotes.service`),
    `CheckoutRefused` or `ProviderUnavailable`; after the last one the intent stands, and a repeat
    or the sweeper carries on with it. With a `key` also what `libs.idempotency.claim` raises.
    """
    for _ in range(TRIES):
        now = database.clock.now()
        async with database.transaction() as session:
            payment, wish = await _claim(session, tutor_id, wanted, now, key)
        payment = await finish(database, gateway, payment)
        if payment.free or payment.serves(wish, now):
            return payment
        await _close(database, gateway, payment)
    raise ProviderUnavailable


async def finish(database: Database, gateway: StripeGateway, payment: Payment) -> Payment:
    """Gets an intent its checkout at Stripe; does nothing for one that has it.

    Raises `ProviderUnavailable`, or `CheckoutRefused` after marking the payment as failed.
    """
    if payment.checkout_url is not None or payment.free:
        return payment
    order = Order(
        payment_id=payment.id,
        study_session_id=payment.study_session_id,
        description=payment.description,
        amount=payment.amount,
        currency=payment.currency,
        expires_at=payment.expires_at,
    )
    try:
        found = await gateway.open(order)
    except CheckoutRefused:
        await give_up(database, payment.id)
        raise
    except (
        ProviderUnavailable
    ):  # Stripe refuses a call while its twin runs: that one's answer is ours
        async with database.transaction() as session:
            known = await repository.get(session, payment.id)
        if known.checkout_url is None:
            raise
        return known
    async with database.transaction() as session:
        return await _opened(session, payment.id, found, database.clock.now())


async def list_unanswered(session: AsyncSession, before: datetime) -> Sequence[Payment]:
    """Payments whose request crashed before an instant, and which a webhook settled since: they are
    no intents any more, and yet keys wait for them.
    """
    waiting = await idempotency.unanswered(session, before, repository.BATCH)
    return await repository.list_settled(session, waiting)


async def look(database: Database, gateway: StripeGateway, payment: Payment) -> None:
    """Asks Stripe how a checkout stands and applies the answer, so that a lost webhook is healed.

    Raises `ProviderUnavailable` or `CheckoutRefused`.
    """
    found = await gateway.look(str(payment.stripe_session_id))
    async with database.transaction() as session:
        await payments.settle(session, payment.id, found.finding(), database.clock.now())


async def reject(session: AsyncSession, event: StudySessionRejected) -> None:
    """An admin's no to a class: what was paid goes back, and nobody can pay any more. Repeatable;
    under the class's lock, so that whatever is paid meanwhile is seen here or sees this.
    """
    now: datetime = session.info["clock"].now()
    study_session, news = await classes.reject(session, event, now)
    if not news:
        return
    closed = PaymentsClosed(
        study_session_id=study_session.id,
        tutor_id=study_session.tutor_id,
        refunds=await repository.count_refunds(session, study_session.id)
        + len(await repository.list_paid(session, study_session.id)),
        revision=study_session.next_event_revision(),
    )
    await outbox.publish(session, closed)
    await payments.give_back(session, study_session, now)
    await _close_later(session, study_session.id)


async def hand_over(session: AsyncSession, event: StudySessionOwnerChanged) -> None:
    """A class has another owner: its old one can pay for it no more, what was paid stays with
    whoever paid. Repeatable.
    """
    await classes.note(session, event)
    await _close_later(session, event.study_session_id)


async def end(session: AsyncSession, event: StudySessionEnded) -> None:
    """A class is over: nobody can pay any more, and no time is left to use. What was paid before
    stays paid. Repeatable.
    """
    study_session = await classes.note(session, event)
    now: datetime = session.info["clock"].now()
    study_session.ended_at = study_session.ended_at or now
    await subscriptions.keep_time(session, study_session, now)
    await _close_later(session, study_session.id)


async def _close_later(session: AsyncSession, study_session_id: UUID) -> None:
    if await repository.find_unwanted(session, study_session_id) is not None:
        await outbox.enqueue(session, CloseCheckouts(study_session_id=study_session_id))


async def close(database: Database, gateway: StripeGateway, study_session_id: UUID) -> None:
    """Closes at Stripe the open checkout of a class that is over, or of its old owner; what
    was paid there until then goes back, or counts. Raises `ProviderUnavailable`.
    """
    async with database.transaction() as session:
        payment = await repository.find_unwanted(session, study_session_id)
    if payment is not None:
        await clear(database, gateway, payment)


async def clear(database: Database, gateway: StripeGateway, payment: Payment) -> None:
    """Closes what may still be paid; what was paid there until then counts. An intent without an
    answer is asked for first, since its checkout may exist. Raises `ProviderUnavailable`.
    """
    if payment.checkout_url is None and database.clock.now() - payment.created_at > INTENT_LIVES:
        await give_up(database, payment.id)
        return
    try:
        payment = await finish(database, gateway, payment)
    except CheckoutRefused:
        return  # it never existed
    await _close(database, gateway, payment)


async def give_up(database: Database, payment_id: UUID) -> None:
    """Marks an intent as failed unless it has its checkout; a new one may be opened then."""
    async with database.transaction() as session:
        await payments.give_up(session, payment_id)
        await idempotency.drop(session, payment_id)


async def _claim(
    session: AsyncSession, tutor_id: UUID, wanted: CheckoutCreate, now: datetime, key: Key | None
) -> tuple[Payment, Wish]:
    """The intent, and with it the key's row, which stands until the intent is finished.

    Nothing is kept for a payment that must be closed first: that may be repeated.
    """
    if key is not None:
        await idempotency.claim(session, key)
    wish = await intents.read(session, tutor_id, wanted)
    payment = await intents.intend(session, wish, now)
    if key is not None and (payment.free or payment.serves(wish, now)):
        await idempotency.begin(session, key, payment.id)
        if payment.free or payment.checkout_url is not None:
            await _answer(session, payment)
    return payment, wish


async def _opened(
    session: AsyncSession, payment_id: UUID, found: CheckoutSession, now: datetime
) -> Payment:
    """Writes Stripe's answer; a webhook may have been faster, and its word stands."""
    _, payment = await repository.lock(session, payment_id)
    payment.learn(found.finding())
    payment.checkout_url = payment.checkout_url or found.url
    payment.checked_at = now
    if payment.status == PaymentStatus.CREATED:
        payment.move(PaymentStatus.OPEN)
    await _answer(session, payment)
    return payment


async def _answer(session: AsyncSession, payment: Payment) -> None:
    """Answers the keys that wait for a payment, or lets their requests go on if it is over."""
    if payment.live or payment.free:
        body = await _body(session, payment)
        await idempotency.answer(session, payment.id, Answer(201, body.model_dump_json()))
    else:
        await idempotency.drop(session, payment.id)


async def _body(session: AsyncSession, payment: Payment) -> Schema:
    """What whoever began a payment is answered."""
    if payment.plan_change_id is None:
        return CheckoutOut.of(payment)
    change = await plan_changes.get(session, payment.plan_change_id)
    return change.shown(payment.id, payment.checkout_url)


async def _close(database: Database, gateway: StripeGateway, payment: Payment) -> None:
    """Gets a checkout that is not the wanted one out of the way. Raises as `look`."""
    if not payment.live:
        return
    found = await gateway.expire(str(payment.stripe_session_id))
    async with database.transaction() as session:
        await payments.settle(session, payment.id, found.finding(), database.clock.now())
