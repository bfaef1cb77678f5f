"""An admin gives a payment back, in whole or in parts (P8, P-A6)."""

import asyncio
import json
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from libs.ids import new_id
from tests.payment_service.invoices.office import invoices
from tests.payment_service.refunds.desk import (
    at_stripe,
    bank,
    give_back,
    given,
    in_wallet,
    listed,
    paid_class,
    refunds,
    reject,
    seen,
    work,
)
from tests.payment_service.shop import Shop
from tests.payment_service.wallets.bank import fill
from tests.payment_service.wallets.test_payments import pay
from tests.stack import eventually
from tests.statements import statements

# The SDK's httpx client still hands its form over as `data=`.
pytestmark = pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning")

PRICE = 49_900


async def test_p8_parts_go_back_until_nothing_is_left(shop: Shop) -> None:
    tutor, study_session_id = await paid_class(shop)
    payment = await shop.payment(study_session_id)
    first = await given(shop, payment.id, amount=10_000, reason="A lesson fell out.")
    assert (first["state"], first["amount"], first["reason"], first["explanation"]) == (
        "requested", 10_000, "by_admin", "A lesson fell out.",
    )  # fmt: skip
    assert first["requested_by"] is not None
    await work(shop)
    assert await seen(shop, tutor, payment.id) == (10_000, None, None)
    rest = await given(shop, payment.id)
    assert (rest["amount"], (await seen(shop, tutor, payment.id))[:2]) == (
        39_900,
        (PRICE, "requested"),
    )
    await work(shop)
    assert [one.amount for one in await at_stripe(shop, study_session_id)] == [39_900, 10_000]
    one, two = await refunds(shop, study_session_id)
    assert [one.state, two.state] == ["succeeded", "succeeded"]
    at = str(two.ended_at.isoformat()).replace("+00:00", "Z") if two.ended_at else ""
    assert await seen(shop, tutor, payment.id) == (PRICE, "succeeded", at)
    nothing = await give_back(shop, payment.id)
    assert (nothing.status_code, nothing.json()["code"]) == (409, "refund_too_large")
    assert await shop.kinds(study_session_id) == [
        "subscription.paid", "refund.requested", "payment.refunded", "refund.requested",
        "payment.refunded",
    ]  # fmt: skip
    assert await shop.count("subscriptions") == 1  # what is paid for stays as it is


async def test_p_a6_20_parts_at_once_never_exceed_the_payment(shop: Shop) -> None:
    """19 of them fit: 19 * 2,500 = 47,500, and 2,400 are left."""
    tutor, study_session_id = await paid_class(shop)
    payment = await shop.payment(study_session_id)
    answers = await asyncio.gather(*(give_back(shop, payment.id, amount=2_500) for _ in range(20)))
    codes = sorted(answer.status_code for answer in answers)
    assert codes == [201] * 19 + [409]
    [refused] = [answer.json() for answer in answers if answer.status_code == 409]
    assert (refused["code"], refused["detail"]) == (
        "refund_too_large", "Of this payment ₹24.00 can still be given back.",
    )  # fmt: skip
    assert (await seen(shop, tutor, payment.id))[0] == 47_500
    await work(shop)
    assert sum(one.amount for one in await at_stripe(shop, study_session_id)) == 47_500
    assert {one.state for one in await refunds(shop, study_session_id)} == {"succeeded"}


async def test_p_a6_parts_and_a_rejection_at_once_give_back_exactly_all(shop: Shop) -> None:
    tutor, study_session_id = await paid_class(shop)
    payment = await shop.payment(study_session_id)
    await asyncio.gather(
        *(give_back(shop, payment.id, amount=5_000) for _ in range(6)),
        reject(shop, tutor, study_session_id),
        reject(shop, tutor, study_session_id),
    )
    await work(shop)
    assert sum(one.amount for one in await at_stripe(shop, study_session_id)) == PRICE
    events = await shop.events(study_session_id)
    [closed] = [one["data"] for one in events if one["type"] == "studyzed.payments.closed"]
    assert closed["refunds"] == await shop.count("refunds")
    assert [one.reason for one in await refunds(shop, study_session_id)].count(
        "class_rejected"
    ) == 1


