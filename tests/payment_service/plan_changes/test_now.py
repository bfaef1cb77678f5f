"""Another plan at once (P12): what it costs, to the second, and what becomes of time and money."""

from datetime import timedelta

from tests.payment_service.plan_changes.desk import (
    MONTH,
    PRICE,
    YEAR,
    YEARLY,
    at,
    changed,
    changes,
    documents,
    free,
    lines,
    previewed,
    price,
    refused,
    rich,
)
from tests.payment_service.subscriptions.office import START, YEARS, Office

HALF = at("2027-02-14", "06:00")


def unused(price: int, left: timedelta, whole: timedelta) -> int:
    """Half up, by decimals and not by the code under test."""
    return int(price * (left / whole) + 0.5)


WHOLE = at("2027-02-28") - START
LEFT = at("2027-02-28") - HALF
CREDIT = unused(PRICE, LEFT, WHOLE)


async def test_p12_a_preview_shows_two_lines_and_writes_nothing(office: Office) -> None:
    study_session_id = await office.opened()
    office.clock.at = HALF
    shown = await previewed(office, study_session_id)
    assert shown == {
        "plan_id": str(YEAR), "at": "now", "months": 12,
        "lines": [
            {"description": "StudyZed class, 12 months", "amount": YEARLY},
            {"description": "Unused time of 1 month", "amount": -CREDIT},
        ],
        "due": YEARLY - CREDIT, "currency": "INR",
        "starts_at": HALF.isoformat().replace("+00:00", "Z"),
        "ends_at": at("2028-02-14").isoformat().replace("+00:00", "Z"),
        "priced_at": HALF.isoformat().replace("+00:00", "Z"),
        "valid_until": (HALF + timedelta(minutes=30)).isoformat().replace("+00:00", "Z"),
    }  # fmt: skip
    assert await changes(office, study_session_id) == []


async def test_p12_a_longer_plan_is_paid_and_begins_a_run_of_its_own(office: Office) -> None:
    study_session_id = await office.opened()
    await rich(office, YEARLY)
    office.clock.at = HALF
    made = await changed(office, study_session_id)
    assert (made["state"], made["credit"], made["charge"]) == ("applied", CREDIT, YEARLY)
    assert (made["due"], await free(office)) == (YEARLY - CREDIT, CREDIT)
    found = await office.get(study_session_id)
    assert (found.plan_id, found.months, found.period) == (YEAR, 12, 2)
    assert (found.starts_at, found.ends_at) == (HALF, at("2028-02-14"))
    assert (found.worth, found.whole_seconds) == (YEARLY, (at("2028-02-14") - HALF).total_seconds())
    assert await office.news(study_session_id) == ["plan_changed"]
    told = (await office.events(study_session_id))[-1]
    wanted = {"plan_id": str(YEAR), "months": 12, "credit": CREDIT, "charge": YEARLY, "period": 2}
    assert told.items() >= wanted.items()
    bill = (await documents(office))[-1]
    assert (bill["kind"], bill["total"]) == ("invoice", YEARLY - CREDIT)
    assert lines(bill) == [
        ("StudyZed class, 12 months", YEARLY),
        ("Unused time of 1 month", -CREDIT),
    ]
    for line in bill["lines"]:
        assert line["net"] + sum(tax["amount"] for tax in line["taxes"]) == line["amount"]
    assert sum(line["net"] for line in bill["lines"]) == bill["net"]


async def test_p12_a_cheaper_plan_brings_the_rest_into_the_wallet(office: Office) -> None:
    study_session_id = await office.study_session()
    await rich(office, YEARLY)
    body = {"plan_id": str(YEAR), "study_session_id": str(study_session_id)}
    headers = office.tutor.headers
    paid = await office.client.post("/v1/wallet-payments", json=body, headers=headers)
    assert paid.status_code == 201, paid.text
    await office.activate(study_session_id)
    office.clock.at = at("2027-08-01", "12:00")
    whole, left = at("2028-01-31") - START, at("2028-01-31") - office.clock.at
    credit = unused(YEARLY, left, whole)
    made = await changed(office, study_session_id, MONTH, pay_with="stripe")
    assert (made["state"], made["due"], made["payment_id"]) == ("applied", PRICE - credit, None)
    assert await free(office) == credit - PRICE
    found = await office.get(study_session_id)
    assert (found.plan_id, found.months, found.ends_at) == (MONTH, 1, at("2027-09-01"))
    note = (await documents(office))[-1]
    assert (note["kind"], note["total"]) == ("credit_note", credit - PRICE)
    kinds = await office.kinds(study_session_id)
    assert kinds[-3:] == ["subscription.plan_changed", "refund.requested", "payment.refunded"]


