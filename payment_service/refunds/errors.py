"""What can go wrong with refunds."""

from libs.errors import Conflict, NotFound


class RefundNotFound(NotFound):
    """There is no such refund."""

    code = "refund_not_found"


class RefundNotFailed(Conflict):
    """Only a refund that has failed can be tried again, or settled otherwise."""

    code = "refund_not_failed"


class RefundNotCancelable(Conflict):
    """This refund was not made by an admin: the payer has a right to it."""

    code = "refund_not_cancelable"


class RefundRefused(Exception):
    """The provider does not make this refund; a repeat of the same call will not help. `code` is
    Stripe's (https://docs.stripe.com/error-codes), or its kind of error where it gives none.
    """

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)
