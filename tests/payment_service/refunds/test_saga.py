"""A class is rejected: whatever was or will be paid for it goes back, once (P-A9)."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
import stripe
from hypothesis import given, settings
from hypothesis import strategies as st

from libs.events.session import StudySessionApproved, StudySessionCreated
from libs.ids import new_id
from payment_service.checkouts.errors import ProviderUnavailable
from payment_service.payments.models import Payment
from payment_service.refunds import service
from tests.payment_service.refunds.desk import (
    COMPLETED,
    age,
    at_stripe,
    handle,
    paid_class,
    refund,
    refunds,
    reject,
    rejection,
    sweep,
    work,
)
from tests.payment_service.shop import MONTH, Shop, event, intent_of, session_of
from tests.stack import User, eventually

# The SDK's httpx client still hands its form over as `data=`.
pytestmark = pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning")

WHOLE = ["subscription.paid", "payments.closed", "refund.requested", "payment.refunded"]


async def test_p_a9_what_was_paid_for_a_rejected_class_goes_back_once(shop: Shop) -> None:
    tutor, study_session_id = await paid_class(shop)
    payment = await shop.payment(study_session_id)
    await reject(shop, tutor, study_session_id)
    await handle(shop, rejection(study_session_id, tutor.id), rejection(study_session_id, tutor.id))
    owed = await refund(shop, study_session_id)
    assert (owed.state, owed.amount, owed.currency) == ("requested", 49_900, "INR")
    assert await work(shop) == ["payment.refunds.settle"]
    [made] = await at_stripe(shop, study_session_id)
    done = await refund(shop, study_session_id)
    assert (done.state, done.attempts, done.stripe_refund_id) == ("succeeded", 1, made.id)
    assert (made.amount, made.status, made.payment_intent) == (
        49_900, "succeeded", payment.payment_intent,
    )  # fmt: skip
    assert made.metadata
    assert made.metadata.to_dict() == {"refund_id": str(done.id), "payment_id": str(payment.id)}
    assert await shop.kinds(study_session_id) == WHOLE
    head = {"study_session_id": str(study_session_id), "tutor_id": str(tutor.id)}
    money = {
        "payment_id": str(payment.id), "refund_id": str(done.id), "amount": 49_900,
        "currency": "INR",
    }  # fmt: skip
    _, closed, requested, back = (body["data"] for body in await shop.events(study_session_id))
    assert closed == head | {"refunds": 1, "revision": 2}
    assert requested == head | money | {"revision": 3}
    at = str(done.ended_at.isoformat()).replace("+00:00", "Z") if done.ended_at else ""
    assert back == head | money | {"revision": 4, "refunded_at": at}
    shown = await shop.client.get(f"/v1/payments/{payment.id}", headers=tutor.headers)
    assert (shown.json()["status"], shown.json()["refund"], shown.json()["refunded_at"]) == (
        "paid", "succeeded", at,
    )  # fmt: skip


async def test_p_a9_r16_a_payment_that_comes_after_the_rejection_goes_back_too(shop: Shop) -> None:
    tutor, study_session_id, opened = await shop.opened()
    await reject(shop, tutor, study_session_id)
    await shop.press(opened["checkout_url"], "pay")  # before its checkout is closed
    await shop.status_becomes(study_session_id, "paid")
    assert sorted(await work(shop)) == ["payment.checkouts.close", "payment.refunds.settle"]
    done = await refund(shop, study_session_id)
    assert (done.state, done.reason) == ("succeeded", "paid_after_rejection")
    assert len(await at_stripe(shop, study_session_id)) == 1
    assert await shop.count("subscriptions") == 0
    assert await shop.kinds(study_session_id) == [
        "payments.closed", "refund.requested", "payment.refunded",
    ]  # fmt: skip

    async def told() -> bool:
        return "given_back" in await shop.outcomes()

    await eventually(told)


async def test_p_a9_nobody_can_pay_for_a_rejected_class(shop: Shop) -> None:
    tutor, study_session_id, opened = await shop.opened()
    await reject(shop, tutor, study_session_id)
    assert await work(shop) == ["payment.checkouts.close"]
    [session] = await shop.sessions()
    assert session.status == "expired"
    assert (await shop.payment(study_session_id)).status == "expired"
    page = await shop.stand.http.post(f"{opened['checkout_url']}/pay")
    assert page.status_code != 303
    refused = await shop.checkout(tutor, study_session_id)
    assert (refused.status_code, refused.json()["code"]) == (409, "class_rejected")
    assert len(await shop.sessions()) == 1
    assert await refunds(shop, study_session_id) == []
    assert await shop.kinds(study_session_id) == ["payments.closed"]


async def test_p_a9_r14_an_intent_without_an_answer_is_closed_and_kept(shop: Shop) -> None:
    """The request died, or lost Stripe's answer: its checkout may exist."""
    tutor = shop.stack.as_user("tutor")
    study_session_id = await shop.study_session(tutor)
    await shop.control(lose_next=3)
    assert (await shop.checkout(tutor, study_session_id)).status_code == 503
    await reject(shop, tutor, study_session_id)
    await work(shop)
    [session] = await shop.sessions()
    assert session.status == "expired"
    assert (await shop.payment(study_session_id)).status == "expired"
    assert await shop.count("study_sessions") == 1