async def test_p_a6_the_database_itself_refuses_more_than_was_paid(shop: Shop) -> None:
    _, study_session_id = await paid_class(shop)
    payment = await shop.payment(study_session_id)
    await given(shop, payment.id, amount=PRICE - 1, destination="wallet")
    [made] = await refunds(shop, study_session_id)
    copy = text(
        "INSERT INTO refunds "
        "SELECT (jsonb_populate_record(r, CAST(:other AS jsonb))).* FROM refunds r"
    ).bindparams(other=json.dumps({"id": str(new_id()), "amount": 2}))
    with pytest.raises(IntegrityError, match="ck_payments_given_back"):
        async with shop.parts.database.transaction() as session:
            await session.execute(copy)
    with pytest.raises(IntegrityError, match="ck_payments_given_back"):
        async with shop.parts.database.transaction() as session:
            await session.execute(text("UPDATE refunds SET amount = amount + 2"))
    assert [one.id for one in await refunds(shop, study_session_id)] == [made.id]


async def test_p_a6_a_sum_is_split_over_lines_to_the_unit(shop: Shop) -> None:
    _, study_session_id = await paid_class(shop)
    payment = await shop.payment(study_session_id)
    lines: list[dict[str, Any]] = [{"description": f"Lesson {number}"} for number in (1, 2, 3)]
    await given(shop, payment.id, amount=10_000, lines=lines)
    await work(shop)
    _, note = await invoices(shop, study_session_id)
    assert (note.kind, note.total) == ("credit_note", 10_000)
    admin = shop.stack.as_user("admin")
    shown = (await shop.client.get(f"/v1/invoices/{note.id}", headers=admin.headers)).json()
    assert [(one["description"], one["amount"]) for one in shown["lines"]] == [
        ("Lesson 1", 3_334), ("Lesson 2", 3_333), ("Lesson 3", 3_333),
    ]  # fmt: skip
    few = await give_back(shop, payment.id, amount=2, lines=lines)
    assert (few.status_code, few.json()["code"]) == (422, "too_many_lines")


async def test_p8_into_the_wallet_at_once(shop: Shop) -> None:
    tutor, study_session_id = await paid_class(shop)
    payment = await shop.payment(study_session_id)
    made = await given(shop, payment.id, amount=100, destination="wallet")
    assert (made["state"], made["destination"], made["ended_at"] is None) == (
        "succeeded", "wallet", False,
    )  # fmt: skip
    assert await in_wallet(shop, tutor) == 100
    assert await at_stripe(shop, study_session_id) == []
    assert await work(shop) == []
    await given(shop, payment.id)  # and the rest by the way it came
    await work(shop)
    assert [one.amount for one in await at_stripe(shop, study_session_id)] == [PRICE - 100]
    assert (await seen(shop, tutor, payment.id))[1] == "succeeded"
    assert [one.total for one in await invoices(shop, study_session_id)] == [
        PRICE,
        100,
        PRICE - 100,
    ]


async def test_p8_what_came_from_a_wallet_goes_back_there_only(shop: Shop) -> None:
    tutor = shop.stack.as_user("tutor")
    await fill(shop.parts.database, tutor.id, PRICE)
    study_session_id = await shop.study_session(tutor)
    assert (await pay(shop, tutor, study_session_id)).status_code == 201
    payment = await shop.payment(study_session_id)
    refused = await give_back(shop, payment.id, amount=1, destination="provider")
    assert (refused.status_code, refused.json()["code"]) == (409, "wallet_only")
    for amount in (20_000, None):
        assert (await given(shop, payment.id, amount=amount))["destination"] == "wallet"
    assert await in_wallet(shop, tutor) == PRICE


