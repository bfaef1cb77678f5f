"""Rights over invoices."""

from uuid import UUID

from payment_service.invoices import repository, service
from payment_service.invoices.schemas import BillingDetailsUpdate
from payment_service.invoices.states import Bill
from payment_service.payments import repository as payments
from payment_service.resources import Resources
from tests.access.table import Row
from tests.stack import User

TUTORS = {"nobody": 401, "student": 403, "tutor": 200, "admin": 403, "owner": 200}
OWN = TUTORS | {"tutor": 404}
ADMINS = TUTORS | {"tutor": 403, "owner": 403, "admin": 200}

ROWS = [
    Row("GET", "/v1/billing-details", OWN),
    Row("PUT", "/v1/billing-details", TUTORS, body={"name": "Asha Verma"}),
    Row("GET", "/v1/invoices", TUTORS),
    Row("GET", "/v1/invoices/{invoice_id}", OWN | {"admin": 200}),
    Row("GET", "/v1/invoices/{invoice_id}/pdf", OWN | {"owner": 202, "admin": 202}),
    Row("GET", "/v1/admin/invoices", ADMINS, own_login=True),
]


async def fill(parts: Resources, owner: User, payment_id: UUID) -> dict[str, UUID]:
    """An invoice of the owner's, whose PDF is being made."""
    now = parts.clock.now()
    async with parts.database.transaction() as session:
        details = BillingDetailsUpdate(name="Asha Verma")
        await repository.save_details(session, owner.id, details, now)
        payment = await payments.get(session, payment_id)
        bill = Bill(payment_id, payment.study_session_id, owner.id, "A month", 49_900, "INR")
        invoice = await service.issue(session, bill, now)
    return {"invoice_id": invoice.id}
