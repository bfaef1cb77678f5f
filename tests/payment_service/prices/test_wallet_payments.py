"""Quotes and coupons for payments from the wallet (P6, P13, P-A1)."""

from typing import Any

import pytest

from libs.ids import new_id
from tests.payment_service.prices.till import Till
from tests.payment_service.wallets.bank import fill, money_of

# The SDK's httpx client still hands its form over as `data=`.
pytestmark = pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning")

PRICE = 499_00
PATH = "/wallet-payments"


async def left(till: Till) -> int:
    """What the tutor can still spend."""
    return (await money_of(till.shop.parts.database, till.tutor.id))[0]


async def pay(till: Till, **wanted: Any) -> dict[str, Any]:
    """Pays from the tutor's wallet."""
    return await till.made(till.tutor, PATH, wanted)


async def test_p_a1_a_quote_s_price_is_taken_from_the_wallet(till: Till) -> None:
    await fill(till.shop.parts.database, till.tutor.id, PRICE)
    wish = await till.wish()
    quote = await till.made(till.tutor, "/quotes", wish)
    await till.price(599_00)
    paid = await pay(till, quote_id=quote["id"])
    assert (paid["amount"], paid["study_session_id"]) == (PRICE, wish["study_session_id"])
    assert await left(till) == 0


async def test_p13_a_coupon_counts_and_is_given_back_when_money_is_short(till: Till) -> None:
    coupon = await till.coupon(percent=10, total_limit=1)
    wish = await till.wish(coupon="SUMMER")
    await fill(till.shop.parts.database, till.tutor.id, 449_09)
    refused = await till.refused(till.tutor, "POST", PATH, wish)
    assert (refused, await till.used(coupon)) == ((402, "insufficient_funds"), 0)
    await fill(till.shop.parts.database, till.tutor.id, 1)
    assert (await pay(till, **wish))["amount"] == 449_10
    assert (await left(till), await till.used(coupon)) == (0, 1)
    again = await till.wish(coupon="SUMMER")
    assert await till.refused(till.tutor, "POST", PATH, again) == (409, "coupon_used_up")


async def test_p13_what_costs_nothing_needs_no_wallet(till: Till) -> None:
    await till.coupon(percent=100)
    paid = await pay(till, **await till.wish(coupon="SUMMER"))
    assert (paid["amount"], paid["status"]) == (0, "paid")
    assert await left(till) == 0


async def test_p_a1_an_unknown_quote_pays_nothing(till: Till) -> None:
    await fill(till.shop.parts.database, till.tutor.id, PRICE)
    wanted = {"quote_id": str(new_id())}
    assert await till.refused(till.tutor, "POST", PATH, wanted) == (404, "quote_not_found")
    assert await left(till) == PRICE
