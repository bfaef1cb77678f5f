"""Changing a plan: priced and written in one transaction under the class's lock.

What costs nothing, gives something back or is paid from the wallet comes true in that transaction;
what is paid at Stripe's page does so in the one in which it becomes paid (`payments.service`). No
call to Stripe happens inside a transaction.
"""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from libs import idempotency
from libs.auth import Principal
from libs.idempotency import Answer, Key
from libs.ids import new_id
from libs.postgres import Database
from payment_service.checkouts import service as checkouts
from payment_service.checkouts.errors import ProviderUnavailable
from payment_service.checkouts.intents import CHECKOUT_LIVES
from payment_service.checkouts.stripe_gateway import StripeGateway
from payment_service.classes import repository as classes
from payment_service.payments import repository as payments
from payment_service.payments import service as paying
from payment_service.payments.models import Payment
from payment_service.payments.states import PaymentMethod, PaymentStatus
from payment_service.plan_changes import repository as changes
from payment_service.plan_changes import service as plan_changes
from payment_service.plan_changes.errors import ChangeNotScheduled
from payment_service.plan_changes.models import PlanChange
from payment_service.plan_changes.schemas import PlanChangeOut
from payment_service.plan_changes.states import PlanChangeState, Price, When
from payment_service.plan_orders import leftovers, pricing
from payment_service.plan_orders.pricing import Asked
from payment_service.plan_orders.schemas import PlanChangeAsk, PlanChangeCreate, PlanChangePreview
from payment_service.subscriptions import repository as subscriptions
from payment_service.subscriptions.service import Effect
from payment_service.wallets import service as wallets

TRIES = 3


@dataclass(frozen=True, slots=True)
class PlanWish:
    """What a tutor wants to change of which subscription."""

    tutor_id: UUID
    subscription_id: UUID
    wanted: PlanChangeCreate


@dataclass(frozen=True, slots=True)
class _Step:
    """A change and its payment, if it has one; without a change, the payment of the class that may
    still be made elsewhere.
    """

    change: PlanChange | None
    payment: Payment | None = None

    def shown(self) -> PlanChangeOut | None:
        """The answer, once there is one."""
        if self.change is None or (self.payment and self.payment.live and not self._url):
            return None
        return self.change.shown(self.payment.id if self.payment else None, self._url)

    @property
    def _url(self) -> str | None:
        return self.payment.checkout_url if self.payment and self.payment.live else None


async def preview(
    session: AsyncSession, user: Principal, subscription_id: UUID, wanted: PlanChangeAsk
) -> PlanChangePreview:
    """What a change would cost at this moment. Raises what `pricing` raises."""
    asked = await pricing.ask(session, user.account_id, subscription_id, wanted.plan_id, None)
    return await pricing.preview(session, asked, wanted.at)


async def order(
    database: Database, gateway: StripeGateway, wish: PlanWish, key: Key | None = None
) -> PlanChangeOut:
    """Changes the plan of a tutor's own class, or opens the page where the difference is paid; one
    that is open for the same change is returned, any other is closed at Stripe first.

    Raises what `pricing` raises, `WalletFrozen` or `InsufficientFunds`, after which nothing has
    changed; `CheckoutRefused`; and `ProviderUnavailable`, after which the sweeper carries on with
    an intent that stands. With a `key` also what `libs.idempotency.claim` raises.
    """
    for _ in range(TRIES):
        async with database.transaction() as session:
            if key is not None:
                await idempotency.claim(session, key)
            step = await _step(session, wish)
            await _keep(session, key, step)
        answer = step.shown()
        if answer is not None:
            return answer
        if step.payment is not None and step.change is not None:
            return await _finish(database, gateway, step.change, step.payment)
        if step.payment is not None:
            await checkouts.clear(database, gateway, step.payment)
    raise ProviderUnavailable


async def call_off(
    session: AsyncSession, user: Principal, subscription_id: UUID, plan_change_id: UUID
) -> None:
    """Takes a scheduled change back. Raises `SubscriptionNotFound`, `PlanChangeNotFound` or
    `ChangeNotScheduled`.
    """
    class_id = await subscriptions.get_class_id_for(session, user.account_id, subscription_id)
    await classes.lock_own(session, class_id, user.account_id)
    change = await changes.lock_of(session, subscription_id, plan_change_id)
    if change.state != PlanChangeState.SCHEDULED:
        raise ChangeNotScheduled
    change.end(PlanChangeState.CALLED_OFF, session.info["clock"].now())


