"""Disputes: opened, argued about, decided, and what the books say of that (P16)."""

import itertools
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from libs.ids import new_id
from libs.postgres import Database
from payment_service.holds import service as holds
from payment_service.holds.models import Hold
from payment_service.holds.service import HoldOrder
from payment_service.ledger.postings import PostingKind
from tests.payment_service.disputes.bank import (
    CREATED,
    DUE_AT,
    argue,
    books,
    dispute,
    dispute_becomes,
    disputes,
    end,
    is_frozen,
    kinds_of,
    listed,
    story,
    tell,
    tell_at_once,
    thing,
)
from tests.payment_service.refunds.desk import give_back, order, paid_class, refund, reject, work
from tests.payment_service.shop import Shop
from tests.payment_service.wallets.bank import fill, freeze, money_of, wallet_of
from tests.stack import User

# The SDK's httpx client still hands its form over as `data=`.
pytestmark = pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning")
PRICE = 49_900
ENDS = {"won": (-PRICE, PRICE, 0), "lost": (0, 0, 0)}
"""What the provider holds, revenue, and what is argued about, when all is over."""


async def postings(shop: Shop) -> list[str]:
    statement = text("SELECT kind FROM ledger_postings WHERE kind LIKE 'dispute%' ORDER BY kind")
    async with shop.parts.database.transaction() as session:
        return list(await session.scalars(statement))


async def set_aside(database: Database, owner_id: UUID, amount: int) -> Hold:
    """What is held is out of reach."""
    until = database.clock.now() + timedelta(days=1)
    wanted = HoldOrder(owner_id, "INR", amount, "a test", until)
    async with database.transaction() as session:
        return await holds.hold(session, wanted, database.clock.now())


async def paid(shop: Shop) -> tuple[User, UUID, UUID, str]:
    tutor, study_session_id = await paid_class(shop)
    payment = await shop.payment(study_session_id)
    return tutor, study_session_id, payment.id, str(payment.payment_intent)


async def test_p16_the_money_is_argued_about_and_comes_back(shop: Shop) -> None:
    tutor, _, payment_id, intent = await paid(shop)
    opened = await argue(shop, intent, reason="product_not_received")
    found = await dispute_becomes(shop, lambda one: one.withdrawn_at is not None)
    assert (found.payment_id, found.payer_id, found.amount) == (payment_id, tutor.id, PRICE)
    assert await books(shop) == (0, PRICE, -PRICE)
    assert await is_frozen(shop, tutor)
    [shown] = await listed(shop, "?open=true")
    assert (shown["state"], shown["reason"]) == ("open", "product_not_received")
    assert shown["due_at"] is not None
    await end(shop, opened["id"], "won")
    await dispute_becomes(shop, lambda one: one.state == "won")
    assert await books(shop) == ENDS["won"]
    assert not await is_frozen(shop, tutor)
    assert await listed(shop, "?open=true") == []
    assert await kinds_of(shop, found.id) == ["dispute.opened", "dispute.closed"]
    wallet = await wallet_of(shop.parts.database, tutor.id)
    assert await kinds_of(shop, wallet.id) == ["wallet.frozen", "wallet.thawed"]


async def test_p16_a_lost_one_is_revenue_no_more(shop: Shop) -> None:
    tutor, _, _, intent = await paid(shop)
    opened = await argue(shop, intent)
    await dispute_becomes(shop, lambda one: one.withdrawn_at is not None)
    await end(shop, opened["id"], "lost")
    found = await dispute_becomes(shop, lambda one: one.state == "lost")
    assert found.taken == PRICE
    assert await books(shop) == ENDS["lost"]
    assert not await is_frozen(shop, tutor)
    today, admin = shop.parts.clock.now().date(), shop.stack.as_user("admin")
    query = {"since": str(today), "until": str(today + timedelta(days=1)), "by": "total"}
    answer = await shop.client.get("/v1/admin/revenue", params=query, headers=admin.headers)
    [row] = answer.json()["periods"]
    assert (row["sales"], row["disputes"], row["other"], row["net"]) == (PRICE, PRICE, 0, 0)


