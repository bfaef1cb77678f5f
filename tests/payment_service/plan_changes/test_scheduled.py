"""Another plan with the next period (P12): nothing is paid until then."""

from typing import Any
from uuid import UUID

from tests.payment_service.plan_changes.desk import (
    MONTH,
    PRICE,
    YEAR,
    YEARLY,
    ask,
    at,
    changed,
    changes,
    free,
    path_of,
    previewed,
    price,
    refused,
    rich,
)
from tests.payment_service.subscriptions.office import YEARS, Office

END = {"at": "period_end"}


async def renew(office: Office, study_session_id: UUID, plan_id: object = MONTH) -> dict[str, Any]:
    """Pays for the next period from the wallet."""
    body = {"plan_id": str(plan_id), "study_session_id": str(study_session_id)}
    headers = office.tutor.headers
    answer = await office.client.post("/v1/wallet-payments", json=body, headers=headers)
    assert answer.status_code == 201, answer.text
    paid: dict[str, Any] = answer.json()
    return paid


async def test_p12_the_renewal_after_it_is_by_the_new_plan_at_its_price_then(
    office: Office,
) -> None:
    study_session_id = await office.opened()
    await rich(office)
    shown = await previewed(office, study_session_id, **END)
    assert (shown["lines"], shown["due"], shown["priced_at"]) == ([], 0, None)
    assert shown["ends_at"] == at("2028-02-29").isoformat().replace("+00:00", "Z")
    made = await changed(office, study_session_id, **END)
    assert (made["state"], made["due"], await free(office)) == ("scheduled", 0, 100_000_00)
    assert (await office.get(study_session_id)).plan_id == MONTH
    dearer = await price(office, 5_555_00, months=12)
    office.clock.at = at("2027-02-20")
    body = {"plan_id": str(MONTH), "study_session_id": str(study_session_id)}
    quote = await office.client.post("/v1/quotes", json=body, headers=office.tutor.headers)
    assert (quote.json()["plan_id"], quote.json()["amount"]) == (dearer, 5_555_00)
    paid = await renew(office, study_session_id)
    assert (paid["plan_id"], paid["amount"]) == (dearer, 5_555_00)
    found = await office.get(study_session_id)
    assert (found.months, found.period, found.ends_at) == (12, 2, at("2028-02-29"))
    assert await changes(office, study_session_id) == [("applied", 0, 0)]
    assert await office.news(study_session_id) == ["renewed", "plan_changed"]
    assert (await office.events(study_session_id))[-1]["plan_id"] == dearer


async def test_p12_what_is_called_off_is_renewed_as_before(office: Office) -> None:
    study_session_id = await office.opened()
    await rich(office)
    made = await changed(office, study_session_id, **END)
    subscription_id = (await office.get(study_session_id)).id
    path, headers = path_of(subscription_id, f"/{made['id']}"), office.tutor.headers
    other = office.stack.as_user("tutor", lives=YEARS)
    foreign = await office.client.delete(path, headers=other.headers)
    assert (foreign.status_code, foreign.json()["code"]) == (404, "subscription_not_found")
    assert (await office.client.delete(path, headers=headers)).status_code == 204
    again = await office.client.delete(path, headers=headers)
    assert (again.status_code, again.json()["code"]) == (409, "change_not_scheduled")
    missing = path_of(subscription_id, f"/{study_session_id}")
    unknown = await office.client.delete(missing, headers=headers)
    assert (unknown.status_code, unknown.json()["code"]) == (404, "plan_change_not_found")
    assert (await renew(office, study_session_id))["amount"] == PRICE
    assert await changes(office, study_session_id) == [("called_off", 0, 0)]


async def test_p12_one_is_scheduled_at_most_and_gives_way_to_a_change_now(office: Office) -> None:
    study_session_id = await office.opened()
    half_year = await price(office, 2_599_00, months=6)
    await rich(office)
    await changed(office, study_session_id, **END)
    taken = (409, "change_scheduled")
    assert await refused(office, study_session_id, half_year, **END) == taken
    assert await refused(office, study_session_id, half_year, rest="/preview", **END) == taken
    dearer = await price(office, 599_00)
    assert await refused(office, study_session_id, dearer, **END) == (409, "same_plan")
    await changed(office, study_session_id, half_year)
    states = [state for state, _, _ in await changes(office, study_session_id)]
    assert states == ["called_off", "applied"]


async def test_p12_who_names_a_third_plan_gets_it_and_the_schedule_waits(office: Office) -> None:
    study_session_id = await office.opened()
    half_year = await price(office, 2_599_00, months=6)
    await rich(office)
    await changed(office, study_session_id, **END)
    assert (await renew(office, study_session_id, half_year))["amount"] == 2_599_00
    assert await changes(office, study_session_id) == [("scheduled", 0, 0)]
    office.clock.at = at("2027-08-20")
    assert (await renew(office, study_session_id, half_year))["amount"] == YEARLY
    assert await changes(office, study_session_id) == [("applied", 0, 0)]


async def test_p12_a_price_is_not_fixed_for_later(office: Office) -> None:
    study_session_id = await office.opened()
    now = office.clock.at.isoformat()
    answer = await ask(office, study_session_id, YEAR, **END, priced_at=now)
    assert answer.status_code == 422
    assert (await ask(office, study_session_id, YEAR, amount=1)).status_code == 422
    assert await changes(office, study_session_id) == []
