"""Paying from the wallet, and the way back into it (P6, P8, P-A3, P-A12)."""

import asyncio
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy import text

from libs.ids import new_id
from payment_service.refunds import service as refund_service
from tests.payment_service.refunds.desk import refund, reject, work
from tests.payment_service.shop import MONTH, YEAR, Shop
from tests.payment_service.wallets.bank import fill, freeze, wallet_of
from tests.stack import User

# The SDK's httpx client still hands its form over as `data=`.
pytestmark = pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning")

PRICE = 499_00


async def pay(
    shop: Shop, tutor: User, study_session_id: UUID, plan_id: UUID = MONTH, key: str = ""
) -> httpx.Response:
    """Pays for a class from the wallet."""
    body = {"plan_id": str(plan_id), "study_session_id": str(study_session_id)}
    headers = {**tutor.headers, **({"Idempotency-Key": key} if key else {})}
    return await shop.client.post("/v1/wallet-payments", json=body, headers=headers)


async def rich(shop: Shop, amount: int = PRICE) -> tuple[User, UUID]:
    """A tutor with money and a class."""
    tutor = shop.stack.as_user("tutor")
    await fill(shop.parts.database, tutor.id, amount)
    return tutor, await shop.study_session(tutor)


async def balance(shop: Shop, tutor: User) -> int:
    """What the owner sees."""
    answer = await shop.client.get("/v1/wallet", headers=tutor.headers)
    found: int = answer.json()["balance"]
    return found


def told(answer: httpx.Response) -> tuple[int, str]:
    """Status and code of a refusal."""
    return answer.status_code, answer.json()["code"]


async def cheap_plan(shop: Shop, amount: int) -> UUID:
    """A plan at another price."""
    plan_id = new_id()
    async with shop.parts.database.transaction() as session:
        await session.execute(
            text(
                "INSERT INTO plans (id, name, months, amount, currency, active, created_at) "
                "VALUES (:id, 'Two', 2, :amount, 'INR', true, now())"
            ),
            {"id": plan_id, "amount": amount},
        )
    return plan_id


async def test_p6_a_class_is_paid_from_the_wallet_at_once(shop: Shop) -> None:
    tutor, study_session_id = await rich(shop, PRICE + 1)
    answer = await pay(shop, tutor, study_session_id)
    payment = await shop.payment(study_session_id)
    assert (answer.status_code, answer.json()["payment_id"]) == (201, str(payment.id))
    assert (payment.status, payment.method, payment.amount) == ("paid", "wallet", PRICE)
    assert await shop.kinds(study_session_id) == ["subscription.paid"]
    assert await balance(shop, tutor) == 1
    assert await shop.sessions() == []  # Stripe has no part in it
    listed = await shop.client.get(f"/v1/payments/{payment.id}", headers=tutor.headers)
    assert (listed.json()["method"], listed.json()["checkout_url"]) == ("wallet", None)
    again = await pay(shop, tutor, study_session_id)
    assert told(again) == (409, "already_paid")
    assert told(await shop.checkout(tutor, study_session_id)) == (409, "already_paid")


async def test_p_a3_of_50_debits_at_once_exactly_3_are_covered(shop: Shop) -> None:
    tutor, plan_id = shop.stack.as_user("tutor"), await cheap_plan(shop, 30_00)
    await fill(shop.parts.database, tutor.id, 100_00)
    classes = [await shop.study_session(tutor) for _ in range(50)]
    answers = await asyncio.gather(*(pay(shop, tutor, one, plan_id) for one in classes))
    refused = [told(answer) for answer in answers if answer.status_code != 201]
    assert refused == [(402, "insufficient_funds")] * 47
    assert await balance(shop, tutor) == 10_00
    assert await shop.count("payments") == await shop.count("subscriptions") == 3


async def test_p_a3_one_class_is_paid_once_however_many_try(shop: Shop) -> None:
    tutor, study_session_id = await rich(shop, 10 * PRICE)
    answers = await asyncio.gather(*(pay(shop, tutor, study_session_id) for _ in range(10)))
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 9
    assert await balance(shop, tutor) == 9 * PRICE


