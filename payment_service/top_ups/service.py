"""Paying into a wallet: the intent is written, then Stripe is asked, then the answer is written.

No call to Stripe happens inside a transaction. Its idempotency key is the top-up's id, and so is
the reference of the posting: whatever is repeated, the money comes in once.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from libs import idempotency, log, outbox
from libs.events.payment_wallets import WalletToppedUp
from libs.idempotency import Answer, Key
from libs.ids import new_id
from libs.postgres import Database
from payment_service.checkouts.errors import CheckoutRefused, ProviderUnavailable
from payment_service.checkouts.orders import TopUpOrder
from payment_service.checkouts.stripe_gateway import StripeGateway
from payment_service.checkouts.stripe_objects import CheckoutSession
from payment_service.ledger import service as ledger
from payment_service.ledger.wallet_entries import top_up as topped_up
from payment_service.payments.states import Finding, Outcome, PaymentStatus, Verdict
from payment_service.settings import Settings
from payment_service.top_ups import repository
from payment_service.top_ups.errors import AmountOutOfRange, CurrencyNotTaken, TopUpNotFound
from payment_service.top_ups.models import TopUp
from payment_service.top_ups.schemas import TopUpCreate, TopUpOut
from payment_service.wallets import service as wallets

LIVES = timedelta(hours=2)
"""Stripe allows 30 minutes to 24 hours from its own creation of the session."""
MOVES = {
    Verdict.DECLINED: PaymentStatus.DECLINED,
    Verdict.EXPIRED: PaymentStatus.EXPIRED,
    Verdict.FAILED: PaymentStatus.FAILED,
}

logger = log.get(__name__)


def check(settings: Settings, wanted: TopUpCreate) -> None:
    """Raises `AmountOutOfRange` or `CurrencyNotTaken`."""
    if wanted.currency not in settings.wallet_currencies:
        raise CurrencyNotTaken(settings.wallet_currencies)
    if not settings.top_up_min <= wanted.amount <= settings.top_up_max:
        raise AmountOutOfRange(settings.top_up_min, settings.top_up_max)


async def begin(
    database: Database,
    gateway: StripeGateway,
    owner_id: UUID,
    wanted: TopUpCreate,
    key: Key | None = None,
) -> TopUp:
    """A new top-up with its page at Stripe.

    Raises `CheckoutRefused`, or `ProviderUnavailable`, after which the sweeper carries on with the
    intent. With a `key` also what `libs.idempotency.claim` raises.
    """
    now = database.clock.now()
    async with database.transaction() as session:
        if key is not None:
            await idempotency.claim(session, key)
        top_up = _new(owner_id, wanted, now)
        await repository.add(session, top_up)
        if key is not None:
            await idempotency.begin(session, key, top_up.id)
    return await finish(database, gateway, top_up)


async def finish(database: Database, gateway: StripeGateway, top_up: TopUp) -> TopUp:
    """Gets an intent its page at Stripe; does nothing for one that has it.

    Raises `ProviderUnavailable`, or `CheckoutRefused` after marking it as failed.
    """
    if top_up.checkout_url is not None:
        return top_up
    order = TopUpOrder(top_up.id, top_up.amount, top_up.currency, top_up.expires_at)
    try:
        found = await gateway.open(order)
    except CheckoutRefused:
        await give_up(database, top_up.id)
        raise
    except ProviderUnavailable:  # Stripe refuses a call while its twin runs: its answer is ours
        async with database.transaction() as session:
            known = await repository.get(session, top_up.id)
        if known.checkout_url is None:
            raise
        return known
    async with database.transaction() as session:
        return await _opened(session, top_up.id, found, database.clock.now())


async def look(database: Database, gateway: StripeGateway, top_up: TopUp) -> None:
    """Asks Stripe how a page stands and applies the answer, so that a lost webhook is healed.

    Raises `ProviderUnavailable` or `CheckoutRefused`.
    """
    found = await gateway.look(str(top_up.stripe_session_id))
    async with database.transaction() as session:
        await settle(session, top_up.id, found.finding(), database.clock.now())


async def settle(
    session: AsyncSession, top_up_id: UUID, finding: Finding, now: datetime
) -> Outcome:
    """Applies a finding to a top-up, under its row's lock (P-A4).

    Safe to repeat and in any order: paid is final, and money that arrives after a page was given up
    still counts. A wrong amount or foreign id changes nothing and is `SUSPICIOUS`.
    """
    try:
        top_up = await repository.lock(session, top_up_id)
    except TopUpNotFound:
        return Outcome.SKIPPED
    if not top_up.fits(finding) or await repository.is_foreign(session, top_up_id, finding):
        logger.error("top_up_suspicious", top_up_id=str(top_up_id), verdict=finding.verdict)
        return Outcome.SUSPICIOUS
    top_up.learn(finding)
    top_up.checked_at = now
    if finding.verdict is Verdict.PAID:
        return await _take(session, top_up, now)
    if not top_up.live or finding.verdict is Verdict.OPEN:
        return Outcome.UNCHANGED
    top_up.move(MOVES[finding.verdict])
    return Outcome.APPLIED


async def list_unanswered(session: AsyncSession, before: datetime) -> Sequence[TopUp]:
    """Top-ups whose request crashed before an instant, and which a webhook settled since."""
    waiting = await idempotency.unanswered(session, before, repository.BATCH)
    return await repository.list_settled(session, waiting)


async def give_up(database: Database, top_up_id: UUID) -> None:
    """Marks an intent as failed unless it has its page."""
    async with database.transaction() as session:
        top_up = await repository.lock(session, top_up_id)
        if top_up.status == PaymentStatus.CREATED:
            top_up.move(PaymentStatus.FAILED)
        await idempotency.drop(session, top_up_id)


async def _take(session: AsyncSession, top_up: TopUp, now: datetime) -> Outcome:
    if top_up.status == PaymentStatus.PAID:
        return Outcome.UNCHANGED
    top_up.move(PaymentStatus.PAID)
    top_up.paid_at = now
    wallet = await wallets.open_locked(session, top_up.owner_id, top_up.currency, now)
    posting = topped_up(top_up.id, top_up.owner_id, top_up.amount, top_up.currency)
    await ledger.post(session, posting, now)
    wallet.revision += 1
    event = WalletToppedUp(
        wallet_id=wallet.id,
        owner_id=wallet.owner_id,
        top_up_id=top_up.id,
        amount=top_up.amount,
        currency=top_up.currency,
        revision=wallet.revision,
    )
    await outbox.publish(session, event)
    return Outcome.APPLIED


def _new(owner_id: UUID, wanted: TopUpCreate, now: datetime) -> TopUp:
    return TopUp(
        id=new_id(),
        owner_id=owner_id,
        amount=wanted.amount,
        currency=wanted.currency,
        status=PaymentStatus.CREATED.value,
        created_at=now,
        expires_at=now + LIVES,
        checked_at=now,
        revision=1,
    )


async def _opened(
    session: AsyncSession, top_up_id: UUID, found: CheckoutSession, now: datetime
) -> TopUp:
    """Writes Stripe's answer; a webhook may have been faster, and its word stands."""
    top_up = await repository.lock(session, top_up_id)
    top_up.learn(found.finding())
    top_up.checkout_url = top_up.checkout_url or found.url
    top_up.checked_at = now
    if top_up.status == PaymentStatus.CREATED:
        top_up.move(PaymentStatus.OPEN)
    body = TopUpOut.model_validate(top_up).model_dump_json()
    await idempotency.answer(session, top_up.id, Answer(201, body))
    return top_up
