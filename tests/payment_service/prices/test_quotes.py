"""Quotes: a promise of half an hour, which no act of an admin alters (P-A1)."""

from datetime import timedelta

import pytest
from sqlalchemy import text as sql

from libs.ids import new_id
from payment_service.quotes.repository import OLD_QUOTES
from tests.payment_service.prices.till import Till, text
from tests.payment_service.shop import MONTH, YEAR

pytestmark = pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning")
HALF_HOUR = timedelta(minutes=30)


async def test_p_a1_a_quote_says_what_it_would_cost(till: Till) -> None:
    await till.coupon()
    wish = await till.wish(coupon="summer")
    quote = await till.made(till.tutor, "/quotes", wish)
    assert quote == {
        "id": quote["id"], "plan_id": str(MONTH), "study_session_id": wish["study_session_id"],
        "coupon": "SUMMER", "price": 49_900, "discount": 4_990, "amount": 44_910,
        "currency": "INR", "created_at": text(till.clock.now()),
        "expires_at": text(till.clock.now() + HALF_HOUR),
    }  # fmt: skip
    shown = await till.ask(till.tutor, "GET", f"/quotes/{quote['id']}")
    assert shown.json() == quote
    plain = await till.made(till.tutor, "/quotes", await till.wish(YEAR))
    assert (plain["price"], plain["discount"], plain["amount"]) == (479_900, 0, 479_900)
    assert plain["coupon"] is None


async def test_p_a1_a_changed_price_does_not_alter_a_quote(till: Till) -> None:
    coupon = await till.coupon()
    quote = await till.made(till.tutor, "/quotes", await till.wish(coupon="SUMMER"))
    await till.price(99_900)
    await till.ask(till.admin, "PATCH", f"/admin/coupons/{coupon['id']}", {"active": False})
    assert (await till.ask(till.tutor, "GET", f"/quotes/{quote['id']}")).json() == quote
    till.clock.move(HALF_HOUR - timedelta(microseconds=1))
    opened = await till.made(till.tutor, "/checkouts", {"quote_id": quote["id"]})
    assert (opened["amount"], opened["currency"], opened["status"]) == (44_910, "INR", "open")
    [session] = await till.shop.sessions()
    assert session.amount_total == 44_910
    paid = await till.ask(till.tutor, "GET", f"/payments/{opened['payment_id']}")
    assert (paid.json()["amount"], paid.json()["discount"]) == (44_910, 4_990)
    till.clock.move(timedelta(minutes=1))  # the page that it opened stays open
    assert await till.made(till.tutor, "/checkouts", {"quote_id": quote["id"]}) == opened


async def test_p_a1_a_quote_holds_for_half_an_hour(till: Till) -> None:
    quote = await till.made(till.tutor, "/quotes", await till.wish())
    till.clock.move(HALF_HOUR)
    late = await till.refused(till.tutor, "POST", "/checkouts", {"quote_id": quote["id"]})
    assert late == (409, "quote_expired")
    assert await till.shop.count("payments") == 0


async def test_p_a1_another_price_closes_the_open_checkout_first(till: Till) -> None:
    wish = await till.wish()
    await till.coupon()
    full = await till.made(till.tutor, "/checkouts", wish)
    quote = await till.made(till.tutor, "/quotes", wish | {"coupon": "SUMMER"})
    cheaper = await till.made(till.tutor, "/checkouts", {"quote_id": quote["id"]})
    assert (full["amount"], cheaper["amount"]) == (49_900, 44_910)
    first, second = await till.shop.payments(quote["study_session_id"])
    assert (first.status, second.status) == ("expired", "open")
    assert (first.quote_id, str(second.quote_id)) == (None, quote["id"])


async def test_p_a1_r10_a_wish_that_cannot_be_had_closes_nothing(till: Till) -> None:
    wish = await till.wish()
    opened = await till.made(till.tutor, "/checkouts", wish)
    for wrong, code in (
        ({"plan_id": str(new_id())}, "plan_not_found"),
        ({"coupon": "NONE"}, "coupon_not_found"),
    ):
        refusal = await till.refused(till.tutor, "POST", "/checkouts", wish | wrong)
        assert refusal == (404, code)
    assert await till.made(till.tutor, "/checkouts", wish) == opened


async def test_p_a1_r10_an_amount_is_refused_and_a_quote_stands_alone(till: Till) -> None:
    wish = await till.wish()
    quote = {"quote_id": (await till.made(till.tutor, "/quotes", wish))["id"]}
    for body in (
        {},
        {"plan_id": wish["plan_id"]},
        {"study_session_id": wish["study_session_id"]},
        wish | quote,
        quote | {"coupon": "SUMMER"},
        quote | {"amount": 1},
    ):
        answer = await till.ask(till.tutor, "POST", "/checkouts", body)
        assert answer.status_code == 422, body
    amount = await till.ask(till.tutor, "POST", "/quotes", wish | {"amount": 1})
    assert [field["pointer"] for field in amount.json()["fields"]] == ["/amount"]
    assert await till.shop.count("payments") == 0


async def test_r10_quotes_are_for_ones_own_classes_and_ones_own(till: Till) -> None:
    other = till.shop.stack.as_user("tutor")
    wish = await till.wish()
    foreign = await till.refused(other, "POST", "/quotes", wish)
    assert foreign == (404, "class_not_found")
    quote = await till.made(till.tutor, "/quotes", wish)
    for wanted in (quote["id"], new_id()):
        refusal = await till.refused(other, "POST", "/checkouts", {"quote_id": str(wanted)})
        assert refusal == (404, "quote_not_found")
        refusal = await till.refused(other, "GET", f"/quotes/{wanted}")
        assert refusal == (404, "quote_not_found")
    assert await till.shop.count("payments") == 0


async def test_a_quote_of_a_handed_over_class_opens_nothing(till: Till) -> None:
    quote = await till.made(till.tutor, "/quotes", await till.wish())
    async with till.shop.parts.database.transaction() as session:
        await session.execute(sql("UPDATE study_sessions SET tutor_id = :id"), {"id": new_id()})
    refusal = await till.refused(till.tutor, "POST", "/checkouts", {"quote_id": quote["id"]})
    assert refusal == (404, "class_not_found")


@pytest.mark.parametrize("what", ["rejected", "ended"])
async def test_a_class_that_is_over_gets_no_quote(till: Till, what: str) -> None:
    wish = await till.wish()
    async with till.shop.parts.database.transaction() as session:
        await session.execute(sql(f"UPDATE study_sessions SET {what}_at = now()"))  # noqa: S608
    assert await till.refused(till.tutor, "POST", "/quotes", wish) == (409, f"class_{what}")


async def test_old_quotes_are_swept_but_those_that_were_taken(till: Till) -> None:
    taken, old, young = [await till.made(till.tutor, "/quotes", await till.wish())
                         for _ in range(3)]  # fmt: skip
    await till.made(till.tutor, "/checkouts", {"quote_id": taken["id"]})
    async with till.shop.parts.database.transaction() as session:
        await session.execute(
            sql("UPDATE quotes SET expires_at = now() - interval '25 hours' WHERE id <> :id"),
            {"id": young["id"]},
        )
        await session.execute(sql(OLD_QUOTES))
        left = await session.scalars(sql("SELECT id::text FROM quotes ORDER BY id"))
        assert list(left) == [taken["id"], young["id"]]
    missing = await till.refused(till.tutor, "GET", f"/quotes/{old['id']}")
    assert missing == (404, "quote_not_found")
