"""Coupons as they are used: never more often than they may be, and given back when nobody paid."""

import asyncio
from collections import Counter
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from libs.events.session import StudySessionCreated
from libs.ids import new_id
from payment_service.checkouts.jobs import SweepCheckouts, sweep_checkouts
from tests.payment_service.prices.till import Till
from tests.payment_service.refunds.desk import handle, reject
from tests.payment_service.shop import MONTH, YEAR, event, session_of
from tests.stack import User
from tests.statements import statements

# The SDK's httpx client still hands its form over as `data=`.
pytestmark = pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning")


async def class_of(till: Till, tutor: User) -> str:
    created = StudySessionCreated(
        study_session_id=new_id(), session_code="S-TEST", tutor_id=tutor.id, revision=1
    )
    await handle(till.shop, created)
    return str(created.study_session_id)


async def try_all(till: Till, tutors: list[User], **more: Any) -> Counter[str]:
    """What becomes of checkouts of new classes at once, by their codes."""
    bodies = [{"plan_id": str(MONTH), "study_session_id": await class_of(till, tutor)} | more
              for tutor in tutors]  # fmt: skip
    answers = await asyncio.gather(
        *(till.ask(tutor, "POST", "/checkouts", body)
          for tutor, body in zip(tutors, bodies, strict=True))
    )  # fmt: skip
    return Counter(answer.json().get("code", answer.json().get("status")) for answer in answers)


async def agree(till: Till, coupon: dict[str, Any], *states: str) -> None:
    """The count is that of the redemptions which were not returned."""
    found = await till.redemptions()
    assert sorted(found) == sorted(states)
    assert await till.used(coupon) == sum(state != "returned" for state in found)


@pytest.mark.parametrize("percent", [10, 100])
async def test_p13_20_people_at_once_use_a_coupon_five_times(till: Till, percent: int) -> None:
    coupon = await till.coupon(percent=percent, total_limit=5)
    tutors = [till.shop.stack.as_user("tutor") for _ in range(20)]
    found = await try_all(till, tutors, coupon="SUMMER")
    status = "paid" if percent == 100 else "open"
    assert found == {status: 5, "coupon_used_up": 15}
    assert await till.shop.count("payments") == 5
    await agree(till, coupon, *["spent" if percent == 100 else "held"] * 5)


async def test_p13_admins_change_a_coupon_while_20_people_use_it(till: Till) -> None:
    coupon = await till.coupon(percent=100, total_limit=100)
    path = f"/admin/coupons/{coupon['id']}"
    tutors = [till.shop.stack.as_user("tutor") for _ in range(20)]
    changes = (till.ask(till.admin, "PATCH", path, {"total_limit": 100 + n}) for n in range(10))
    found, changed = await asyncio.gather(
        try_all(till, tutors, coupon="SUMMER"), asyncio.gather(*changes)
    )
    assert found == {"paid": 20}
    assert [answer.status_code for answer in changed] == [200] * 10
    await agree(till, coupon, *["spent"] * 20)


async def test_p13_one_person_with_ten_classes_at_once_uses_a_coupon_twice(till: Till) -> None:
    coupon = await till.coupon(percent=100, user_limit=2, total_limit=9)
    found = await try_all(till, [till.tutor] * 10, coupon="SUMMER")
    assert found == {"paid": 2, "coupon_used_by_you": 8}
    await agree(till, coupon, "spent", "spent")
    other = till.shop.stack.as_user("tutor")
    assert await try_all(till, [other], coupon="SUMMER") == {"paid": 1}
    refusal = await till.refused(till.tutor, "POST", "/quotes", await till.wish(coupon="SUMMER"))
    assert refusal == (409, "coupon_used_by_you")


async def test_p13_a_coupon_comes_back_when_the_checkout_expires(till: Till) -> None:
    coupon = await till.coupon(total_limit=1, user_limit=1)
    wish = await till.wish(coupon="SUMMER")
    first = await till.made(till.tutor, "/checkouts", wish)
    assert await till.made(till.tutor, "/checkouts", wish) == first
    await agree(till, coupon, "held")
    used = await till.refused(till.tutor, "POST", "/checkouts", await till.wish(coupon="SUMMER"))
    assert used == (409, "coupon_used_up")
    [session] = await till.shop.sessions()
    await till.shop.stand.stripe().v1.checkout.sessions.expire_async(session.id)
    await till.shop.status_becomes(UUID(wish["study_session_id"]), "expired")
    await agree(till, coupon, "returned")
    again = await till.made(till.tutor, "/checkouts", wish)
    assert (again["amount"], again["status"]) == (44_910, "open")
    await agree(till, coupon, "returned", "held")


