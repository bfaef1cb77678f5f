"""What clients send and get about invoices, and the job that makes their PDFs."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import Field, StringConstraints

from libs.jobs import Job
from libs.schemas import PLAIN, Schema, ShortText
from payment_service.invoices.states import InvoiceKind

Address = Annotated[str, StringConstraints(max_length=500, pattern=PLAIN)]
Country = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]
TaxId = Annotated[str, StringConstraints(pattern=r"^[A-Z0-9][A-Z0-9 ./-]{2,30}[A-Z0-9]$")]


class BillingDetailsUpdate(Schema):
    """Whom invoices are made out to. `country` is ISO 3166-1's code of two letters, `tax_id` the
    tax authority's number in capital letters, such as an Indian GSTIN or a VAT id.
    """

    name: ShortText
    address: Address = ""
    country: Country | None = None
    tax_id: TaxId | None = None


class BillingDetailsOut(BillingDetailsUpdate):
    """Whom one's next invoices are made out to; issued ones keep what they say."""

    updated_at: datetime


class InvoiceSummaryOut(Schema):
    """An invoice, or a `credit_note`, which takes back the invoice `corrects_id`. Sums are in minor
    units of `currency` (ISO 4217); `issued_on` is the issuer's day.
    """

    id: UUID
    number: str
    kind: InvoiceKind
    corrects_id: UUID | None
    payment_id: UUID
    refund_id: UUID | None
    study_session_id: UUID
    currency: str
    net: int
    tax: int
    total: int
    issued_on: date
    issued_at: datetime


class InvoiceAdminOut(InvoiceSummaryOut):
    """An invoice as admins see it."""

    tutor_id: UUID


class IssuerOut(Schema):
    """Who issued it."""

    name: str
    address: str
    tax_id: str | None


class CustomerOut(Schema):
    """Whom it is made out to, as far as billing details were given by then."""

    account_id: UUID
    name: str | None
    address: str | None
    country: str | None
    tax_id: str | None


class TaxOut(Schema):
    """One tax in a line: `amount` minor units, which is `rounding` minor units more than exactly
    `percent` of the net price.
    """

    name: str
    percent: Decimal
    amount: int
    rounding: Decimal


class LineOut(Schema):
    """What is billed or credited: `amount` is `net` and the taxes, exactly."""

    description: str
    net: int
    amount: int
    taxes: list[TaxOut]


class InvoiceOut(InvoiceSummaryOut):
    """A whole invoice: its PDF is made from just this."""

    corrects_number: str | None
    issuer: IssuerOut
    customer: CustomerOut
    lines: list[LineOut] = Field(min_length=1)


class InvoicePdfOut(Schema):
    """Where the PDF can be fetched, without any token, until `expires_at`."""

    url: str
    expires_at: datetime
    sha256: str


class DrawInvoice(Job):
    """Make the PDF of an invoice."""

    type: ClassVar[str] = "payment.invoices.draw"

    invoice_id: UUID