@pytest.mark.parametrize("outcome", ["won", "lost"])
async def test_p16_any_order_and_ten_resends_have_one_effect(shop: Shop, outcome: str) -> None:
    booked = sorted([PostingKind.DISPUTE_WITHDRAWN, f"dispute_{outcome}"])
    orders = list(itertools.permutations(range(len(story("", 1, outcome)))))
    for number, order_ in enumerate(orders[:: max(1, len(orders) // 6)], 1):
        tutor, _, _, intent = await paid(shop)
        told = story(intent, PRICE, outcome)
        for place in order_:
            await tell(shop, told[place])
        found = (await disputes(shop))[-1]
        assert (found.state, found.freezes) == (outcome, False)
        assert await postings(shop) == sorted(booked * number)
        assert not await is_frozen(shop, tutor)
        assert await kinds_of(shop, found.id) == ["dispute.opened", "dispute.closed"]
    before = await shop.count("outbox")
    for _ in range(10):
        await tell(shop, *told)
    assert await postings(shop) == sorted(booked * number)
    assert await shop.count("outbox") == before


async def test_p16_all_at_the_same_time_have_one_effect(shop: Shop) -> None:
    tutor, _, _, intent = await paid(shop)
    await tell_at_once(shop, *(story(intent, PRICE, "lost") * 3))
    assert (await dispute(shop)).state == "lost"
    assert await books(shop) == ENDS["lost"]
    assert await postings(shop) == ["dispute_lost", "dispute_withdrawn"]
    assert not await is_frozen(shop, tutor)


async def test_p16_an_inquiry_moves_no_money_and_freezes_nothing(shop: Shop) -> None:
    tutor, _, payment_id, intent = await paid(shop)
    await tell(shop, (CREATED, thing(intent, PRICE, "warning_needs_response")))
    assert await books(shop) == (-PRICE, PRICE, 0)
    assert not await is_frozen(shop, tutor)
    assert (await give_back(shop, payment_id, amount=100)).status_code == 201
    await tell(shop, ("charge.dispute.closed", thing(intent, PRICE, "warning_closed")))
    found = await dispute(shop)
    assert (found.state, found.withdrawn_at, found.taken) == ("dropped", None, None)


async def test_p16_an_inquiry_may_become_a_dispute(shop: Shop) -> None:
    tutor, _, _, intent = await paid(shop)
    await tell(shop, (CREATED, thing(intent, PRICE, "warning_under_review")))
    assert not await is_frozen(shop, tutor)
    await tell(shop, *story(intent, PRICE, "won")[:2])
    assert await is_frozen(shop, tutor)
    assert (await dispute(shop)).due_at is not None
    assert int((await dispute(shop)).due_at.timestamp()) == DUE_AT  # type: ignore[union-attr]


@pytest.mark.parametrize(("amount", "changes"), [(PRICE + 1, {}), (PRICE, {"currency": "eur"})])
async def test_p16_what_does_not_fit_changes_nothing(
    shop: Shop, amount: int, changes: dict[str, Any]
) -> None:
    _, _, _, intent = await paid(shop)
    await tell(shop, (CREATED, thing(intent, amount, "needs_response", **changes)))
    assert await disputes(shop) == []
    assert (await shop.outcomes())[-1] == "suspicious"


async def test_p16_what_is_not_ours_or_unreadable_is_skipped(shop: Shop) -> None:
    await tell(
        shop,
        (CREATED, thing("pi_unknown", 5, "needs_response")),
        (CREATED, thing(None, 5, "needs_response")),
        (CREATED, thing("pi_unknown", 5, "a_new_state")),
        (CREATED, {"id": "du_1"}),
    )
    assert await disputes(shop) == []
    assert await shop.outcomes() == ["skipped"] * 4


async def test_p16_a_bank_that_takes_its_last_word_back_is_looked_at_by_people(shop: Shop) -> None:
    _, _, _, intent = await paid(shop)
    await tell(shop, *story(intent, PRICE, "lost"), story(intent, PRICE, "won")[-1])
    assert (await shop.outcomes())[-1] == "suspicious"
    assert (await dispute(shop)).state == "lost"


async def test_p16_what_an_admin_froze_stays_frozen(shop: Shop) -> None:
    tutor, _, _, intent = await paid(shop)
    await fill(shop.parts.database, tutor.id, 100)
    wallet = await wallet_of(shop.parts.database, tutor.id)
    await tell(shop, *story(intent, PRICE, "won")[:2])
    await freeze(shop.parts.database, wallet.id)
    await tell(shop, *story(intent, PRICE, "won")[2:])
    assert await is_frozen(shop, tutor)
    admin = shop.stack.as_user("admin")
    path = f"/v1/admin/wallets/{wallet.id}/freeze"
    assert (await shop.client.delete(path, headers=admin.headers)).status_code == 204
    assert not await is_frozen(shop, tutor)
    told = await kinds_of(shop, wallet.id)
    assert told == ["wallet.topped_up", "wallet.frozen", "wallet.thawed"]


async def test_p16_an_admin_does_not_thaw_what_a_dispute_freezes(shop: Shop) -> None:
    tutor, _, _, intent = await paid(shop)
    await tell(shop, *story(intent, PRICE, "won")[:2])
    wallet = await wallet_of(shop.parts.database, tutor.id)
    admin = shop.stack.as_user("admin")
    path = f"/v1/admin/wallets/{wallet.id}/freeze"
    assert (await shop.client.delete(path, headers=admin.headers)).status_code == 204
    assert await is_frozen(shop, tutor)
    answer = await shop.client.get("/v1/admin/wallets?frozen=true", headers=admin.headers)
    assert [one["disputes"] for one in answer.json()["items"]] == [1]


@pytest.mark.parametrize("outcome", [None, "won", "lost"])
async def test_p16_what_is_disputed_is_not_given_back(shop: Shop, outcome: str | None) -> None:
    _, _, payment_id, intent = await paid(shop)
    told = story(intent, PRICE, outcome or "won")
    await tell(shop, *(told if outcome else told[:2]))
    for destination in ("provider", "wallet"):
        answer = await give_back(shop, payment_id, amount=100, destination=destination)
        if outcome == "won":
            assert answer.status_code == 201, answer.text
            continue
        assert (answer.status_code, answer.json()["code"]) == (409, "payment_disputed")
    assert await shop.count("refunds") == (2 if outcome == "won" else 0)


async def test_p16_a_rejected_class_with_a_lost_dispute_is_given_back_once(shop: Shop) -> None:
    tutor, study_session_id, _, intent = await paid(shop)
    opened = await argue(shop, intent)
    await dispute_becomes(shop, lambda one: one.withdrawn_at is not None)
    await reject(shop, tutor, study_session_id)
    await work(shop)
    failed = await refund(shop, study_session_id)
    assert (failed.state, failed.failure) == ("failed", "charge_disputed")
    for what in ("to-wallet", "retry"):
        refused = await order(shop, failed.id, what, 409)
        assert refused["code"] == "payment_disputed"
    assert (await order(shop, failed.id, "cancel", 409))["code"] == "refund_not_cancelable"
    await end(shop, opened["id"], "lost")
    await dispute_becomes(shop, lambda one: one.state == "lost")
    assert (await order(shop, failed.id, "cancel"))["state"] == "canceled"
    assert await books(shop) == ENDS["lost"]


@pytest.mark.parametrize(("spent", "taken"), [(50_000, 0), (20_000, 30_000), (0, 50_000)])
async def test_p16_a_lost_top_up_goes_out_of_the_wallet_as_far_as_it_reaches(
    shop: Shop, spent: int, taken: int
) -> None:
    owner, database = shop.stack.as_user("student"), shop.parts.database
    top_up_id = await fill(database, owner.id, 50_000)
    held = await set_aside(database, owner.id, spent) if spent else None
    intent = f"pi_{top_up_id.hex}"
    told = story(intent, 50_000, "lost")
    await tell(shop, *told[:3])
    assert await is_frozen(shop, owner)
    await tell(shop, *told[3:])
    found = await dispute(shop)
    assert (found.top_up_id, found.payment_id, found.state) == (top_up_id, None, "lost")
    assert found.taken == taken
    assert await money_of(database, owner.id) == (50_000 - spent - taken, spent)
    assert await books(shop) == (0, 0, taken - 50_000)
    assert (held is None) == (spent == 0)
    assert not await is_frozen(shop, owner)


async def test_p16_a_dispute_that_is_not_there_is_not_found(shop: Shop) -> None:
    admin = shop.stack.as_user("admin")
    answer = await shop.client.get(f"/v1/admin/disputes/{new_id()}", headers=admin.headers)
    assert (answer.status_code, answer.json()["code"]) == (404, "dispute_not_found")
