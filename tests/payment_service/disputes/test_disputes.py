"""Payers who ask their bank for money back, by the stand-in and its webhooks (P16)."""

import pytest

from payment_service.disputes.jobs import sweep_disputes
from payment_service.disputes.schemas import SweepDisputes
from tests.payment_service.disputes.court import (
    PRICE,
    SETTLE,
    becomes,
    books,
    decide,
    disputed,
    disputes,
    told,
)
from tests.payment_service.refunds.desk import give_back, paid_class, refunds, reject, work
from tests.payment_service.shop import Shop
from tests.payment_service.wallets.bank import wallet_of
from tests.payment_service.wallets.paying_in import AMOUNT, balance, begun
from tests.payment_service.wallets.paying_in import becomes as topped_up
from tests.payment_service.wallets.test_payments import pay
from tests.stack import eventually
from tests.statements import statements

# The SDK's httpx client still hands its form over as `data=`.
pytestmark = pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning")


async def test_p16_a_dispute_moves_the_money_and_freezes_the_payers_wallet(shop: Shop) -> None:
    tutor, study_session_id = await paid_class(shop)
    payment = await shop.payment(study_session_id)
    dispute_id = await disputed(shop, payment.payment_intent)
    found = await becomes(shop, "open")
    assert (found.payment_id, found.owner_id, found.amount) == (payment.id, tutor.id, PRICE)
    assert found.respond_by is not None
    assert await books(shop.parts.database) == (0, PRICE, -PRICE)
    seen = await shop.client.get("/v1/wallet", headers=tutor.headers)
    assert seen.json()["frozen"] is True
    refused = await give_back(shop, payment.id)
    assert (refused.status_code, refused.json()["code"]) == (409, "payment_disputed")
    await decide(shop, dispute_id, "won")
    ended = await becomes(shop, "won")
    assert ended.ended_at is not None
    assert await books(shop.parts.database) == (-PRICE, PRICE, 0)
    seen = await shop.client.get("/v1/wallet", headers=tutor.headers)
    assert seen.json()["frozen"] is False
    assert (await give_back(shop, payment.id)).status_code == 201
    assert await told(shop.parts.database) == [("opened", "open"), ("ended", "won")]


async def test_p16_what_is_lost_is_revenue_no_more_and_never_given_back_twice(shop: Shop) -> None:
    tutor, study_session_id = await paid_class(shop)
    payment = await shop.payment(study_session_id)
    dispute_id = await disputed(shop, payment.payment_intent)
    await becomes(shop, "open")
    await reject(shop, tutor, study_session_id)
    assert await refunds(shop, study_session_id) == []
    await decide(shop, dispute_id, "lost")
    await becomes(shop, "lost")
    assert await books(shop.parts.database) == (0, 0, 0)
    assert await refunds(shop, study_session_id) == []
    refused = await give_back(shop, payment.id)
    assert refused.json()["code"] == "payment_disputed"


async def test_p16_what_is_won_for_a_rejected_class_goes_back_after_all(shop: Shop) -> None:
    tutor, study_session_id = await paid_class(shop)
    dispute_id = await disputed(shop, (await shop.payment(study_session_id)).payment_intent)
    await becomes(shop, "open")
    await reject(shop, tutor, study_session_id)
    await decide(shop, dispute_id, "won")
    await becomes(shop, "won")
    [refund] = await refunds(shop, study_session_id)
    assert (refund.amount, refund.reason) == (PRICE, "class_rejected")


async def test_p16_an_inquiry_moves_nothing_until_the_bank_goes_on(shop: Shop) -> None:
    tutor, study_session_id = await paid_class(shop)
    dispute_id = await disputed(
        shop, (await shop.payment(study_session_id)).payment_intent, "?inquiry"
    )
    await becomes(shop, "inquiry")
    assert await books(shop.parts.database) == (-PRICE, PRICE, 0)
    seen = await shop.client.get("/v1/wallet", headers=tutor.headers)
    assert seen.json()["frozen"] is False
    await decide(shop, dispute_id, "warning_closed")
    await becomes(shop, "closed")
    assert await books(shop.parts.database) == (-PRICE, PRICE, 0)
    assert await told(shop.parts.database) == [("opened", "inquiry"), ("ended", "closed")]


