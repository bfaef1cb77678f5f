"""What the ledger shows, and its job."""

from collections.abc import Sequence
from typing import ClassVar
from uuid import UUID

from libs.jobs import Job
from libs.schemas import Schema


class Drift(Schema):
    """An account whose balance is not the sum of its lines; both in minor units."""

    account_id: UUID
    kind: str
    currency: str
    lines: int
    balance: int


class LedgerCheck(Schema):
    """What a check of the whole ledger has found; `balanced` if it is without fault. At most 100
    faults of each kind are named; `broken` are postings that do not sum to zero.
    """

    balanced: bool
    accounts: int
    postings: int
    drifts: Sequence[Drift]
    broken: Sequence[UUID]


class CheckLedger(Job):
    """Prove that all balances are the sums of their lines."""

    type: ClassVar[str] = "payment.ledger.check"
