"""Payment intents and their charges: created, confirmed, declined, cancelled."""

from deploy.local.vendors.stripe import cards
from deploy.local.vendors.stripe.account import Account, new_id, public
from deploy.local.vendors.stripe.errors import Json, StripeError, conflict, invalid
from deploy.local.vendors.stripe.forms import Params

CONFIRMABLE = ("requires_payment_method", "requires_confirmation")
REASONS = ("duplicate", "fraudulent", "requested_by_customer", "abandoned")


def new_intent(account: Account, amount: int, currency: str, **fields: object) -> Json:
    """Store a fresh intent of `amount` minor units."""
    intent_id = new_id("pi")
    intent = {
        "id": intent_id,
        "object": "payment_intent",
        "amount": amount,
        "amount_capturable": 0,
        "amount_received": 0,
        "canceled_at": None,
        "cancellation_reason": None,
        "capture_method": "automatic",
        "client_secret": f"{intent_id}_secret_{new_id('x')[2:]}",
        "confirmation_method": "automatic",
        "created": account.time(),
        "currency": currency,
        "customer": None,
        "description": None,
        "last_payment_error": None,
        "latest_charge": None,
        "livemode": False,
        "metadata": {},
        "next_action": None,
        "payment_method": None,
        "payment_method_types": ["card"],
        "receipt_email": None,
        "status": "requires_payment_method",
        **fields,
    }
    return account.store.put(intent)


def create(account: Account, params: Params) -> Json:
    """`POST /v1/payment_intents`, confirmed at once with `confirm=true`."""
    amount = params.integer("amount", 1)
    if amount is None:
        raise invalid("Missing required param: amount.", "amount", "parameter_missing")
    currency = params.currency()
    fields = {name: params.text(name) for name in ("description", "receipt_email")}
    metadata = params.metadata()
    customer = params.text("customer")
    if customer:
        account.get("customer", customer, "customer")
    method = params.text("payment_method")
    confirm = params.one_of("confirm", ("true", "false")) == "true"
    params.one_of("capture_method", ("automatic", "automatic_async"))
    params.finish("automatic_payment_methods", "payment_method_types", "return_url")
    if confirm and not method:
        raise invalid("You must provide a payment method to confirm.", "payment_method")
    method_id = cards.use(account, method)["id"] if method else None
    intent = new_intent(
        account, amount, currency, metadata=metadata, customer=customer, payment_method=method_id,
        status="requires_confirmation" if method_id else "requires_payment_method", **fields,
    )  # fmt: skip
    account.emit("payment_intent.created", intent)
    return charge(account, intent, str(method_id)) if confirm else intent


def confirm(account: Account, params: Params, intent_id: str) -> Json:
    """`POST /v1/payment_intents/{id}/confirm`; a declined card is a 402 `card_error`."""
    method = params.text("payment_method")
    params.finish("return_url", "off_session", "receipt_email")
    intent = account.get("payment_intent", intent_id, "intent")
    if intent["status"] not in CONFIRMABLE:
        raise _unexpected(intent, "confirm")
    method = method or intent["payment_method"]
    if not method:
        raise _unexpected(intent, "confirm")
    return charge(account, intent, method)


def cancel(account: Account, params: Params, intent_id: str) -> Json:
    """`POST /v1/payment_intents/{id}/cancel`."""
    reason = params.one_of("cancellation_reason", REASONS)
    params.finish()
    return cancel_intent(account, account.get("payment_intent", intent_id, "intent"), reason)


def cancel_intent(account: Account, intent: Json, reason: str | None) -> Json:
    """Cancel an intent that has not succeeded."""
    if intent["status"] not in CONFIRMABLE:
        raise _unexpected(intent, "cancel")
    intent.update(status="canceled", canceled_at=account.time(), cancellation_reason=reason)
    account.store.put(intent)
    account.emit("payment_intent.canceled", intent)
    return intent


def charge(account: Account, intent: Json, method_name: str) -> Json:
    """Try to take the money. Raises the 402 of a declined card, after recording the failure."""
    method = cards.use(account, method_name)
    attempt = _new_charge(account, intent, method)
    intent["latest_charge"] = attempt["id"]
    if method["_decline"]:
        error = _decline(attempt, method)
        intent.update(
            status="requires_payment_method", payment_method=None, last_payment_error=error
        )
        account.store.put(intent)
        account.emit("charge.failed", attempt)
        account.emit("payment_intent.payment_failed", intent)
        fields = {name: value for name, value in error.items() if name not in ("type", "message")}
        raise StripeError(
            402, "card_error", error["message"], executed=True,
            payment_intent=public(intent), **fields,
        )  # fmt: skip
    intent.update(
        status="succeeded",
        amount_received=intent["amount"],
        payment_method=method["id"],
        last_payment_error=None,
    )
    account.store.put(intent)
    account.emit("charge.succeeded", attempt)
    account.emit("payment_intent.succeeded", intent)
    return intent


def _new_charge(account: Account, intent: Json, method: Json) -> Json:
    paid = not method["_decline"]
    return account.store.put(
        {
            "id": new_id("ch"),
            "object": "charge",
            "amount": intent["amount"],
            "amount_captured": intent["amount"] if paid else 0,
            "amount_refunded": 0,
            "balance_transaction": None,
            "captured": paid,
            "created": account.time(),
            "currency": intent["currency"],
            "customer": intent["customer"],
            "description": intent["description"],
            "disputed": False,
            "failure_code": None if paid else "card_declined",
            "failure_message": None if paid else "Your card was declined.",
            "livemode": False,
            "metadata": intent["metadata"],
            "paid": paid,
            "payment_intent": intent["id"],
            "payment_method": method["id"],
            "payment_method_details": {"type": "card", "card": method["card"]},
            "receipt_email": intent["receipt_email"],
            "refunded": False,
            "status": "succeeded" if paid else "failed",
        }
    )


def _decline(attempt: Json, method: Json) -> Json:
    poor = method["_decline"] == "insufficient_funds"
    return {
        "type": "card_error",
        "code": "card_declined",
        "decline_code": method["_decline"],
        "message": "Your card has insufficient funds." if poor else "Your card was declined.",
        "charge": attempt["id"],
        "payment_method": public(method),
    }


def _unexpected(intent: Json, verb: str) -> StripeError:
    message = (
        f"You cannot {verb} this PaymentIntent because it has a status of {intent['status']}. "
        f"Only a PaymentIntent with one of the following statuses may be {verb}ed: "
        f"{', '.join(CONFIRMABLE)}."
    )
    code = "payment_intent_unexpected_state"
    return conflict(message, code, payment_intent=public(intent))
