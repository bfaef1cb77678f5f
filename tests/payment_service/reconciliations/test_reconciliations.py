"""Ledger, Stripe and subscriptions are compared (P17)."""

import asyncio
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from libs.errors import Unavailable
from libs.ids import new_id
from payment_service.reconciliations import service
from payment_service.reconciliations.states import (
    Known,
    Sums,
    compare,
)
from tests.payment_service.refunds.desk import at_stripe, paid_class, reject, work
from tests.payment_service.shop import Shop

# The SDK's httpx client still hands its form over as `data=`.
pytestmark = pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning")
AMOUNTS = st.integers(0, 10**9)


@given(ours=st.builds(Sums, AMOUNTS, AMOUNTS), theirs=st.builds(Sums, AMOUNTS, AMOUNTS))
def test_p17_each_sum_that_differs_is_one_difference(ours: Sums, theirs: Sums) -> None:
    found = compare(Known(new_id(), "pi_1", "INR", ours), theirs)
    wrong = [
        (our, their)
        for our, their in ((ours.paid, theirs.paid), (ours.refunded, theirs.refunded))
        if our != their
    ]
    assert [(one.ours, one.theirs) for one in found] == wrong
    for one in found:
        assert ("only_here" in one.kind) == (one.theirs == 0)
        assert ("only_at_provider" in one.kind) == (one.ours == 0)


async def reconcile(shop: Shop, minutes: int = 11) -> tuple[dict[str, Any], list[Any]]:
    """Compares the last day, asked for so many minutes from now; the row and what it found."""
    at = shop.parts.clock.now() + timedelta(minutes=minutes)
    async with shop.parts.database.transaction() as session:
        asked = await service.ask(session, at - timedelta(days=1), at, new_id(), at)
    await service.reconcile(shop.parts.database, shop.parts.gateway, asked.id)
    admin = shop.stack.as_user("admin")
    path = f"/v1/admin/reconciliations/{asked.id}"
    shown = await shop.client.get(path, headers=admin.headers)
    found = await shop.client.get(f"{path}/differences", headers=admin.headers)
    return shown.json(), found.json()["items"]


async def change(shop: Shop, statement: str, **values: Any) -> None:
    """What no code of ours would do."""
    async with shop.parts.database.transaction() as session:
        await session.execute(text(statement), values)


def said(items: list[Mapping[str, Any]]) -> list[tuple[Any, ...]]:
    """Kind, payment and sums of differences."""
    return sorted(
        (one["kind"], one["payment_id"], one["ours"], one["theirs"], one["currency"])
        for one in items
    )


async def test_p17_books_that_agree_have_no_difference(shop: Shop) -> None:
    await paid_class(shop)
    await reject(shop, *await paid_class(shop))
    await work(shop)
    row, found = await reconcile(shop)
    assert (row["state"], row["compared"], row["differences"], found) == ("done", 2, 0, [])


async def test_p17_what_happened_just_now_is_left_for_the_next_one(shop: Shop) -> None:
    await paid_class(shop)
    row, _ = await reconcile(shop, minutes=0)
    assert (row["state"], row["compared"]) == ("done", 0)


async def test_p17_what_one_side_alone_knows_is_listed(shop: Shop) -> None:
    _, lost = await paid_class(shop)
    _, invented = await paid_class(shop)
    _, by_hand = await paid_class(shop)
    payments = [await shop.payment(one) for one in (lost, invented, by_hand)]
    ids = [str(payment.id) for payment in payments]
    await shop.stand.stripe().v1.refunds.create_async(
        {"payment_intent": str(payments[2].payment_intent), "amount": 5_00}
    )
    await change(shop, "UPDATE payments SET payment_intent = 'pi_x' WHERE id = :id", id=ids[1])
    row, found = await reconcile(shop)
    assert said(found) == [
        ("paid_only_here", ids[1], 49_900, 0, "INR"),
        ("refunded_only_at_provider", ids[2], 0, 5_00, "INR"),
    ]
    assert row["differences"] == 2
    await change(shop, "UPDATE payments SET status = 'open' WHERE id = :id", id=ids[0])
    await change(shop, "UPDATE payments SET amount = 1 WHERE id = :id", id=ids[2])
    _, found = await reconcile(shop)
    assert said(found) == [
        ("paid_amount", ids[2], 1, 49_900, "INR"),
        ("paid_only_at_provider", ids[0], 0, 49_900, "INR"),
        ("paid_only_here", ids[1], 49_900, 0, "INR"),
        ("payment_not_booked", ids[2], 1, 49_900, "INR"),
        ("refunded_only_at_provider", ids[2], 0, 5_00, "INR"),
        ("subscribed_unpaid", ids[0], 49_900, None, "INR"),
    ]
    await change(shop, "UPDATE payments SET status = 'paid' WHERE id = :id", id=ids[0])
    await change(shop, "UPDATE payments SET amount = 49900 WHERE id = :id", id=ids[2])


