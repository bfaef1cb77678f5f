"""What reports show."""

from collections.abc import Sequence
from datetime import date

from libs.schemas import Schema


class RevenueOut(Schema):
    """What was earned in one currency (ISO 4217) from the day `since` on and before `until`, in
    minor units and without taxes. `sales` minus `refunds` plus `other` is `net`, and `opening` plus
    `net` is `closing`. A refund counts where it was decided, whenever its sale was; one that is
    taken back counts against it where that happens.
    """

    since: date
    until: date
    currency: str
    opening: int
    sales: int
    refunds: int
    other: int
    net: int
    closing: int


class RevenueReport(Schema):
    """Revenue by period and currency; days are those of `zone`."""

    zone: str
    periods: Sequence[RevenueOut]
