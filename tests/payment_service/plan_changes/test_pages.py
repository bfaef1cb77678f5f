"""A difference that is paid at Stripe's page (P12): nothing changes until it is paid, and then
once, whatever happens meanwhile.
"""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy import text

from libs.clock import SystemClock
from libs.events.session import StudySessionActivated
from payment_service.checkouts import service as checkouts
from payment_service.checkouts.jobs import SweepCheckouts, sweep_checkouts
from payment_service.payments.models import Payment
from payment_service.subscriptions import handlers
from payment_service.subscriptions import repository as subscriptions
from payment_service.subscriptions.models import Subscription
from tests.payment_service.plan_changes.desk import MONTH, PRICE, YEAR, YEARLY, path_of
from tests.payment_service.shop import Shop, event, open_shop, session_of
from tests.payment_service.wallets.bank import fill, money_of
from tests.stack import Stack, User, eventually

# The SDK's httpx client still hands its form over as `data=`.
pytestmark = pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning")

REFUNDS = text("SELECT reason, amount FROM refunds WHERE study_session_id = :study_session_id")


@dataclass
class Counter:
    """A shop with a class that is paid for by month and has just begun."""

    shop: Shop
    tutor: User
    class_id: UUID
    subscription_id: UUID

    async def ask(
        self, plan_id: UUID = YEAR, by: str = "stripe", key: str | None = None
    ) -> httpx.Response:
        """Asks for another plan at once."""
        body = {"plan_id": str(plan_id), "at": "now", "pay_with": by}
        path, headers = path_of(self.subscription_id), self.tutor.headers
        headers = headers | ({"Idempotency-Key": key} if key else {})
        return await self.shop.client.post(path, json=body, headers=headers)

    async def opened(self, plan_id: UUID = YEAR, key: str | None = None) -> dict[str, Any]:
        """A change whose page is open."""
        answer = await self.ask(plan_id, key=key)
        assert answer.status_code == 201, answer.text
        body: dict[str, Any] = answer.json()
        return body

    async def press(self, url: str) -> None:
        """Pays at a page."""
        await self.shop.press(url, "pay")

    async def subscription(self) -> Subscription:
        """As it stands."""
        async with self.shop.parts.database.transaction() as session:
            found = await subscriptions.find_of_class(session, self.class_id)
            assert found is not None
            return found

    async def months_become(self, months: int) -> Subscription:
        """Waits for another plan."""

        async def look() -> Subscription | None:
            found = await self.subscription()
            return found if found.months == months else None

        found: Subscription = await eventually(look)
        return found

    async def shown(self) -> list[dict[str, Any]]:
        """All changes as the API shows them, newest first."""
        path, headers = path_of(self.subscription_id), self.tutor.headers
        items: list[dict[str, Any]] = (await self.shop.client.get(path, headers=headers)).json()[
            "items"
        ]
        return items

    async def payment(self, payment_id: str) -> Payment:
        """One payment of the class."""
        payments = await self.shop.payments(self.class_id)
        return next(one for one in payments if str(one.id) == payment_id)

    async def pay_late(self, payment_id: str) -> httpx.Response:
        """Stripe's word that a page was paid."""
        paid = session_of(await self.payment(payment_id))
        return await self.shop.deliver(event("checkout.session.completed", paid))

    async def refunds(self) -> list[tuple[str, int]]:
        """Reasons and sums of what goes back."""
        async with self.shop.parts.database.transaction() as session:
            rows = await session.execute(REFUNDS, {"study_session_id": self.class_id})
            return [(row.reason, row.amount) for row in rows]


@pytest.fixture
async def counter(stack: Stack, tmp_path: Path) -> AsyncIterator[Counter]:
    """The class, paid for from the wallet."""
    async with open_shop(stack, tmp_path) as shop:
        tutor = stack.as_user("tutor")
        study_session_id = await shop.study_session(tutor)
        await fill(shop.parts.database, tutor.id, PRICE)
        body = {"plan_id": str(MONTH), "study_session_id": str(study_session_id)}
        paid = await shop.client.post("/v1/wallet-payments", json=body, headers=tutor.headers)
        assert paid.status_code == 201, paid.text
        active = StudySessionActivated(
            study_session_id=study_session_id, session_code="S-TEST", tutor_id=tutor.id, revision=3
        )
        async with shop.parts.database.transaction() as session:
            await handlers.on_study_session_activated(session, active)
        async with shop.parts.database.transaction() as session:
            found = await subscriptions.find_of_class(session, study_session_id)
        assert found is not None
        yield Counter(shop, tutor, study_session_id, found.id)


async def test_p12_the_plan_changes_when_its_page_is_paid(counter: Counter) -> None:
    made = await counter.opened()
    assert (made["state"], made["charge"]) == ("open", YEARLY)
    assert 0 < made["due"] < YEARLY
    assert (await counter.subscription()).months == 1
    again = await counter.opened()
    assert (again["id"], again["checkout_url"]) == (made["id"], made["checkout_url"])
    await counter.press(made["checkout_url"])
    found = await counter.months_become(12)
    assert (found.plan_id, found.period) == (YEAR, 2)
    [shown] = await counter.shown()
    assert (shown["state"], shown["payment_id"], shown["checkout_url"]) == (
        "applied", made["payment_id"], None,
    )  # fmt: skip
    assert (await counter.payment(made["payment_id"])).amount == made["due"]
    assert await counter.refunds() == []


