"""Events of payment_service about invoices."""

from typing import ClassVar, Literal
from uuid import UUID

from libs.events.base import Event


class InvoiceIssued(Event):
    """An invoice or a credit note was issued, and will never change; `tutor_id` may fetch it. Its
    `number` is the issuer's. `total`, of which `tax` is a part, is in minor units of `currency`
    (ISO 4217).
    """

    type: ClassVar[str] = "studyzed.invoice.issued"
    topic: ClassVar[str] = "payment.events"
    key_field: ClassVar[str] = "invoice_id"

    invoice_id: UUID
    number: str
    kind: Literal["invoice", "credit_note"]
    study_session_id: UUID
    tutor_id: UUID
    payment_id: UUID
    refund_id: UUID | None
    total: int
    tax: int
    currency: str