async def test_p8_p_a5_a_repeat_with_its_key_gives_nothing_more(shop: Shop) -> None:
    _, study_session_id = await paid_class(shop)
    payment = await shop.payment(study_session_id)
    first = await give_back(shop, payment.id, key="one", amount=700)
    # the key is scoped to who sends it, and each call here is another admin
    admin = shop.stack.as_user("admin")
    body = {"amount": 700, "reason": "A gesture."}
    path, headers = f"/v1/admin/payments/{payment.id}/refunds", {"Idempotency-Key": "one"}
    headers |= admin.headers
    answers = [await shop.client.post(path, json=body, headers=headers) for _ in range(3)]
    assert {answer.status_code for answer in (first, *answers)} == {201}
    assert len({answer.json()["id"] for answer in answers}) == 1
    other = await shop.client.post(path, json=body | {"amount": 701}, headers=headers)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    assert await shop.count("refunds") == 2


async def test_p8_what_cannot_be_given_back(shop: Shop) -> None:
    _, study_session_id, _ = await shop.opened()
    payment = await shop.payment(study_session_id)
    unpaid = await give_back(shop, payment.id, amount=1)
    assert (unpaid.status_code, unpaid.json()["code"]) == (409, "payment_not_paid")
    unknown = await give_back(shop, new_id(), amount=1)
    assert (unknown.status_code, unknown.json()["code"]) == (404, "payment_not_found")
    refused: list[dict[str, Any]] = [
        {"amount": 0}, {"amount": -1}, {"amount": 1.5}, {"reason": ""}, {"lines": [{}]},
    ]  # fmt: skip
    for wrong in refused:
        assert (await give_back(shop, payment.id, **wrong)).status_code == 422
    assert await shop.count("refunds") == 0


async def test_p8_the_refunds_of_a_payment_are_listed(shop: Shop) -> None:
    tutor, study_session_id = await paid_class(shop)
    payment = await shop.payment(study_session_id)
    path = f"/v1/admin/payments/{payment.id}/refunds"
    admin = shop.stack.as_user("admin")
    empty = await shop.client.get(path, headers=admin.headers)
    assert empty.json() == {"items": [], "next_cursor": None}
    made = [await given(shop, payment.id, amount=number, destination="wallet") for number in (1, 2)]
    with statements() as sent:
        page = (await shop.inside.get(f"{path}?limit=1", headers=admin.headers)).json()
    assert [one["id"] for one in page["items"]] == [made[1]["id"]]
    more = {"cursor": page["next_cursor"], "limit": 1}
    rest = (await shop.client.get(path, params=more, headers=admin.headers)).json()
    assert ([one["id"] for one in rest["items"]], rest["next_cursor"]) == ([made[0]["id"]], None)
    with statements() as sent_for_all:
        assert len((await shop.inside.get(path, headers=admin.headers)).json()["items"]) == 2
    assert len(sent) == len(sent_for_all) == 1
    assert len(await listed(shop, f"?payment_id={payment.id}")) == 2
    own = f"/v1/payments/{payment.id}/refunds"
    mine = (await shop.client.get(own, headers=tutor.headers)).json()["items"]
    assert [(one["amount"], one["destination"]) for one in mine] == [(2, "wallet"), (1, "wallet")]
    assert "explanation" not in mine[0]
    foreign = await shop.client.get(own, headers=shop.stack.as_user("tutor").headers)
    assert (foreign.status_code, foreign.json()["code"]) == (404, "payment_not_found")
    gone = await shop.client.get(
        path.replace(str(payment.id), str(new_id())), headers=admin.headers
    )
    assert (gone.status_code, gone.json()["code"]) == (404, "payment_not_found")


async def test_p8_webhooks_of_several_refunds_in_any_order_find_their_own(shop: Shop) -> None:
    _, study_session_id = await paid_class(shop)
    payment = await shop.payment(study_session_id)
    await shop.control(refunds="pending")
    for amount in (100, 200, 300):
        await given(shop, payment.id, amount=amount)
    await work(shop)
    made = {one.amount: one for one in await refunds(shop, study_session_id)}
    for amount in (300, 100):
        await bank(shop, made[amount].stripe_refund_id, "succeeded")

    async def told() -> bool:
        await work(shop)
        found = {one.amount: one.state for one in await refunds(shop, study_session_id)}
        return found == {100: "succeeded", 200: "sent", 300: "succeeded"}

    await eventually(told)
    assert await shop.outcomes() != []
    assert "suspicious" not in await shop.outcomes()