@pytest.mark.parametrize(("spent", "left"), [(0, 0), (PRICE, AMOUNT - PRICE)])
async def test_p16_a_top_up_is_taken_from_the_wallet_as_far_as_it_goes(
    shop: Shop, spent: int, left: int
) -> None:
    user, opened = await begun(shop)
    await shop.press(opened["checkout_url"], "pay")
    top_up = await topped_up(shop, "paid")
    tutor = shop.stack.as_user("tutor", account_id=user.id)
    if spent:
        answer = await pay(shop, tutor, await shop.study_session(tutor))
        assert answer.status_code == 201, answer.text
    dispute_id = await disputed(shop, top_up.payment_intent)
    found = await becomes(shop, "open")
    assert (found.top_up_id, found.taken) == (top_up.id, AMOUNT - spent)
    assert await balance(shop, user) == 0
    assert await books(shop.parts.database) == (0, spent, -spent)
    await decide(shop, dispute_id, "won")
    await becomes(shop, "won")
    assert await balance(shop, user) == (left or AMOUNT)
    assert await books(shop.parts.database) == (-AMOUNT, spent, 0)
    assert (await wallet_of(shop.parts.database, user.id)).disputes == 0


async def test_p16_ten_resends_in_any_order_have_one_effect(shop: Shop) -> None:
    _, study_session_id = await paid_class(shop)
    dispute_id = await disputed(shop, (await shop.payment(study_session_id)).payment_intent)
    await becomes(shop, "open")
    await decide(shop, dispute_id, "lost")
    await becomes(shop, "lost")
    listed = (await shop.stand.http.get(f"{shop.stand.base}/dev/stripe/events")).json()
    ours = [one["id"] for one in listed if one["object"] == dispute_id]
    assert len(ours) == 3
    for event_id in (*ours, *reversed(ours), *ours, ours[1]):
        path = f"/dev/stripe/events/{event_id}/resend"
        assert (await shop.stand.http.post(f"{shop.stand.base}{path}")).status_code == 202
    await shop.control(webhooks="release")
    await work(shop)
    assert await told(shop.parts.database) == [("opened", "open"), ("ended", "lost")]
    assert await books(shop.parts.database) == (0, 0, 0)


async def test_p16_the_sweeper_finds_what_no_webhook_told(shop: Shop) -> None:
    _, study_session_id = await paid_class(shop)
    await shop.control(webhooks="hold")
    await disputed(shop, (await shop.payment(study_session_id)).payment_intent)
    assert await work(shop) == []
    await sweep_disputes(shop.parts, SweepDisputes())
    [found] = await disputes(shop.parts.database)
    assert found.state == "open"
    await shop.control(webhooks="release")

    async def heard() -> bool:
        return (await shop.outcomes()).count("unchanged") >= 2

    await eventually(heard)
    assert SETTLE not in await work(shop)


async def test_p16_admins_list_disputes_by_state_and_owner_in_one_statement(shop: Shop) -> None:
    tutor, study_session_id = await paid_class(shop)
    dispute_id = await disputed(shop, (await shop.payment(study_session_id)).payment_intent)
    await becomes(shop, "open")
    admin = shop.stack.as_user("admin")
    for query, count in {
        "": 1,
        "?state=open": 1,
        "?state=lost": 0,
        f"?owner_id={tutor.id}&state=open": 1,
        f"?owner_id={admin.id}": 0,
    }.items():
        with statements() as sent:
            path = f"/v1/admin/disputes{query}"
            answer = await shop.inside.get(path, headers=admin.headers)
        items = answer.json()["items"]
        assert (answer.status_code, len(items), len(sent)) == (200, count, 1)
    answer = await shop.client.get("/v1/admin/disputes", headers=admin.headers)
    [shown] = answer.json()["items"]
    assert (shown["stripe_dispute_id"], shown["amount"]) == (dispute_id, PRICE)
    assert shown["respond_by"] > shown["opened_at"]