async def test_p17_money_that_was_kept_for_nothing_is_listed(shop: Shop) -> None:
    _, study_session_id = await paid_class(shop)
    payment = await shop.payment(study_session_id)
    await change(shop, "DELETE FROM subscriptions WHERE payment_id = :id", id=payment.id)
    _, found = await reconcile(shop)
    assert said(found) == [("paid_for_nothing", str(payment.id), 49_900, None, "INR")]


async def test_p17_a_refund_that_only_we_believe_in_is_listed(shop: Shop) -> None:
    tutor, study_session_id = await paid_class(shop)
    await reject(shop, tutor, study_session_id)
    await work(shop)
    assert len(await at_stripe(shop, study_session_id)) == 1
    payment = await shop.payment(study_session_id)
    await change(shop, "UPDATE refunds SET amount = 40000 WHERE payment_id = :id", id=payment.id)
    _, found = await reconcile(shop)
    assert said(found) == [
        ("refund_not_booked", str(payment.id), 40_000, 49_900, "INR"),
        ("refunded_amount", str(payment.id), 40_000, 49_900, "INR"),
    ]
    await change(shop, "UPDATE refunds SET amount = 49900 WHERE payment_id = :id", id=payment.id)


async def test_p17_while_the_provider_is_away_it_waits(shop: Shop) -> None:
    await paid_class(shop)
    now = shop.parts.clock.now() + timedelta(minutes=11)
    async with shop.parts.database.transaction() as session:
        wanted = await service.ask(session, now - timedelta(days=1), now, new_id(), now)

    class Away:
        async def moved(self, *_: object) -> Any:
            raise Unavailable

        async def sums(self, _: str) -> Any:
            raise Unavailable

    with pytest.raises(Unavailable):
        await service.reconcile(shop.parts.database, Away(), wanted.id)
    workers = [
        service.reconcile(shop.parts.database, shop.parts.gateway, wanted.id) for _ in range(5)
    ]
    await asyncio.gather(*workers)
    admin = shop.stack.as_user("admin")
    shown = await shop.client.get("/v1/admin/reconciliations", headers=admin.headers)
    [row] = shown.json()["items"]
    assert (row["state"], row["compared"], row["differences"]) == ("done", 1, 0)


async def test_p17_a_webhook_that_comes_meanwhile_makes_no_difference(shop: Shop) -> None:
    _, study_session_id = await paid_class(shop)
    payment = await shop.payment(study_session_id)
    await change(shop, "UPDATE payments SET status = 'open' WHERE id = :id", id=payment.id)
    known = Known(payment.id, str(payment.payment_intent), "INR", Sums())

    class Late:
        async def moved(self, *_: object) -> Any:
            raise AssertionError

        async def sums(self, intent: str) -> Sums:
            found = await shop.parts.gateway.sums(intent)
            await change(shop, "UPDATE payments SET status = 'paid' WHERE id = :id", id=payment.id)
            return found

    assert await service._look(shop.parts.database, Late(), known) == []


async def test_p17_each_day_asks_once_by_itself(shop: Shop) -> None:
    now = shop.parts.clock.now()

    async def ask(days: int) -> bool:
        at = now + timedelta(days=days)
        return await shop.parts.database.run(lambda session: service.ask_nightly(session, at))

    assert sorted(await asyncio.gather(*(ask(0) for _ in range(5)))) == [False] * 4 + [True]
    assert [await ask(1), await ask(1)] == [True, False]


async def test_p17_an_admin_asks_for_one(shop: Shop) -> None:
    now, admin = shop.parts.clock.now(), shop.stack.as_user("admin")
    body = {"since": (now - timedelta(days=1)).isoformat(), "until": now.isoformat()}
    path = "/v1/admin/reconciliations"
    asked = await shop.client.post(path, json=body, headers=admin.headers)
    row = asked.json()
    assert (asked.status_code, row["state"], row["asked_by"]) == (202, "asked", str(admin.id))
    assert await work(shop) == ["payment.reconciliations.make"]
    shown = await shop.client.get(f"{path}/{row['id']}", headers=admin.headers)
    assert shown.json()["state"] == "done"
    missing = await shop.client.get(f"{path}/{new_id()}/differences", headers=admin.headers)
    assert (missing.status_code, missing.json()["code"]) == (404, "reconciliation_not_found")


@pytest.mark.parametrize(("since", "until"), [(0, 0), (-1, -2), (-1, 1), (-93, 0)])
async def test_p17_a_window_that_makes_no_sense_is_refused(
    shop: Shop, since: int, until: int
) -> None:
    now, admin = shop.parts.clock.now(), shop.stack.as_user("admin")
    body = {
        "since": (now + timedelta(days=since)).isoformat(),
        "until": (now + timedelta(days=until)).isoformat(),
    }
    answer = await shop.client.post("/v1/admin/reconciliations", json=body, headers=admin.headers)
    assert (answer.status_code, answer.json()["code"]) == (422, "window_refused")