async def test_p13_a_coupon_stays_used_when_it_is_paid(till: Till) -> None:
    coupon = await till.coupon(total_limit=1)
    wish = await till.wish(coupon="SUMMER")
    opened = await till.made(till.tutor, "/checkouts", wish)
    await till.shop.press(opened["checkout_url"], "pay")
    payment = await till.shop.status_becomes(UUID(wish["study_session_id"]), "paid")
    assert (payment.amount, payment.discount) == (44_910, 4_990)
    [told] = await till.shop.events(payment.study_session_id)
    assert (told["type"], told["data"]["amount"]) == ("studyzed.subscription.paid", 44_910)
    await agree(till, coupon, "spent")
    used = await till.refused(till.tutor, "POST", "/checkouts", await till.wish(coupon="SUMMER"))
    assert used == (409, "coupon_used_up")


async def test_p13_money_that_comes_late_uses_the_coupon_whatever_its_limit(till: Till) -> None:
    coupon = await till.coupon(total_limit=1)
    wish = await till.wish(coupon="SUMMER")
    await till.made(till.tutor, "/checkouts", wish)
    payment = await till.shop.payment(UUID(wish["study_session_id"]))
    gone = session_of(payment, status="expired", payment_status="unpaid", payment_intent=None)
    await till.shop.deliver(event("checkout.session.expired", gone))
    await agree(till, coupon, "returned")
    await till.made(till.tutor, "/checkouts", await till.wish(coupon="SUMMER"))
    for _ in range(2):
        await till.shop.deliver(event("checkout.session.completed", session_of(payment)))
    assert (await till.shop.payment(payment.study_session_id)).status == "paid"
    await agree(till, coupon, "spent", "held")
    assert await till.used(coupon) == 2


async def test_p13_a_coupon_comes_back_when_the_provider_never_took_the_checkout(
    till: Till,
) -> None:
    coupon = await till.coupon(total_limit=1)
    await till.shop.control(fail_next=3)
    wish = await till.wish(coupon="SUMMER")
    away = await till.refused(till.tutor, "POST", "/checkouts", wish)
    assert away == (503, "provider_unavailable")
    await agree(till, coupon, "held")
    till.clock.move(timedelta(minutes=61))
    await sweep_checkouts(till.shop.parts, SweepCheckouts())
    assert (await till.shop.payment(UUID(wish["study_session_id"]))).status == "failed"
    await agree(till, coupon, "returned")


async def test_p13_the_last_use_moves_to_another_plan_with_its_class(till: Till) -> None:
    coupon = await till.coupon(total_limit=1, user_limit=1)
    wish = await till.wish(coupon="SUMMER")
    await till.made(till.tutor, "/checkouts", wish)
    longer = await till.made(till.tutor, "/checkouts", wish | {"plan_id": str(YEAR)})
    assert longer["amount"] == 431_910
    await agree(till, coupon, "returned", "held")
    quote = await till.made(till.tutor, "/quotes", wish)
    assert quote["amount"] == 44_910
    plain = await till.made(till.tutor, "/checkouts", {
        "plan_id": str(MONTH), "study_session_id": wish["study_session_id"]
    })  # fmt: skip
    assert plain["amount"] == 49_900
    await agree(till, coupon, "returned", "returned")


async def test_p_a1_p13_a_quote_does_not_hold_its_coupon(till: Till) -> None:
    coupon = await till.coupon(total_limit=1)
    quote = await till.made(till.tutor, "/quotes", await till.wish(coupon="SUMMER"))
    await agree(till, coupon)
    other = till.shop.stack.as_user("tutor")
    assert await try_all(till, [other], coupon="SUMMER") == {"open": 1}
    late = await till.refused(till.tutor, "POST", "/checkouts", {"quote_id": quote["id"]})
    assert late == (409, "coupon_used_up")
    assert await till.shop.payments(UUID(quote["study_session_id"])) == []