async def test_p6_too_little_money_changes_nothing(shop: Shop) -> None:
    tutor, study_session_id = await rich(shop, PRICE - 1)
    assert told(await pay(shop, tutor, study_session_id)) == (402, "insufficient_funds")
    poor = shop.stack.as_user("tutor")
    theirs = await shop.study_session(poor)
    assert told(await pay(shop, poor, theirs)) == (402, "insufficient_funds")
    assert await shop.count("payments") == 0
    assert await shop.events(study_session_id) == await shop.events(theirs) == []
    assert await balance(shop, tutor) == PRICE - 1


async def test_p_a12_a_frozen_wallet_pays_nothing(shop: Shop) -> None:
    tutor, study_session_id = await rich(shop)
    await freeze(shop.parts.database, (await wallet_of(shop.parts.database, tutor.id)).id)
    assert told(await pay(shop, tutor, study_session_id)) == (423, "wallet_frozen")
    assert await shop.payments(study_session_id) == []
    assert await balance(shop, tutor) == PRICE


async def test_p6_what_cannot_be_paid_for(shop: Shop) -> None:
    tutor, study_session_id = await rich(shop)
    other = shop.stack.as_user("tutor")
    assert told(await pay(shop, other, study_session_id)) == (404, "class_not_found")
    assert told(await pay(shop, tutor, new_id())) == (404, "class_not_found")
    assert told(await pay(shop, tutor, study_session_id, new_id())) == (404, "plan_not_found")
    await reject(shop, tutor, study_session_id)
    assert told(await pay(shop, tutor, study_session_id)) == (409, "class_rejected")
    body: dict[str, Any] = {"plan_id": str(MONTH), "study_session_id": str(study_session_id)}
    claimed = await shop.client.post(
        "/v1/wallet-payments", json={**body, "amount": 1}, headers=tutor.headers
    )
    assert (claimed.status_code, claimed.json()["fields"][0]["pointer"]) == (422, "/amount")
    assert await balance(shop, tutor) == PRICE


async def test_p_a5_the_same_key_pays_once(shop: Shop) -> None:
    tutor, study_session_id = await rich(shop, 2 * PRICE)
    first = await pay(shop, tutor, study_session_id, key="k1")
    again = await pay(shop, tutor, study_session_id, key="k1")
    assert (again.status_code, again.text) == (201, first.text)
    assert again.headers["idempotency-replayed"] == "true"
    reused = await pay(shop, tutor, study_session_id, YEAR, key="k1")
    assert told(reused) == (422, "idempotency_key_reused")
    assert await balance(shop, tutor) == PRICE


async def test_p_a5_a_refusal_is_not_kept_under_its_key(shop: Shop) -> None:
    tutor, study_session_id = await rich(shop, 1)
    assert told(await pay(shop, tutor, study_session_id, key="k1"))[0] == 402
    await fill(shop.parts.database, tutor.id, PRICE)
    assert (await pay(shop, tutor, study_session_id, key="k1")).status_code == 201


async def test_p_a5_a_key_sent_10_times_at_once_pays_once(shop: Shop) -> None:
    tutor, study_session_id = await rich(shop, 10 * PRICE)
    answers = await asyncio.gather(
        *(pay(shop, tutor, study_session_id, key="k1") for _ in range(10))
    )
    made = {answer.text for answer in answers if answer.status_code == 201}
    rest = {told(answer) for answer in answers if answer.status_code != 201}
    assert len(made) == 1
    assert rest <= {(409, "idempotency_key_running")}
    assert await balance(shop, tutor) == 9 * PRICE


async def test_p6_an_open_checkout_is_closed_before(shop: Shop) -> None:
    tutor, study_session_id, opened = await shop.opened()
    await fill(shop.parts.database, tutor.id, PRICE)
    answer = await pay(shop, tutor, study_session_id, key="k1")
    assert answer.status_code == 201
    first, second = await shop.payments(study_session_id)
    assert (str(first.id), first.status) == (opened["payment_id"], "expired")
    assert (second.status, second.method) == ("paid", "wallet")
    assert {session.status for session in await shop.sessions()} == {"expired"}


