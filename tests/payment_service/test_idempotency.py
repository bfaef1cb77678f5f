"""`Idempotency-Key` on checkouts: a key lives through two transactions, Stripe and crashes."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from libs.ids import new_id
from payment_service.checkouts.errors import ProviderUnavailable
from payment_service.checkouts.jobs import SweepCheckouts, sweep_checkouts
from payment_service.checkouts.orders import Order, TopUpOrder
from payment_service.checkouts.stripe_objects import CheckoutSession
from tests.payment_service.shop import MONTH, YEAR, Shop, event, session_of
from tests.stack import User, eventually

# The SDK's httpx client still hands its form over as `data=`.
pytestmark = pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning")

OLDER = (
    "UPDATE payments SET checked_at = checked_at - interval '31 seconds'",
    "UPDATE idempotency_keys SET created_at = created_at - interval '31 seconds'",
)


async def ask(
    shop: Shop, tutor: User, study_session_id: UUID, key: str, plan_id: UUID = MONTH
) -> httpx.Response:
    """Asks for a checkout under a key."""
    body = {"plan_id": str(plan_id), "study_session_id": str(study_session_id)}
    headers = {**tutor.headers, "Idempotency-Key": key}
    return await shop.client.post("/v1/checkouts", json=body, headers=headers)


async def sweep_later(shop: Shop) -> None:
    """One round of the sweeper, 31 seconds later."""
    async with shop.parts.database.transaction() as session:
        for statement in OLDER:
            await session.execute(text(statement))
    await sweep_checkouts(shop.parts, SweepCheckouts())


async def running_keys(shop: Shop) -> int:
    async with shop.parts.database.transaction() as session:
        statement = "SELECT count(*) FROM idempotency_keys WHERE status IS NULL"
        return int(await session.scalar(text(statement)) or 0)


def crash(shop: Shop, *, after: bool) -> None:
    """Kills the next request before, or after, Stripe opens its checkout."""
    real = type(shop.parts.gateway).open

    async def dying(order: Order | TopUpOrder) -> CheckoutSession:
        del shop.parts.gateway.open
        if after:
            await real(shop.parts.gateway, order)
        raise RuntimeError("killed")

    shop.parts.gateway.open = dying  # type: ignore[method-assign]


@pytest.fixture
async def class_of(shop: Shop) -> tuple[User, UUID]:
    """A tutor and their class."""
    tutor = shop.stack.as_user("tutor")
    return tutor, await shop.study_session(tutor)


async def test_p_a5_p21_replay_is_the_first_answer_whatever_happened_since(
    shop: Shop, class_of: tuple[User, UUID]
) -> None:
    first = await ask(shop, *class_of, "k1")
    await shop.press(first.json()["checkout_url"], "pay")
    await shop.status_becomes(class_of[1], "paid")
    again = await ask(shop, *class_of, "k1")
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.content == first.content
    assert again.headers["idempotency-replayed"] == "true"
    assert (await ask(shop, *class_of, "k2")).json()["code"] == "already_paid"
    assert len(await shop.sessions()) == 1


async def test_p_a5_other_body_is_422(shop: Shop, class_of: tuple[User, UUID]) -> None:
    first = await ask(shop, *class_of, "k1")
    other = await ask(shop, *class_of, "k1", YEAR)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    assert (await ask(shop, *class_of, "k1")).content == first.content
    assert len(await shop.sessions()) == 1


async def test_p_a5_keys_of_two_tutors_are_two(shop: Shop, class_of: tuple[User, UUID]) -> None:
    other = shop.stack.as_user("tutor")
    mine = await ask(shop, *class_of, "k1")
    theirs = await ask(shop, other, await shop.study_session(other), "k1")
    assert (mine.status_code, theirs.status_code) == (201, 201)
    assert mine.json()["payment_id"] != theirs.json()["payment_id"]


async def test_p_a5_running_while_stripe_is_asked(shop: Shop, class_of: tuple[User, UUID]) -> None:
    await shop.control(delay_ms=700)
    first = asyncio.create_task(ask(shop, *class_of, "k1"))
    await eventually(lambda: running_keys(shop))
    for plan_id, expected in ((MONTH, 409), (YEAR, 422)):
        answer = await ask(shop, *class_of, "k1", plan_id)
        assert answer.status_code == expected
        if expected == 409:
            assert answer.json()["code"] == "idempotency_key_running"
            assert answer.headers["retry-after"] == "2"
    assert (await first).status_code == 201
    assert (await ask(shop, *class_of, "k1")).content == (await first).content
    assert len(await shop.sessions()) == 1


async def test_p_a5_20_parallel_open_one_checkout(shop: Shop, class_of: tuple[User, UUID]) -> None:
    await shop.control(delay_ms=50)
    answers = await asyncio.gather(*(ask(shop, *class_of, "k1") for _ in range(20)))
    done = [answer for answer in answers if answer.status_code == 201]
    assert len({answer.content for answer in done}) == 1
    rest = [answer.json()["code"] for answer in answers if answer.status_code != 201]
    assert set(rest) <= {"idempotency_key_running"}
    assert (await ask(shop, *class_of, "k1")).content == done[0].content
    assert len(await shop.payments(class_of[1])) == len(await shop.sessions()) == 1


@pytest.mark.parametrize("after", [False, True])
async def test_p_a5_after_a_crash_the_sweeper_answers(
    shop: Shop, class_of: tuple[User, UUID], after: bool
) -> None:
    crash(shop, after=after)
    assert (await ask(shop, *class_of, "k1")).status_code == 500
    assert (await ask(shop, *class_of, "k1")).json()["code"] == "idempotency_key_running"
    await sweep_later(shop)
    assert await running_keys(shop) == 0
    answer = await ask(shop, *class_of, "k1")
    payment = await shop.payment(class_of[1])
    assert (answer.status_code, answer.headers["idempotency-replayed"]) == (201, "true")
    assert answer.json()["checkout_url"] == payment.checkout_url
    assert len(await shop.sessions()) == 1


async def test_p_a5_after_a_crash_another_request_answers_too(
    shop: Shop, class_of: tuple[User, UUID]
) -> None:
    crash(shop, after=False)
    await ask(shop, *class_of, "k1")
    other = await ask(shop, *class_of, "k2")
    assert (await ask(shop, *class_of, "k1")).content == other.content


async def test_p_a5_a_webhook_between_crash_and_sweep(
    shop: Shop, class_of: tuple[User, UUID]
) -> None:
    crash(shop, after=True)
    await ask(shop, *class_of, "k1")
    payment, [session] = await shop.payment(class_of[1]), await shop.sessions()
    paid = session_of(payment, id=session.id)
    assert (await shop.deliver(event("checkout.session.completed", paid))).status_code == 200
    assert (await shop.payment(class_of[1])).status == "paid"
    await sweep_later(shop)
    assert await running_keys(shop) == 0
    assert (await ask(shop, *class_of, "k1")).json()["code"] == "already_paid"


async def test_p_a5_stripe_away_lets_the_key_go(shop: Shop, class_of: tuple[User, UUID]) -> None:
    await shop.control(fail_next=3)
    assert (await ask(shop, *class_of, "k1")).status_code == 503
    assert await running_keys(shop) == 0
    assert (await ask(shop, *class_of, "k1")).status_code == 201
    assert len(await shop.sessions()) == 1


async def test_p_a5_refusals_are_not_stored(shop: Shop, class_of: tuple[User, UUID]) -> None:
    tutor, study_session_id = class_of
    assert (await ask(shop, tutor, new_id(), "k1")).status_code == 404
    assert (await ask(shop, tutor, study_session_id, "k1", new_id())).status_code == 404
    assert (await ask(shop, tutor, study_session_id, "k1")).status_code == 201


async def test_p_a5_another_plan_closes_the_open_checkout_under_a_key(
    shop: Shop, class_of: tuple[User, UUID]
) -> None:
    first = await ask(shop, *class_of, "k1")
    other = await ask(shop, *class_of, "k2", YEAR)
    assert (other.status_code, other.json()["amount"]) == (201, 479_900)
    assert (await ask(shop, *class_of, "k2", YEAR)).content == other.content
    assert (await ask(shop, *class_of, "k1")).content == first.content  # as it was
    assert len(await shop.sessions()) == 2


@dataclass
class Stripe:
    """Opens checkouts in no time, and dies when it is told to."""

    end: str = "ok"
    opened: dict[UUID, int] = field(default_factory=dict)

    async def open(self, order: Order | TopUpOrder) -> CheckoutSession:
        end, self.end = self.end, "ok"
        if end == "before":
            raise RuntimeError("killed")
        if end == "away":
            raise ProviderUnavailable
        self.opened[order.name] = self.opened.get(order.name, 0) + 1
        if end == "after":
            raise RuntimeError("killed")
        return CheckoutSession(id=f"cs_{order.name.hex}", url=f"http://pay.test/{order.name}")


@dataclass
class Model:
    """What the keys must do: keys by class and answer, classes by state."""

    intended: set[int] = field(default_factory=set)
    open: set[int] = field(default_factory=set)
    keys: dict[str, tuple[int, bool]] = field(default_factory=dict)

    def ask(self, key: str, place: int, end: str) -> int:
        """The status of the answer."""
        known = self.keys.get(key)
        if known:
            return 422 if known[0] != place else 201 if known[1] else 409
        self.intended.add(place)
        if place in self.open or end == "ok":
            self.finish(place)
            self.keys[key] = (place, True)
            return 201
        if end == "away":
            return 503
        self.keys[key] = (place, False)
        return 500

    def finish(self, place: int) -> None:
        """A class has its checkout, and whoever waited has the answer."""
        self.open.add(place)
        for key, (of, _) in self.keys.items():
            if of == place:
                self.keys[key] = (of, True)

    def sweep(self) -> None:
        """Somebody finishes what a crash left."""
        for place in self.intended:
            self.finish(place)


ASK = st.tuples(
    st.sampled_from("abc"), st.integers(0, 1), st.sampled_from(["ok", "before", "after", "away"])
)
Steps = list[tuple[str, int, str] | Callable[[Model], None]]


@given(steps=st.lists(ASK | st.just(Model.sweep), max_size=10))
@settings(max_examples=30)
async def test_p_a5_any_sequence_agrees_with_the_model(shop: Shop, steps: Steps) -> None:
    async with shop.parts.database.transaction() as session:
        for table in ("idempotency_keys", "payments"):
            await session.execute(text(f"DELETE FROM {table}"))  # noqa: S608
    tutor, stripe, model = shop.stack.as_user("tutor"), Stripe(), Model()
    shop.parts.gateway.open = stripe.open  # type: ignore[method-assign]
    classes = [await shop.study_session(tutor) for _ in range(2)]
    answers: dict[str, Any] = {}
    for step in steps:
        if callable(step):
            stripe.end = "ok"
            await sweep_later(shop)
            step(model)
            continue
        key, place, stripe.end = step
        answer = await ask(shop, tutor, classes[place], key)
        assert answer.status_code == model.ask(*step), answer.text
        if answer.status_code == 201:
            assert answers.setdefault(key, answer.content) == answer.content
    assert len(stripe.opened) <= 2
    for place in model.open:
        assert len(await shop.payments(classes[place])) == 1
