"""What can go wrong when a checkout is opened."""

from libs.errors import BadRequest, Conflict, Unavailable


class AlreadyPaid(Conflict):
    """This class is paid for already; it is too early to renew."""

    code = "already_paid"


class EvidenceRefused(Exception):
    """Stripe does not take this evidence; a repeat of the same call will not help. `code` is its
    (https://docs.stripe.com/error-codes), or its kind of error where it gives none.
    """

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


class CheckoutRefused(Conflict):
    """The payment provider does not take this checkout; begin a new one."""

    code = "checkout_refused"


class ProviderUnavailable(Unavailable):
    """The payment provider cannot be reached for the moment: try again."""

    code = "provider_unavailable"


class SignatureRefused(BadRequest):
    """The payment provider did not sign this, or not within the last five minutes."""

    code = "signature_refused"