async def test_p6_an_open_checkout_stays_when_the_wallet_cannot_pay(shop: Shop) -> None:
    tutor, study_session_id, _ = await shop.opened()
    await fill(shop.parts.database, tutor.id, PRICE - 1)
    assert told(await pay(shop, tutor, study_session_id)) == (402, "insufficient_funds")
    assert (await shop.payment(study_session_id)).status == "open"


async def test_p6_a_checkout_that_was_just_paid_wins(shop: Shop) -> None:
    tutor, study_session_id, opened = await shop.opened()
    await fill(shop.parts.database, tutor.id, PRICE)
    await shop.control(webhooks="hold")
    await shop.press(opened["checkout_url"], "pay")
    assert told(await pay(shop, tutor, study_session_id)) == (409, "already_paid")
    assert await balance(shop, tutor) == PRICE
    assert (await shop.payment(study_session_id)).method == "stripe"


async def test_p6_with_stripe_away_an_open_checkout_cannot_be_closed(shop: Shop) -> None:
    tutor, study_session_id, _ = await shop.opened()
    await fill(shop.parts.database, tutor.id, PRICE)
    await shop.control(fail_next=3)
    answer = await pay(shop, tutor, study_session_id, key="k1")
    assert told(answer) == (503, "provider_unavailable")
    assert await balance(shop, tutor) == PRICE
    assert (await pay(shop, tutor, study_session_id, key="k1")).status_code == 201


async def test_p8_p_a9_a_rejected_class_is_paid_back_into_the_wallet_at_once(shop: Shop) -> None:
    tutor, study_session_id = await rich(shop)
    await pay(shop, tutor, study_session_id)
    assert await balance(shop, tutor) == 0
    for _ in range(2):  # the event comes twice
        await reject(shop, tutor, study_session_id)
    assert await balance(shop, tutor) == PRICE
    assert await work(shop) == []  # nobody has to ask the provider
    found = await refund(shop, study_session_id)
    assert (found.state, found.destination, found.attempts) == ("succeeded", "wallet", 0)
    assert found.ended_at is not None
    assert await shop.kinds(study_session_id) == [
        "subscription.paid", "payments.closed", "refund.requested", "payment.refunded",
    ]  # fmt: skip
    statement = (await shop.client.get("/v1/wallet/statement", headers=tutor.headers)).json()
    moved = [(one["kind"], one["amount"]) for one in statement["items"]]
    assert moved == [("top_up", PRICE), ("sale", -PRICE), ("refund_paid", PRICE)]


async def test_p_a12_a_frozen_wallet_takes_a_refund(shop: Shop) -> None:
    tutor, study_session_id = await rich(shop)
    await pay(shop, tutor, study_session_id)
    await freeze(shop.parts.database, (await wallet_of(shop.parts.database, tutor.id)).id)
    await reject(shop, tutor, study_session_id)
    assert await balance(shop, tutor) == PRICE


async def test_p8_the_provider_is_never_asked_for_a_wallet_s_refund(shop: Shop) -> None:
    tutor, study_session_id = await rich(shop)
    await pay(shop, tutor, study_session_id)
    await reject(shop, tutor, study_session_id)
    found = await refund(shop, study_session_id)
    await refund_service.settle(shop.parts.database, shop.parts.gateway, found.id)
    after = await refund(shop, study_session_id)
    assert (after.state, after.revision) == ("succeeded", found.revision)


async def test_p8_20_payments_and_refunds_at_once_leave_the_wallet_as_it_was(shop: Shop) -> None:
    tutor, plan_id = shop.stack.as_user("tutor"), await cheap_plan(shop, 10_00)
    await fill(shop.parts.database, tutor.id, 200_00)
    classes = [await shop.study_session(tutor) for _ in range(20)]

    async def there_and_back(study_session_id: UUID) -> None:
        answer = await pay(shop, tutor, study_session_id, plan_id)
        assert answer.status_code == 201, answer.text
        await reject(shop, tutor, study_session_id)

    await asyncio.gather(*(there_and_back(one) for one in classes))
    assert await balance(shop, tutor) == 200_00
    assert await shop.count("refunds") == 20