async def test_p_a5_a_change_that_is_asked_for_again_is_one(counter: Counter) -> None:
    key = "change-1"
    made = await counter.opened(key=key)
    again = await counter.ask(key=key)
    assert (again.json(), again.headers["idempotency-replayed"]) == (made, "true")
    other = await counter.ask(MONTH, key=key)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    await fill(counter.shop.parts.database, counter.tutor.id, YEARLY)
    paid = await counter.ask(by="wallet", key="change-2")
    twice = await counter.ask(by="wallet", key="change-2")
    assert (paid.status_code, twice.json()) == (201, paid.json())
    states = [one["state"] for one in await counter.shown()]
    assert states == ["applied", "lapsed"]


async def test_p12_a_page_that_ends_changes_nothing(counter: Counter) -> None:
    made = await counter.opened()
    payment = await counter.payment(made["payment_id"])
    expired = session_of(payment, status="expired", payment_status="unpaid", payment_intent=None)
    await counter.shop.deliver(event("checkout.session.expired", expired))
    assert [one["state"] for one in await counter.shown()] == ["lapsed"]
    assert (await counter.subscription()).months == 1
    assert (await counter.opened())["id"] != made["id"]


async def test_p12_ten_resends_change_it_once(counter: Counter) -> None:
    made = await counter.opened()
    answers = await asyncio.gather(*(counter.pay_late(made["payment_id"]) for _ in range(10)))
    assert {answer.status_code for answer in answers} == {200}
    assert (await counter.subscription()).period == 2
    assert (await counter.shop.kinds(counter.class_id)).count("subscription.plan_changed") == 1


async def test_p12_what_is_paid_after_another_change_goes_back(counter: Counter) -> None:
    made = await counter.opened()
    await fill(counter.shop.parts.database, counter.tutor.id, YEARLY)
    assert (await counter.ask(by="wallet")).json()["state"] == "applied"
    await counter.pay_late(made["payment_id"])
    assert await counter.refunds() == [("paid_twice", made["due"])]
    assert (await counter.subscription()).period == 2
    assert [one["state"] for one in await counter.shown()] == ["applied", "lapsed"]


async def test_p12_what_is_paid_when_the_time_is_over_goes_back(counter: Counter) -> None:
    made = await counter.opened()
    now = SystemClock().now()
    async with counter.shop.parts.database.transaction() as session:
        found = await subscriptions.find_of_class(session, counter.class_id)
        assert found is not None
        found.ends_at = now
    await counter.pay_late(made["payment_id"])
    assert await counter.refunds() == [("changed_too_late", made["due"])]
    assert (await counter.subscription()).state == "past_due"


async def test_p12_a_renewal_closes_the_page_of_a_change_and_the_other_way(
    counter: Counter,
) -> None:
    made = await counter.opened()
    body = {"plan_id": str(MONTH), "study_session_id": str(counter.class_id)}
    headers = counter.tutor.headers
    renewal = await counter.shop.client.post("/v1/checkouts", json=body, headers=headers)
    assert renewal.status_code == 201, renewal.text
    assert renewal.json()["payment_id"] != made["payment_id"]
    assert [one["state"] for one in await counter.shown()] == ["lapsed"]
    second = await counter.opened()
    renewing = await counter.payment(renewal.json()["payment_id"])
    assert (renewing.status, second["state"]) == ("expired", "open")


async def test_p12_parallel_changes_have_one_winner(counter: Counter) -> None:
    await fill(counter.shop.parts.database, counter.tutor.id, 3 * YEARLY)
    answers = await asyncio.gather(*(counter.ask(by="wallet") for _ in range(8)))
    codes = sorted(answer.status_code for answer in answers)
    assert codes == [201] + [409] * 7
    assert {one.json()["code"] for one in answers if one.status_code == 409} == {"same_plan"}
    assert (await counter.subscription()).period == 2
    [shown] = await counter.shown()
    left = (await money_of(counter.shop.parts.database, counter.tutor.id))[0]
    assert left == 3 * YEARLY - shown["due"]


async def test_p12_an_intent_that_got_no_answer_is_carried_on_with(counter: Counter) -> None:
    await counter.shop.control(fail_next=20)
    answer = await counter.ask(key="change-1")
    assert answer.status_code == 503, answer.text
    await counter.shop.control(fail_next=0)
    [payment] = [one for one in await counter.shop.payments(counter.class_id) if one.live]
    await checkouts.finish(counter.shop.parts.database, counter.shop.parts.gateway, payment)
    again = await counter.ask(key="change-1")
    assert (again.status_code, again.json()["payment_id"]) == (201, str(payment.id))
    await sweep_checkouts(counter.shop.parts, SweepCheckouts())
