"""Lists and details of invoices: constant numbers of statements, filters, and billing details."""

from typing import Any

import pytest

from payment_service.invoices import service
from tests.payment_service.invoices.office import bills, get, invoices
from tests.payment_service.refunds.desk import paid_class, reject, work
from tests.payment_service.shop import Shop
from tests.stack import User
from tests.statements import statements

PATHS = (
    "/v1/invoices",
    "/v1/invoices?kind=invoice",
    "/v1/admin/invoices",
    "/v1/admin/invoices?kind=invoice",
)


async def issue(shop: Shop, tutor: User, count: int) -> list[str]:
    made = await bills(shop, tutor, count)
    async with shop.parts.database.transaction() as session:
        now = shop.parts.clock.now()
        return [str((await service.issue(session, bill, now)).id) for bill in made]


async def test_p14_a_list_of_invoices_is_one_statement(office: Shop) -> None:
    tutor, admin = office.stack.as_user("tutor"), office.stack.as_user("admin")
    paths = (*PATHS, f"/v1/admin/invoices?tutor_id={tutor.id}")
    for full in (False, True):
        for path in paths:
            user = admin if "admin" in path else tutor
            with statements() as seen:
                answer = await office.inside.get(path, headers=user.headers)
            assert (path, answer.status_code, len(seen)) == (path, 200, 1)
            assert (path, len(answer.json()["items"])) == (path, 20 if full else 0)
        if not full:
            await issue(office, tutor, 25)


async def test_p14_an_invoice_is_three_statements(office: Shop) -> None:
    tutor = office.stack.as_user("tutor")
    [invoice_id] = await issue(office, tutor, 1)
    with statements() as seen:
        answer = await office.inside.get(f"/v1/invoices/{invoice_id}", headers=tutor.headers)
    assert answer.status_code == 200
    assert len(seen) == 3


async def test_p14_pages_follow_one_another_newest_first(office: Shop) -> None:
    tutor = office.stack.as_user("tutor")
    made = await issue(office, tutor, 3)
    await issue(office, office.stack.as_user("tutor"), 1)
    first = await get(office, tutor, "/v1/invoices?limit=2")
    assert [one["id"] for one in first["items"]] == [made[2], made[1]]
    rest = await get(office, tutor, f"/v1/invoices?limit=2&cursor={first['next_cursor']}")
    assert [one["id"] for one in rest["items"]] == [made[0]]
    assert rest["next_cursor"] is None


# The SDK's httpx client still hands its form over as `data=`.
@pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning")
async def test_p14_lists_are_narrowed_by_kind_and_by_whom(office: Shop) -> None:
    tutor, study_session_id = await paid_class(office)
    await reject(office, tutor, study_session_id)
    await work(office)
    await issue(office, office.stack.as_user("tutor"), 1)
    admin = office.stack.as_user("admin")
    invoice, note = await invoices(office, study_session_id)

    async def ids(user: User, path: str) -> list[str]:
        return [one["id"] for one in (await get(office, user, path))["items"]]

    assert await ids(tutor, "/v1/invoices") == [str(note.id), str(invoice.id)]
    assert await ids(tutor, "/v1/invoices?kind=credit_note") == [str(note.id)]
    assert await ids(tutor, "/v1/invoices?kind=invoice") == [str(invoice.id)]
    assert len(await ids(admin, "/v1/admin/invoices")) == 3
    assert await ids(admin, "/v1/admin/invoices?kind=credit_note") == [str(note.id)]
    both = await ids(admin, f"/v1/admin/invoices?tutor_id={tutor.id}")
    assert both == [str(note.id), str(invoice.id)]
    assert await get(office, tutor, "/v1/invoices?kind=receipt", 422) == "invalid"


async def test_p14_billing_details_are_one_s_own_and_replaced_as_a_whole(office: Shop) -> None:
    tutor, other = office.stack.as_user("tutor"), office.stack.as_user("tutor")
    path = "/v1/billing-details"
    assert await get(office, tutor, path, 404) == "billing_details_not_found"
    first = {"name": " Asha ", "address": "1 Road\nPune", "country": "IN", "tax_id": "27BBB-1"}
    for body, kept in (
        (first, first | {"name": "Asha"}),
        ({"name": "Asha Rao"}, {"name": "Asha Rao", "address": "", "country": None,
                                "tax_id": None}),
    ):  # fmt: skip
        answer = await office.client.put(path, json=body, headers=tutor.headers)
        assert answer.status_code == 200
        assert {**answer.json(), "updated_at": ""} == kept | {"updated_at": ""}
        assert await get(office, tutor, path) == answer.json()
    assert await get(office, other, path, 404) == "billing_details_not_found"
    assert await office.count("billing_details") == 1


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({}, "/name"),
        ({"name": " "}, "/name"),
        ({"name": "Two\nlines"}, "/name"),
        ({"name": "A", "address": "x" * 501}, "/address"),
        ({"name": "A", "address": "\x00"}, "/address"),
        ({"name": "A", "country": "ind"}, "/country"),
        ({"name": "A", "tax_id": "lower"}, "/tax_id"),
        ({"name": "A", "account_id": "1"}, "/account_id"),
    ],
)
async def test_p14_wrong_billing_details_are_refused_by_field(
    office: Shop, wrong: dict[str, Any], field: str
) -> None:
    tutor = office.stack.as_user("tutor")
    answer = await office.client.put("/v1/billing-details", json=wrong, headers=tutor.headers)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")
    assert [one["pointer"] for one in answer.json()["fields"]] == [field]
    assert await office.count("billing_details") == 0
