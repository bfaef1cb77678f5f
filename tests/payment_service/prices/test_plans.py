"""The price list in versions: a new price is a new row, from now or from an instant on."""

import asyncio
from datetime import timedelta
from uuid import UUID

from libs.ids import new_id
from tests.payment_service.prices.till import Till, text
from tests.payment_service.shop import MONTH
from tests.statements import statements

HOUR = timedelta(hours=1)


async def events(till: Till, plan_id: str) -> list[str]:
    return await till.shop.kinds(UUID(plan_id))


async def test_r8_a_new_price_ends_the_one_before_and_takes_no_open_checkout_along(
    till: Till,
) -> None:
    wish = await till.wish()
    opened = await till.made(till.tutor, "/checkouts", wish)
    made = await till.price(59_900)
    now = text(till.clock.now())
    assert made == {
        "id": made["id"], "name": "1 months", "months": 1, "amount": 59_900, "currency": "INR",
        "active": True, "valid_from": now, "valid_until": None, "created_at": now,
    }  # fmt: skip
    assert await till.listed() == [59_900]
    assert await till.made(till.tutor, "/checkouts", wish) == opened
    other = await till.refused(till.tutor, "POST", "/checkouts", await till.wish())
    assert other == (404, "plan_not_found")
    dearer = await till.made(till.tutor, "/checkouts", await till.wish(made["id"]))
    assert (dearer["amount"], opened["amount"]) == (59_900, 49_900)
    [event] = await till.shop.events(made["id"])
    assert (event["type"], event["data"]) == (
        "studyzed.plan.priced",
        {
            "plan_id": made["id"], "admin_id": str(till.admin.id), "months": 1, "amount": 59_900,
            "currency": "INR", "valid_from": now, "revision": 0,
        },
    )  # fmt: skip


async def test_r8_a_price_of_the_future_is_sold_from_its_instant_on(till: Till) -> None:
    later = till.clock.now() + HOUR
    made = await till.price(59_900, valid_from=text(later))
    assert await till.listed() == [49_900]
    early = await till.refused(till.tutor, "POST", "/checkouts", await till.wish(made["id"]))
    assert early == (404, "plan_not_found")
    till.clock.move(HOUR - timedelta(microseconds=1))
    assert await till.listed() == [49_900]
    till.clock.move(timedelta(microseconds=1))
    assert await till.listed() == [59_900]
    late = await till.refused(till.tutor, "POST", "/checkouts", await till.wish())
    assert late == (404, "plan_not_found")


async def test_r8_prices_stand_in_order_and_not_in_the_past(till: Till) -> None:
    later = till.clock.now() + HOUR
    await till.price(59_900, valid_from=text(later))
    wanted = {"name": "x", "months": 1, "amount": 1, "currency": "INR"}
    for since in (None, later):
        body = wanted | ({"valid_from": text(since)} if since else {})
        refusal = await till.refused(till.admin, "POST", "/admin/plans", body)
        assert refusal == (409, "price_scheduled")
    past = wanted | {"valid_from": text(till.clock.now() - timedelta(microseconds=1))}
    refusal = await till.refused(till.admin, "POST", "/admin/plans", past)
    assert refusal == (422, "price_in_past")
    assert await till.shop.count("plans") == 5
    assert await till.price(1_000, valid_from=text(later + HOUR))
    assert await till.price(9_900, currency="EUR")  # prices of another currency are others
    assert await till.listed() == [9_900, 49_900]


async def test_r8_bad_prices_are_refused(till: Till) -> None:
    good = {"name": "x", "months": 1, "amount": 1, "currency": "INR"}
    bad = {"name": "", "months": 0, "amount": 0, "currency": "inr", "valid_from": "2026-01-01"}
    for name, value in bad.items():
        answer = await till.ask(till.admin, "POST", "/admin/plans", good | {name: value})
        assert answer.status_code == 422, name
        assert [field["pointer"] for field in answer.json()["fields"]] == [f"/{name}"]
    assert await till.shop.count("plans") == 4


async def test_r8_a_scheduled_price_is_called_off_and_the_one_before_goes_on(till: Till) -> None:
    made = await till.price(59_900, valid_from=text(till.clock.now() + HOUR))
    path = f"/admin/plans/{made['id']}"
    assert (await till.ask(till.admin, "DELETE", path)).status_code == 204
    till.clock.move(2 * HOUR)
    assert await till.listed() == [49_900]
    assert await till.refused(till.admin, "DELETE", path) == (409, "plan_ended")
    assert await events(till, made["id"]) == ["plan.priced", "plan.withdrawn"]
    assert await till.price(69_900)
    assert await till.listed() == [69_900]


async def test_r8_a_price_on_sale_is_withdrawn_at_once(till: Till) -> None:
    path = f"/admin/plans/{MONTH}"
    assert (await till.ask(till.admin, "DELETE", path)).status_code == 204
    assert await till.listed() == []
    assert await till.refused(till.admin, "DELETE", path) == (409, "plan_ended")
    missing = await till.refused(till.admin, "DELETE", f"/admin/plans/{new_id()}")
    assert missing == (404, "plan_not_found")
    made = await till.price(59_900)
    assert (await till.ask(till.admin, "DELETE", f"/admin/plans/{made['id']}")).status_code == 204
    assert await till.listed() == []


async def test_r8_of_20_prices_at_once_one_is_made(till: Till) -> None:
    wanted = {"name": "x", "months": 1, "amount": 59_900, "currency": "INR"}
    answers = await asyncio.gather(
        *(till.ask(till.admin, "POST", "/admin/plans", wanted) for _ in range(20))
    )
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 19
    assert await till.listed() == [59_900]
    assert await till.shop.count("plans") == 5


async def test_a_price_is_made_once_per_key(till: Till) -> None:
    wanted = {"name": "x", "months": 1, "amount": 59_900, "currency": "INR"}
    headers = {"Idempotency-Key": "one"}
    first, again = [
        await till.ask(till.admin, "POST", "/admin/plans", wanted, **headers) for _ in range(2)
    ]
    assert (first.status_code, again.json()) == (201, first.json())
    assert await till.shop.count("plans") == 5


async def test_all_prices_in_pages_of_one_statement(till: Till) -> None:
    made = [await till.price(amount, valid_from=text(till.clock.now() + n * HOUR))
            for n, amount in enumerate((50_000, 60_000, 70_000))]  # fmt: skip
    headers = till.admin.headers
    with statements() as sent:
        page = await till.shop.inside.get("/v1/admin/plans?limit=2&months=1", headers=headers)
    assert len(sent) == 1
    assert [one["amount"] for one in page.json()["items"]] == [70_000, 60_000]
    query = f"/v1/admin/plans?months=1&currency=INR&cursor={page.json()['next_cursor']}"
    rest = (await till.shop.inside.get(query, headers=headers)).json()
    assert [one["amount"] for one in rest["items"]] == [50_000, 49_900]
    ends = [one["valid_until"] for one in rest["items"]]
    assert ends == [made[1]["valid_from"], made[0]["valid_from"]]
    assert [one["active"] for one in rest["items"]] == [True, False]
