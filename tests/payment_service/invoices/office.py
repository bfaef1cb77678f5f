"""What the tests of invoices do with a shop."""

import json
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select, text

from libs.ids import new_id
from payment_service.invoices.models import Invoice
from payment_service.invoices.states import Bill
from payment_service.ledger import entries
from payment_service.ledger import service as ledger
from payment_service.payments.models import Payment
from tests.payment_service.shop import MONTH, Shop
from tests.stack import User

GST = [{"name": "CGST", "percent": "9"}, {"name": "SGST", "percent": "9"}]


async def bills(shop: Shop, tutor: User, count: int, amount: int = 49_900) -> list[Bill]:
    """So many paid payments of a tutor's, for one class, which stand in the books."""
    study_session_id, now = await shop.study_session(tutor), shop.parts.clock.now()
    made = [
        Bill(new_id(), study_session_id, tutor.id, "StudyZed class, 1 month", amount, "INR")
        for _ in range(count)
    ]
    rows = [
        {
            "id": bill.payment_id, "study_session_id": study_session_id, "tutor_id": tutor.id,
            "plan_id": MONTH, "description": bill.description, "months": 1, "amount": bill.amount,
            "currency": "INR", "status": "paid", "created_at": now, "expires_at": now,
            "checked_at": now, "paid_at": now, "revision": 2,
        }
        for bill in made
    ]  # fmt: skip
    async with shop.parts.database.transaction() as session:
        await session.execute(insert(Payment), rows)
        for bill in made:
            await ledger.post(session, entries.sale(bill.payment_id, amount, "INR"), now)
    return made


async def invoices(shop: Shop, study_session_id: UUID) -> Sequence[Invoice]:
    """All documents about a class, oldest first."""
    statement = select(Invoice).where(Invoice.study_session_id == study_session_id)
    async with shop.parts.database.transaction() as session:
        return (await session.scalars(statement.order_by(Invoice.id))).all()


async def get(shop: Shop, user: User, path: str, status: int = 200) -> Any:
    """The body of an answer; of a refusal its code."""
    answer = await shop.client.get(path, headers=user.headers)
    assert answer.status_code == status, answer.text
    return answer.json() if status < 300 else answer.json()["code"]


async def news(shop: Shop) -> list[dict[str, Any]]:
    """What was published about invoices, in order."""
    async with shop.parts.database.transaction() as session:
        rows = await session.scalars(
            text("SELECT body FROM outbox WHERE body LIKE '%studyzed.invoice.issued%' ORDER BY seq")
        )
        return [json.loads(row)["data"] for row in rows]