async def test_p_a9_the_sweeper_closes_what_the_job_could_not(shop: Shop) -> None:
    tutor, study_session_id, _ = await shop.opened()
    await reject(shop, tutor, study_session_id)
    await shop.control(fail_next=3)
    with pytest.raises(Exception, match="provider_unavailable"):
        await work(shop)
    assert (await shop.payment(study_session_id)).status == "open"
    await sweep(shop)
    assert (await shop.payment(study_session_id)).status == "expired"


async def test_p_a9_an_intent_that_stripe_never_took_is_given_up(shop: Shop) -> None:
    tutor = shop.stack.as_user("tutor")
    study_session_id = await shop.study_session(tutor)
    await shop.control(fail_next=3)
    await shop.checkout(tutor, study_session_id)
    await reject(shop, tutor, study_session_id)
    await age(shop, timedelta(minutes=61))
    await sweep(shop)
    assert (await shop.payment(study_session_id)).status == "failed"
    assert await shop.sessions() == []


async def test_p_a9_a_class_that_is_only_known_by_its_rejection(shop: Shop) -> None:
    """Events may come in any order: the rejection first, then what went before it."""
    tutor, study_session_id = shop.stack.as_user("tutor"), new_id()
    head: dict[str, Any] = {
        "study_session_id": study_session_id, "session_code": "S-1", "tutor_id": tutor.id,
    }  # fmt: skip
    await handle(shop, rejection(study_session_id, tutor.id, 3))
    await handle(
        shop, StudySessionCreated(**head, revision=1), StudySessionApproved(**head, revision=2)
    )
    refused = await shop.checkout(tutor, study_session_id)
    assert (refused.status_code, refused.json()["code"]) == (409, "class_rejected")


async def test_p_a9_rejection_and_payment_at_the_same_moment(shop: Shop) -> None:
    """20 classes; whichever comes first under the class's lock, one refund each."""
    made = [await shop.opened() for _ in range(20)]
    payments = [await shop.payment(study_session_id) for _, study_session_id, _ in made]
    await asyncio.gather(
        *(reject(shop, tutor, study_session_id) for tutor, study_session_id, _ in made),
        *(shop.deliver(event(COMPLETED, session_of(payment))) for payment in payments),
        *(shop.deliver(event("payment_intent.succeeded", intent_of(p))) for p in payments),
    )
    for _, study_session_id, _ in made:
        assert len(await refunds(shop, study_session_id)) == 1
        kinds = await shop.kinds(study_session_id)
        assert kinds.count("refund.requested") == kinds.count("payments.closed") == 1
        revisions = [body["data"]["revision"] for body in await shop.events(study_session_id)]
        assert revisions == list(range(1, len(kinds) + 1))


async def test_p_a9_20_workers_at_once_make_one_refund(shop: Shop) -> None:
    tutor, study_session_id = await paid_class(shop)
    await reject(shop, tutor, study_session_id)
    owed = await refund(shop, study_session_id)
    parts = shop.parts
    await shop.control(delay_ms=30)
    results = await asyncio.gather(
        *(service.settle(parts.database, parts.gateway, owed.id) for _ in range(20)),
        return_exceptions=True,
    )
    await shop.control(delay_ms=0)
    assert {getattr(result, "code", "") for result in results if result} <= {"provider_unavailable"}
    await sweep(shop)
    assert (await refund(shop, study_session_id)).state == "succeeded"
    assert len(await at_stripe(shop, study_session_id)) == 1
    assert await shop.kinds(study_session_id) == WHOLE


class Died(Exception):
    """Stands for the end of the process."""


POINTS = ["refunds.after_intent", "refunds.before_result", "refunds.after_result"]


@pytest.mark.parametrize("point", POINTS)
async def test_p_a9_whoever_dies_at_a_step_another_goes_on(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, point: str
) -> None:
    tutor, study_session_id = await paid_class(shop)
    await reject(shop, tutor, study_session_id)

    async def die(name: str) -> None:
        if name == point:
            raise Died

    monkeypatch.setattr(service, "reach", die)
    with pytest.raises(Died):
        await work(shop)
    monkeypatch.undo()
    await sweep(shop)
    assert (await refund(shop, study_session_id)).state == "succeeded"
    assert len(await at_stripe(shop, study_session_id)) == 1
    assert await shop.kinds(study_session_id) == WHOLE


