"""What can go wrong when a checkout is opened."""

from libs.errors import BadRequest, Conflict, Unavailable


class AlreadyPaid(Conflict):
    """This class is paid for already; it is too early to renew."""

    code = "already_paid"


class CheckoutRefused(Conflict):
    """The payment provider does not take this checkout; begin a new one."""

    code = "checkout_refused"


class ProviderUnavailable(Unavailable):
    """The payment provider cannot be reached for the moment: try again."""

    code = "provider_unavailable"


class SignatureRefused(BadRequest):
    """The payment provider did not sign this, or not within the last five minutes."""

    code = "signature_refused"