async def _step(session: AsyncSession, wish: PlanWish) -> _Step:
    """Writes the change; or says what is in its way."""
    wanted = wish.wanted
    asked = await pricing.ask(
        session, wish.tutor_id, wish.subscription_id, wanted.plan_id, wanted.priced_at
    )
    if wanted.at is When.PERIOD_END:
        await pricing.check_end(session, asked)
        free = Price(0, 0, asked.plan.currency)
        scheduled = _make(asked, free, wanted.at, PlanChangeState.SCHEDULED)
        await changes.add(session, scheduled)
        return _Step(scheduled)
    offer = await pricing.offer(session, asked)
    live = await payments.find_live(session, asked.study_session.id)
    if live is not None:
        return await _beside(session, asked, offer.price, wanted, live)
    change = _make(asked, offer.price, wanted.at, PlanChangeState.OPEN)
    await changes.add(session, change)
    if change.due > 0:
        return await _charge(session, asked, change, wanted.pay_with)
    effect = await plan_changes.apply(session, asked.study_session, change.id, asked.now)
    if effect is Effect.COUNTS and change.due < 0:
        await leftovers.give(session, asked.study_session, offer.funds, -change.due, asked.now)
    return _Step(change)


async def _beside(
    session: AsyncSession, asked: Asked, price: Price, wanted: PlanChangeCreate, live: Payment
) -> _Step:
    """What becomes of the class's open payment: it stays if it is for this very change, and it goes
    only if the change could be paid.
    """
    by_wallet = wanted.pay_with is PaymentMethod.WALLET
    if live.plan_change_id is not None and not by_wallet and live.expires_at > asked.now:
        change = await changes.get(session, live.plan_change_id)
        mine = (live.tutor_id, change.plan_id, live.period)
        same = mine == (asked.tutor_id, asked.plan.id, asked.found.period + 1)
        if same and wanted.priced_at in (None, change.priced_at):
            return _Step(change, live)
    if by_wallet and price.due > 0:
        await wallets.require(session, asked.tutor_id, price.currency, price.due)
    return _Step(None, live)


async def _charge(
    session: AsyncSession, asked: Asked, change: PlanChange, by: PaymentMethod
) -> _Step:
    """The payment of the difference: made at once from the wallet, else intended. Raises
    `WalletFrozen` or `InsufficientFunds`.
    """
    now = asked.now
    payment = Payment(
        id=new_id(),
        study_session_id=change.study_session_id,
        tutor_id=change.tutor_id,
        plan_id=change.plan_id,
        plan_change_id=change.id,
        description=f"StudyZed class, change to {asked.plan.name}",
        months=change.months,
        period=change.period,
        amount=change.due,
        discount=0,
        currency=change.currency,
        status=PaymentStatus.CREATED.value,
        method=by.value,
        created_at=now,
        expires_at=now + CHECKOUT_LIVES if by is PaymentMethod.STRIPE else now,
        checked_at=now,
        revision=1,
    )
    await payments.add(session, payment)
    if by is PaymentMethod.WALLET:
        await paying.pay_from_wallet(session, asked.study_session, payment, now)
    return _Step(change, payment)


def _make(asked: Asked, price: Price, when: When, state: PlanChangeState) -> PlanChange:
    found, plan = asked.found, asked.plan
    return PlanChange(
        id=new_id(),
        subscription_id=found.id,
        study_session_id=found.study_session_id,
        tutor_id=asked.tutor_id,
        from_plan_id=found.plan_id,
        plan_id=plan.id,
        months=plan.months,
        worth=plan.amount,
        begins=when.value,
        state=state.value,
        period=found.period + 1,
        credit=price.credit,
        charge=price.charge,
        currency=price.currency,
        kept_before=asked.study_session.kept_seconds,
        priced_at=asked.at,
        ends_at=found.ends_at,
        created_at=asked.now,
    )


async def _keep(session: AsyncSession, key: Key | None, step: _Step) -> None:
    """Keeps the answer under the request's key, or lets the key wait for the payment's page."""
    if key is None or step.change is None:
        return
    answer = step.shown()
    if answer is not None:
        await idempotency.store(session, key, Answer(201, answer.model_dump_json()))
    elif step.payment is not None:
        await idempotency.begin(session, key, step.payment.id)


async def _finish(
    database: Database, gateway: StripeGateway, change: PlanChange, payment: Payment
) -> PlanChangeOut:
    payment = await checkouts.finish(database, gateway, payment)
    async with database.transaction() as session:
        now_is = await changes.get(session, change.id)
    answer = _Step(now_is, payment).shown()
    if answer is None:
        raise ProviderUnavailable
    return answer
