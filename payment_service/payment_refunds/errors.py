"""What can go wrong when an admin gives money back."""

from libs.errors import Conflict, Invalid
from payment_service.invoices.money import shown


class PaymentNotPaid(Conflict):
    """Nothing was paid here, so that nothing can go back."""

    code = "payment_not_paid"


class RefundTooLarge(Conflict):
    """So much is not left of this payment."""

    code = "refund_too_large"

    def __init__(self, left: int = 0, currency: str = "INR") -> None:
        super().__init__(f"Of this payment {shown(left, currency)} can still be given back.")


class WalletOnly(Conflict):
    """This was paid from a wallet, and can go back there only."""

    code = "wallet_only"


class TooManyLines(Invalid):
    """The sum is too small for so many lines: one of them would be of nothing."""

    code = "too_many_lines"
