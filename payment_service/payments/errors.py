"""What can go wrong with payments."""

from libs.errors import NotFound


class PaymentNotFound(NotFound):
    """There is no such payment, or it is not yours."""

    code = "payment_not_found"
