"""What notifications about invoices are about; see `templates`."""

from typing import ClassVar
from uuid import UUID

from notification_service.notifications.templates import Template


class InvoiceReady(Template):
    """To who has paid. The sums are in the invoice."""

    kind: ClassVar[str] = "invoice_ready"
    study_session_field: ClassVar[str] = "study_session_id"

    study_session_id: UUID
    invoice_id: UUID
    number: str


class CreditNoteReady(InvoiceReady):
    """To who has paid, and was refunded."""

    kind: ClassVar[str] = "credit_note_ready"
