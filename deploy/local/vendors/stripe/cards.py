"""Stripe's test cards (docs.stripe.com/testing): which of them are declined, and how."""

from deploy.local.vendors.stripe.account import Account, new_id
from deploy.local.vendors.stripe.errors import Json, invalid, missing
from deploy.local.vendors.stripe.forms import Params

GOOD = "pm_card_visa"
DECLINED = "pm_card_chargeDeclined"
_TOKENS: dict[str, tuple[str, str, str | None]] = {
    GOOD: ("visa", "4242", None),
    "pm_card_mastercard": ("mastercard", "4444", None),
    DECLINED: ("visa", "0002", "generic_decline"),
    "pm_card_chargeDeclinedInsufficientFunds": ("visa", "9995", "insufficient_funds"),
}
_NUMBERS = {
    "4242424242424242": GOOD,
    "5555555555554444": "pm_card_mastercard",
    "4000000000000002": DECLINED,
    "4000000000009995": "pm_card_chargeDeclinedInsufficientFunds",
}


def use(account: Account, name: str) -> Json:
    """The payment method `name`: an id, or one of Stripe's shared test tokens, made into one."""
    if name in _TOKENS:
        return _make(account, name)
    if (found := account.store.find("payment_method", name)) is None:
        raise missing("PaymentMethod", name, "payment_method")
    return found


def create(account: Account, params: Params) -> Json:
    """`POST /v1/payment_methods` for cards; only Stripe's test numbers are known."""
    params.one_of("type", ("card",))
    card = params.inner("card")
    if card is None:
        raise invalid("Missing required param: card.", "card", "parameter_missing")
    number = card.need("number").replace(" ", "")
    params.finish("billing_details", "metadata")
    if number not in _NUMBERS:
        raise invalid("This is not one of the test cards known here.", "card[number]")
    return _make(account, _NUMBERS[number])


def attach(account: Account, params: Params, method_id: str) -> Json:
    """`POST /v1/payment_methods/{id}/attach`."""
    customer = account.get("customer", params.need("customer"), "customer")
    params.finish()
    method = account.get("payment_method", method_id)
    return account.store.put({**method, "customer": customer["id"]})


def _make(account: Account, token: str) -> Json:
    brand, last4, decline = _TOKENS[token]
    card = {"brand": brand, "last4": last4, "exp_month": 12, "exp_year": 2034, "country": "US"}
    return account.store.put(
        {
            "id": new_id("pm"),
            "object": "payment_method",
            "billing_details": {"address": None, "email": None, "name": None, "phone": None},
            "card": card,
            "created": account.time(),
            "customer": None,
            "livemode": False,
            "metadata": {},
            "type": "card",
            "_decline": decline,
        }
    )
