"""What can go wrong with payments."""

from libs.errors import Conflict, NotFound


class PaymentNotFound(NotFound):
    """There is no such payment, or it is not yours."""

    code = "payment_not_found"


class PaymentDisputed(Conflict):
    """The payer's bank has taken this money back: as long as that stands, it is not given back
    here, too.
    """

    code = "payment_disputed"
