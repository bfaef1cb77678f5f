"""Kinds of documents, and what is billed or credited."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from libs import zones
from payment_service.settings import Settings, TaxPart

KEY = "issuer"


class InvoiceKind(StrEnum):
    """A `credit_note` takes an invoice back, in whole or in part: its sums are positive, too."""

    INVOICE = "invoice"
    CREDIT_NOTE = "credit_note"


MARKS = {InvoiceKind.INVOICE: "", InvoiceKind.CREDIT_NOTE: "CN-"}


@dataclass(frozen=True, slots=True)
class Issuer:
    """In whose name documents are issued from now on; each keeps a copy. `code` begins the numbers,
    `zone` (IANA) says on which day and in which year something is issued.
    """

    code: str
    name: str
    address: str
    tax_id: str | None
    zone: str
    tax_parts: tuple[TaxPart, ...]

    def day(self, now: datetime) -> date:
        """The day of an instant where the issuer is."""
        return zones.to_wall(now, self.zone).date()

    def number(self, kind: InvoiceKind, year: int, serial: int) -> str:
        """Such as `SZ-2026-000001` or `SZ-CN-2026-000001`."""
        return f"{self.code}-{MARKS[kind]}{year}-{serial:06d}"


def info(settings: Settings) -> dict[str, Issuer]:
    """What sessions carry so that documents can be issued."""
    issuer = Issuer(
        settings.issuer_code,
        settings.issuer_name,
        settings.issuer_address,
        settings.issuer_tax_id or None,
        settings.issuer_zone,
        settings.tax_parts,
    )
    return {KEY: issuer}


@dataclass(frozen=True, slots=True)
class Item:
    """A line of an invoice or a credit note; `amount` in minor units, taxes included. Below zero it
    is taken off.
    """

    description: str
    amount: int


@dataclass(frozen=True, slots=True)
class Bill:
    """A payment that has become paid; `tutor_id` has paid it. `amount` is in minor units of
    `currency` (ISO 4217), taxes included; it stands in one line, unless `items` make it up.
    """

    payment_id: UUID
    study_session_id: UUID
    tutor_id: UUID
    description: str
    amount: int
    currency: str
    items: tuple[Item, ...] = ()


@dataclass(frozen=True, slots=True)
class Credit:
    """A refund that has succeeded; `amount` is in minor units of the payment's currency. `items`
    make it up, or there is none.
    """

    refund_id: UUID
    payment_id: UUID
    amount: int
    items: tuple[Item, ...] = ()
