"""What admins send to give money back."""

from typing import Annotated

from pydantic import Field

from libs.schemas import Schema, ShortText
from payment_service.refunds.states import Destination
from payment_service.wallets.schemas import Reason


class RefundLineCreate(Schema):
    """A line of the credit note, which gets of the sum what its weight is of all weights."""

    description: ShortText
    weight: Annotated[int, Field(strict=True, gt=0, le=1_000_000)] = 1


class RefundCreate(Schema):
    """Money of a payment that goes back. `amount` is in minor units, null for all that is left. It
    is split over `lines`, to the unit: what rounding leaves goes to the largest remainders. Without
    a `destination` it goes back to where it came from. The `reason` is kept, and told to nobody.
    """

    amount: Annotated[int, Field(strict=True, gt=0, lt=2**53)] | None = None
    lines: Annotated[list[RefundLineCreate], Field(max_length=20, default_factory=list)]
    reason: Reason
    destination: Destination | None = None