async def test_p13_a_coupon_that_is_used_or_promised_stays(till: Till) -> None:
    path = f"/admin/coupons/{(await till.coupon())['id']}"
    await till.made(till.tutor, "/quotes", await till.wish(coupon="SUMMER"))
    assert await till.refused(till.admin, "DELETE", path) == (409, "coupon_in_use")
    assert (await till.ask(till.admin, "GET", path)).status_code == 200
    off = await till.ask(till.admin, "PATCH", path, {"active": False})
    assert off.json()["active"] is False
    refusal = await till.refused(till.tutor, "POST", "/quotes", await till.wish(coupon="SUMMER"))
    assert refusal == (409, "coupon_not_valid")


@pytest.mark.parametrize("path", ["/quotes", "/checkouts"])
async def test_p13_nobody_finds_a_coupon_by_trying(till: Till, path: str) -> None:
    await till.coupon()
    wish = await till.wish()
    for n in range(10):
        wrong = await till.refused(till.tutor, "POST", path, wish | {"coupon": f"GUESS-{n}"})
        assert wrong == (404, "coupon_not_found")
    right = wish | {"coupon": "SUMMER"}
    assert await till.refused(till.tutor, "POST", path, right) == (429, "too_many_requests")
    other = till.shop.stack.as_user("tutor")
    body = right | {"study_session_id": await class_of(till, other)}
    assert (await till.made(other, path, body))["amount"] == 44_910


async def test_p_a4_a_coupon_of_everything_is_paid_at_once_and_nobody_asks_stripe(
    till: Till,
) -> None:
    coupon = await till.coupon(percent=100)
    wish = await till.wish(coupon="SUMMER")
    headers = {"Idempotency-Key": "one"}
    first, again = [
        await till.ask(till.tutor, "POST", "/checkouts", wish, **headers) for _ in range(2)
    ]
    payment = await till.shop.payment(UUID(wish["study_session_id"]))
    assert (first.status_code, first.json()) == (
        201,
        {
            "payment_id": str(payment.id), "checkout_url": "", "amount": 0, "currency": "INR",
            "status": "paid",
        },
    )  # fmt: skip
    assert (again.status_code, again.json()) == (201, first.json())
    assert again.headers["idempotency-replayed"] == "true"
    assert (payment.discount, payment.paid_at) == (49_900, till.clock.now())
    assert await till.shop.sessions() == []
    [told] = await till.shop.events(payment.study_session_id)
    assert (told["type"], told["data"]["amount"]) == ("studyzed.subscription.paid", 0)
    paid = await till.refused(till.tutor, "POST", "/checkouts", wish)
    assert paid == (409, "already_paid")
    await agree(till, coupon, "spent")


async def test_p_a4_of_20_free_checkouts_at_once_one_is_paid(till: Till) -> None:
    coupon = await till.coupon(percent=100)
    wish = await till.wish(coupon="SUMMER")
    answers = await asyncio.gather(
        *(till.ask(till.tutor, "POST", "/checkouts", wish) for _ in range(20))
    )
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 19
    assert await till.shop.kinds(UUID(wish["study_session_id"])) == ["subscription.paid"]
    await agree(till, coupon, "spent")


async def test_p_a9_nothing_goes_back_where_nothing_was_paid(till: Till) -> None:
    await till.coupon(percent=100)
    wish = await till.wish(coupon="SUMMER")
    await till.made(till.tutor, "/checkouts", wish)
    await reject(till.shop, till.tutor, UUID(wish["study_session_id"]))
    paid, closed = await till.shop.events(UUID(wish["study_session_id"]))
    assert (paid["type"], closed["type"]) == (
        "studyzed.subscription.paid", "studyzed.payments.closed"
    )  # fmt: skip
    assert closed["data"]["refunds"] == 0
    assert await till.shop.count("refunds") == 0


async def test_a_checkout_with_a_coupon_takes_so_many_statements(till: Till) -> None:
    await till.coupon(percent=100, user_limit=5, total_limit=50)
    found = []
    for _ in range(3):
        body = await till.wish(coupon="SUMMER")
        with statements() as sent:
            answer = await till.shop.inside.post(
                "/v1/checkouts", json=body, headers=till.tutor.headers
            )
        assert answer.status_code == 201, answer.text
        found.append(len(sent))
    assert len(set(found)) == 1
