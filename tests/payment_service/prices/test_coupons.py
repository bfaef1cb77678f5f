"""Coupons as admins keep them, and what they take off."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.ids import new_id
from payment_service.coupons.errors import CouponNotValid
from payment_service.coupons.models import Coupon
from tests.payment_service.prices.till import Till, text
from tests.statements import statements

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)
PATH = "/admin/coupons"
PRICES = st.integers(1, 10**12)


def made(**terms: Any) -> Coupon:
    return Coupon(**{"plan_months": [], "valid_from": NOW, "active": True} | terms)


@pytest.mark.parametrize(
    ("terms", "price", "off"),
    [
        ({"percent": 10}, 49_900, 4_990),
        ({"percent": 15}, 49_990, 7_499),  # 7,498.5
        ({"percent": 33}, 101, 33),  # 33.33
        ({"percent": 50}, 1, 1),  # 0.5
        ({"percent": 49}, 1, 0),
        ({"percent": 100}, 49_900, 49_900),
        ({"amount_off": 5_000, "currency": "INR"}, 49_900, 5_000),
        ({"amount_off": 50_000, "currency": "INR"}, 49_900, 49_900),
    ],
)
def test_p13_what_a_coupon_takes_off(terms: dict[str, Any], price: int, off: int) -> None:
    assert made(**terms).take_off(price, 1, "INR", NOW) == off


@given(PRICES, st.integers(1, 100))
def test_p13_percent_is_exact_to_half_a_unit_and_never_more_than_the_price(
    price: int, percent: int
) -> None:
    off = made(percent=percent).take_off(price, 1, "INR", NOW)
    assert 0 <= off <= price
    assert -50 < 100 * off - price * percent <= 50
    assert (off == price) == (percent == 100) or price < 100


@given(PRICES, PRICES)
def test_p13_an_amount_off_leaves_no_less_than_nothing(price: int, amount: int) -> None:
    off = made(amount_off=amount, currency="INR").take_off(price, 1, "INR", NOW)
    assert price - off == max(0, price - amount)


@pytest.mark.parametrize(
    ("terms", "at", "months"),
    [
        ({"active": False}, NOW, 1),
        ({"valid_from": NOW + timedelta(microseconds=1)}, NOW, 1),
        ({"valid_until": NOW}, NOW, 1),
        ({"plan_months": [3, 12]}, NOW, 1),
        ({"percent": None, "amount_off": 1, "currency": "EUR"}, NOW, 1),
    ],
)
def test_p13_when_and_for_what_a_coupon_holds(
    terms: dict[str, Any], at: datetime, months: int
) -> None:
    coupon = made(**{"percent": 10} | terms)
    with pytest.raises(CouponNotValid):
        coupon.take_off(49_900, months, "INR", at)
    holds = made(percent=10, valid_until=NOW + timedelta(microseconds=1), plan_months=[1, 3])
    assert holds.take_off(49_900, 1, "INR", NOW) == 4_990


async def test_p13_admins_make_coupons(till: Till) -> None:
    coupon = await till.coupon("spring-26", percent=20, plan_months=[12, 3, 3], total_limit=5)
    now = text(till.clock.now())
    assert coupon == {
        "id": coupon["id"], "code": "SPRING-26", "percent": 20, "amount_off": None,
        "currency": None, "plan_months": [3, 12], "valid_from": now, "valid_until": None,
        "total_limit": 5, "user_limit": None, "used": 0, "active": True, "created_at": now,
    }  # fmt: skip
    shown = await till.ask(till.admin, "GET", f"{PATH}/{coupon['id']}")
    assert (shown.json(), shown.headers["etag"]) == (coupon, '"1"')
    other = await till.coupon("OTHER", amount_off=100, currency="INR")
    everything = await till.ask(till.admin, "GET", PATH)
    assert everything.json()["items"] == [other, coupon]
    with statements() as sent:
        one = await till.shop.inside.get(f"/v1{PATH}?code=spring-26", headers=till.admin.headers)
    assert (len(sent), one.json()["items"]) == (1, [coupon])
    twice = await till.refused(till.admin, "POST", PATH, {"code": "Other", "percent": 1})
    assert twice == (409, "coupon_exists")
    missing = await till.refused(till.admin, "GET", f"{PATH}/{new_id()}")
    assert missing == (404, "coupon_not_found")
    [event] = await till.shop.events(coupon["id"])
    assert (event["type"], event["data"]) == (
        "studyzed.coupon.changed",
        {
            "coupon_id": coupon["id"], "admin_id": str(till.admin.id), "act": "created",
            "active": True, "percent": 20, "amount_off": None, "currency": None,
            "total_limit": 5, "user_limit": None, "revision": 1,
        },
    )  # fmt: skip


@pytest.mark.parametrize(
    "wrong",
    [
        {"code": "A"},
        {"code": "SOME THING"},
        {"percent": 0},
        {"percent": 101},
        {"percent": None},
        {"amount_off": 5, "currency": "INR"},
        {"percent": None, "amount_off": 5},
        {"currency": "INR"},
        {"total_limit": 0},
        {"user_limit": 0},
        {"plan_months": [0]},
        {"used": 1},
        {"valid_until": "2020-01-01T00:00:00Z"},
    ],
)
async def test_p13_bad_coupons_are_refused(till: Till, wrong: dict[str, Any]) -> None:
    answer = await till.ask(till.admin, "POST", PATH, {"code": "GOOD", "percent": 1} | wrong)
    assert answer.status_code == 422, answer.text
    assert await till.shop.count("coupons") == 0


async def test_p13_a_coupon_changes_for_who_has_seen_it(till: Till) -> None:
    coupon = await till.coupon(total_limit=5)
    one, ends = f"{PATH}/{coupon['id']}", text(till.clock.now() + timedelta(days=1))
    wanted = {"total_limit": None, "user_limit": 2, "valid_until": ends, "active": None}
    answer = await till.ask(till.admin, "PATCH", one, wanted, **{"If-Match": '"1"'})
    changed = {"total_limit": None, "user_limit": 2, "valid_until": ends}
    assert (answer.json(), answer.headers["etag"]) == (coupon | changed, '"2"')
    stale = await till.refused(till.admin, "PATCH", one, {"active": False}, **{"If-Match": '"1"'})
    assert stale == (412, "stale")
    early = {"valid_until": text(till.clock.now())}
    assert await till.refused(till.admin, "PATCH", one, early) == (422, "coupon_ends_too_early")
    assert (await till.ask(till.admin, "PATCH", one, {"percent": 50})).status_code == 422
    assert (await till.ask(till.admin, "GET", one)).json() == coupon | changed
    stale = await till.refused(till.admin, "DELETE", one, **{"If-Match": '"1"'})
    assert stale == (412, "stale")
    assert (await till.ask(till.admin, "DELETE", one)).status_code == 204
    acts = [event["data"]["act"] for event in await till.shop.events(coupon["id"])]
    assert acts == ["created", "updated", "removed"]
    assert await till.shop.count("coupons") == 0


async def test_p13_of_two_changes_at_once_one_is_stale(till: Till) -> None:
    one = f"{PATH}/{(await till.coupon())['id']}"
    answers = await asyncio.gather(
        *(till.ask(till.admin, "PATCH", one, {"user_limit": n}, **{"If-Match": '"1"'})
          for n in (1, 2))
    )  # fmt: skip
    assert sorted(answer.status_code for answer in answers) == [200, 412]