async def test_p12_a_new_price_for_as_many_months_goes_on_to_the_same_end(office: Office) -> None:
    study_session_id = await office.opened()
    dearer = await price(office, 599_00)
    await rich(office, 100_00)
    office.clock.at = HALF
    made = await changed(office, study_session_id, dearer)
    assert (made["credit"], made["charge"]) == (CREDIT, unused(599_00, LEFT, WHOLE))
    found = await office.get(study_session_id)
    assert (found.ends_at, found.starts_at, found.period) == (at("2027-02-28"), HALF, 2)
    assert (str(found.plan_id), found.worth) == (dearer, 599_00)
    assert await free(office) == 100_00 - made["due"]


async def test_p12_what_a_pause_keeps_stays_unused(office: Office) -> None:
    study_session_id = await office.opened()
    office.clock.at = at("2027-02-10")
    await office.pause(study_session_id, "admin", 4)
    assert await refused(office, study_session_id) == (409, "class_paused")
    office.clock.at = at("2027-02-20")
    await office.resume(study_session_id, timedelta(days=10), 5)
    left = at("2027-02-28") - at("2027-02-10")
    assert (await previewed(office, study_session_id))["lines"][1]["amount"] == -unused(
        PRICE, left, WHOLE
    )


async def test_p12_a_preview_s_price_stands_for_half_an_hour(office: Office) -> None:
    study_session_id = await office.opened()
    await rich(office)
    office.clock.at = HALF
    shown = await previewed(office, study_session_id)
    office.clock.at += timedelta(seconds=1)
    await price(office, 9_990_00, months=12)
    office.clock.at = HALF + timedelta(minutes=30, seconds=1)
    late = {"priced_at": shown["priced_at"]}
    assert await refused(office, study_session_id, **late) == (409, "price_too_old")
    assert await refused(office, study_session_id) == (404, "plan_not_found")
    ahead = {"priced_at": (office.clock.at + timedelta(seconds=1)).isoformat()}
    assert await refused(office, study_session_id, **ahead) == (409, "price_too_old")
    office.clock.at = HALF + timedelta(minutes=30)
    made = await changed(office, study_session_id, **late)
    assert (made["due"], made["priced_at"]) == (shown["due"], shown["priced_at"])
    assert (await office.get(study_session_id)).starts_at == HALF


async def test_p12_a_price_is_none_any_more_after_another_change(office: Office) -> None:
    study_session_id = await office.opened()
    half_year = await price(office, 2_599_00, months=6)
    await rich(office)
    office.clock.at = HALF
    shown = await previewed(office, study_session_id)
    office.clock.at = HALF + timedelta(minutes=1)
    await changed(office, study_session_id, half_year)
    late = {"priced_at": shown["priced_at"]}
    assert await refused(office, study_session_id, **late) == (409, "price_too_old")
    assert len(await changes(office, study_session_id)) == 1


async def test_p12_who_cannot_pay_changes_nothing(office: Office) -> None:
    study_session_id = await office.opened()
    await rich(office, 1)
    assert await refused(office, study_session_id) == (402, "insufficient_funds")
    assert (await changes(office, study_session_id), await free(office)) == ([], 1)
    assert (await office.get(study_session_id)).plan_id == MONTH


async def test_p12_only_what_is_active_and_not_paid_ahead_changes(office: Office) -> None:
    waiting = await office.study_session()
    await office.pay(waiting)
    assert await refused(office, waiting) == (409, "subscription_not_active")
    study_session_id = await office.opened()
    await rich(office)
    assert await refused(office, study_session_id, MONTH) == (409, "same_plan")
    euros = await price(office, 49_00, months=12, currency="EUR")
    assert await refused(office, study_session_id, euros) == (409, "other_currency")
    await office.pay(study_session_id)
    assert await refused(office, study_session_id) == (409, "paid_ahead")
    office.clock.at = at("2027-02-28")
    assert (await changed(office, study_session_id))["credit"] == PRICE
    office.clock.at = at("2028-02-28")
    assert await refused(office, study_session_id, MONTH) == (409, "subscription_not_active")
    await office.end(study_session_id)
    assert await refused(office, study_session_id, MONTH) == (409, "class_ended")


async def test_p12_a_foreign_subscription_is_none(office: Office) -> None:
    study_session_id = await office.opened()
    other = office.stack.as_user("tutor", lives=YEARS)
    foreign = (404, "subscription_not_found")
    assert await refused(office, study_session_id, user=other) == foreign
    assert await refused(office, study_session_id, rest="/preview", user=other) == foreign
