"""Events of payment_service about refunds that did not take the straight way."""

from datetime import datetime
from typing import ClassVar

from libs.events.payment import RefundEvent


class RefundMovedToWallet(RefundEvent):
    """Money that did not reach the payer's card is in the payer's wallet."""

    type: ClassVar[str] = "studyzed.refund.moved_to_wallet"

    refunded_at: datetime


class RefundCanceled(RefundEvent):
    """An admin has taken back a refund that had failed: nothing is owed."""

    type: ClassVar[str] = "studyzed.refund.canceled"