@dataclass
class Case:
    """One class and what may happen to it, step by step."""

    shop: Shop
    tutor: User
    study_session_id: UUID
    url: str

    async def pay(self) -> None:
        """At the stand-in's page, if it is open still."""
        await self.shop.stand.http.post(f"{self.url}/pay")

    async def pay_again(self) -> None:
        """The webhook of a payment comes another time."""
        found = await self.shop.payment(self.study_session_id)
        if found.status == "paid":
            thing = session_of(found, payment_intent=found.payment_intent)
            await self.shop.deliver(event(COMPLETED, thing))

    async def reject(self) -> None:
        """The admin's no arrives."""
        await reject(self.shop, self.tutor, self.study_session_id)

    async def work(self) -> None:
        """Jobs run once; what fails is left to the sweeper."""
        with suppress(ProviderUnavailable):
            await work(self.shop)

    async def sweep(self) -> None:
        """The sweepers run."""
        await sweep(self.shop)

    async def lose(self) -> None:
        """Stripe's next answers are lost."""
        await self.shop.control(lose_next=3)

    async def fail(self) -> None:
        """Stripe's next calls fail."""
        await self.shop.control(fail_next=3)


async def checkout_of(shop: Shop, payment: Payment) -> stripe.checkout.Session:
    """The checkout of a payment as Stripe has it now."""
    [session] = [one for one in await shop.sessions() if one.id == payment.stripe_session_id]
    return session


STEPS = ("pay", "pay_again", "reject", "work", "sweep", "lose", "fail")


@settings(max_examples=25)
@given(steps=st.lists(st.sampled_from(STEPS), min_size=2, max_size=9))
async def test_p_a9_any_order_of_steps_and_faults_gives_back_once(
    shop: Shop, steps: list[str]
) -> None:
    """Once everything has had its time: a refund exactly where a rejected class was paid."""
    tutor, study_session_id, opened = await shop.opened()
    case = Case(shop, tutor, study_session_id, opened["checkout_url"])
    for step in (*steps, "sweep"):
        await getattr(case, step)()
    await shop.control(lose_next=0, fail_next=0)
    payment = await shop.payment(study_session_id)
    session = await checkout_of(shop, payment)
    paid, rejected = session.payment_status == "paid", "reject" in steps
    if paid:
        await shop.status_becomes(study_session_id, "paid")
    await case.work()
    await case.sweep()
    due = int(paid and rejected)
    assert [one.state for one in await refunds(shop, study_session_id)] == ["succeeded"] * due
    assert not paid or len(await at_stripe(shop, study_session_id)) == due
    kinds = await shop.kinds(study_session_id)
    assert kinds.count("refund.requested") == kinds.count("payment.refunded") == due
    assert kinds.count("payments.closed") == int(rejected)
    assert not rejected or (await checkout_of(shop, payment)).status != "open"


async def test_a_refund_waits_for_nobody_elses(shop: Shop) -> None:
    """A refund that cannot be settled is no reason for others to wait."""
    tutor, wrong = await paid_class(shop)
    other_tutor, right = await paid_class(shop)
    await reject(shop, tutor, wrong)
    await reject(shop, other_tutor, right)
    bad = await refund(shop, wrong)
    settle = service.settle

    async def break_one(database: Any, gateway: Any, refund_id: Any) -> None:
        if refund_id == bad.id:
            raise RuntimeError("on purpose")
        await settle(database, gateway, refund_id)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(service, "settle", break_one)
        await sweep(shop)
    assert (await refund(shop, right)).state == "succeeded"
    assert (await refund(shop, wrong)).state == "requested"


async def test_r14_a_rejection_deletes_nothing(shop: Shop) -> None:
    tutor, study_session_id = await paid_class(shop)
    before = [await shop.count(table) for table in ("study_sessions", "payments", "subscriptions")]
    await reject(shop, tutor, study_session_id)
    await work(shop)
    after = [await shop.count(table) for table in ("study_sessions", "payments", "subscriptions")]
    assert before == after == [1, 1, 1]
    mine = await shop.client.get("/v1/payments", headers=tutor.headers)
    assert [(item["plan_id"], item["refund"]) for item in mine.json()["items"]] == [
        (str(MONTH), "succeeded")
    ]


async def test_r11_a_late_copy_of_the_payments_webhook_changes_nothing(shop: Shop) -> None:
    tutor, study_session_id = await paid_class(shop)
    await reject(shop, tutor, study_session_id)
    await work(shop)
    payment = await shop.payment(study_session_id)
    thing = session_of(payment, payment_intent=payment.payment_intent)
    assert (await shop.deliver(event(COMPLETED, thing))).status_code == 200
    assert await shop.kinds(study_session_id) == WHOLE
    assert len(await at_stripe(shop, study_session_id)) == 1
