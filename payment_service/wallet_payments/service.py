"""Paying for a class from one's wallet: in one transaction, under the locks of class and wallet.

A checkout that is open for the class is closed at Stripe before, outside of any transaction; so the
class is not paid twice. It is closed only when the wallet could pay.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from libs import idempotency
from libs.crashpoint import reach
from libs.idempotency import Answer, Key
from libs.postgres import Database
from payment_service.checkouts import intents
from payment_service.checkouts import service as checkouts
from payment_service.checkouts.errors import ProviderUnavailable
from payment_service.checkouts.schemas import CheckoutCreate
from payment_service.checkouts.stripe_gateway import StripeGateway
from payment_service.payments import repository
from payment_service.payments import service as payments
from payment_service.payments.models import Payment
from payment_service.payments.states import PaymentMethod
from payment_service.quotes import service as quotes
from payment_service.wallet_payments.schemas import WalletPaymentOut
from payment_service.wallets import service as wallets

TRIES = 3


async def pay(
    database: Database,
    gateway: StripeGateway,
    tutor_id: UUID,
    wanted: CheckoutCreate,
    key: Key | None = None,
) -> WalletPaymentOut:
    """Pays for a tutor's class, or for its next period, at the price of a plan or quote.

    Raises `WalletFrozen`, `InsufficientFunds`, or what `checkouts.intents` and prices raise, after
    which nothing has changed; and `ProviderUnavailable` when an open checkout cannot be closed.
    With a `key` also what `libs.idempotency.claim` raises.
    """
    for _ in range(TRIES):
        async with database.transaction() as session:
            if key is not None:
                await idempotency.claim(session, key)
            found = await _pay(session, tutor_id, wanted, database.clock.now())
            if isinstance(found, WalletPaymentOut):
                if key is not None:
                    await idempotency.store(session, key, Answer(201, found.model_dump_json()))
                return found
        await reach("wallet_payments.before_clear")
        await checkouts.clear(database, gateway, found)
    raise ProviderUnavailable


async def _pay(
    session: AsyncSession, tutor_id: UUID, wanted: CheckoutCreate, now: datetime
) -> WalletPaymentOut | Payment:
    """The payment that was made; or the one that may still be paid at Stripe."""
    wish = await intents.read(session, tutor_id, wanted)
    study_session, period = await intents.lock(session, wish, now)
    live = await repository.find_live(session, study_session.id)
    offer = await quotes.price(session, wish, live, now)
    if live is not None:
        if offer.amount:
            await wallets.require(session, tutor_id, offer.plan.currency, offer.amount)
        return live
    payment = intents.make(wish, offer, period, now)
    payment.method, payment.expires_at = PaymentMethod.WALLET.value, now
    await intents.add(session, payment, offer, now)
    await payments.pay_from_wallet(session, study_session, payment, now)
    return WalletPaymentOut.of(payment, now)
