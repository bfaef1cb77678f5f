"""What the tests of changes of plan do: ask for them, and see what has become of money and time."""

from typing import Any
from uuid import UUID

import httpx
from sqlalchemy import text

from tests.payment_service.shop import MONTH, YEAR
from tests.payment_service.subscriptions.office import Office, at
from tests.payment_service.wallets.bank import fill, money_of
from tests.stack import User

PRICE, YEARLY = 499_00, 4_799_00
"""Of a month and of a year, in paise."""


def path_of(subscription_id: UUID, rest: str = "") -> str:
    """The address of a subscription's changes."""
    return f"/v1/subscriptions/{subscription_id}/plan-changes{rest}"


async def ask(
    office: Office, study_session_id: UUID, plan_id: object = YEAR, rest: str = "", **wanted: Any
) -> httpx.Response:
    """Asks for another plan; as the tutor and from the wallet, unless said otherwise."""
    subscription = await office.get(study_session_id)
    user: User = wanted.pop("user", office.tutor)
    headers = user.headers | wanted.pop("headers", {})
    body = {"plan_id": str(plan_id), "at": "now"} | wanted
    if not rest:
        body = {"pay_with": "wallet"} | body
    return await office.client.post(path_of(subscription.id, rest), json=body, headers=headers)


async def changed(
    office: Office, study_session_id: UUID, plan_id: object = YEAR, **wanted: Any
) -> dict[str, Any]:
    """A change that was made."""
    answer = await ask(office, study_session_id, plan_id, **wanted)
    assert answer.status_code == 201, answer.text
    body: dict[str, Any] = answer.json()
    return body


async def previewed(
    office: Office, study_session_id: UUID, plan_id: object = YEAR, **wanted: Any
) -> dict[str, Any]:
    """What a change would cost."""
    answer = await ask(office, study_session_id, plan_id, "/preview", **wanted)
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


async def refused(
    office: Office, study_session_id: UUID, plan_id: object = YEAR, **wanted: Any
) -> tuple[int, str]:
    """Status and code of a refusal."""
    answer = await ask(office, study_session_id, plan_id, **wanted)
    return answer.status_code, answer.json()["code"]


async def rich(office: Office, amount: int = 100_000_00) -> None:
    """The tutor has money in the wallet."""
    await fill(office.parts.database, office.tutor.id, amount)


async def free(office: Office) -> int:
    """What the tutor can spend."""
    return (await money_of(office.parts.database, office.tutor.id))[0]


async def price(office: Office, amount: int, months: int = 1, currency: str = "INR") -> str:
    """A new price; its plan's id."""
    body = {"name": f"{months} months", "months": months, "amount": amount, "currency": currency}
    headers = office.admin.headers
    answer = await office.client.post("/v1/admin/plans", json=body, headers=headers)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def changes(office: Office, study_session_id: UUID) -> list[tuple[str, int, int]]:
    """State, credit and charge of all changes of a class, oldest first."""
    statement = text("""
        SELECT state, credit, charge FROM plan_changes WHERE study_session_id = :id ORDER BY id
    """)
    async with office.parts.database.transaction() as session:
        rows = await session.execute(statement, {"id": study_session_id})
        return [(row.state, row.credit, row.charge) for row in rows]


async def documents(office: Office, tutor: User | None = None) -> list[dict[str, Any]]:
    """A tutor's invoices and credit notes with their lines, oldest first."""
    headers = (tutor or office.tutor).headers
    listed = (await office.client.get("/v1/invoices", headers=headers)).json()["items"]
    return [
        (await office.client.get(f"/v1/invoices/{one['id']}", headers=headers)).json()
        for one in reversed(listed)
    ]


def lines(document: dict[str, Any]) -> list[tuple[str, int]]:
    """What a document bills or credits."""
    return [(line["description"], line["amount"]) for line in document["lines"]]


__all__ = ["MONTH", "YEAR", "at"]
