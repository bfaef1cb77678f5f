"""Refunds: any number of them, never more in sum than was captured."""

from deploy.local.vendors.money import format_amount
from deploy.local.vendors.stripe.account import Account, new_id
from deploy.local.vendors.stripe.errors import Json, conflict, invalid
from deploy.local.vendors.stripe.forms import Params

REASONS = ("duplicate", "fraudulent", "requested_by_customer")
STATUSES = ("succeeded", "pending", "failed")
ENDS = {"pending": ("succeeded", "failed"), "succeeded": ("failed",)}
"""How a refund may go on: a bank may send even a finished one back."""


def create(account: Account, params: Params) -> Json:
    """`POST /v1/refunds` for a payment intent or a charge; without `amount` all that is left."""
    intent_id, charge_id = params.text("payment_intent"), params.text("charge")
    amount = params.integer("amount", 1)
    reason = params.one_of("reason", REASONS)
    metadata = params.metadata()
    params.finish("instructions_email", "refund_application_fee", "reverse_transfer")
    charge = _charge(account, intent_id, charge_id)
    if charge["disputed"]:
        message = f"Charge {charge['id']} has been charged back; cannot issue a refund."
        raise conflict(message, "charge_disputed", charge=charge["id"])
    left = charge["amount_captured"] - charge["amount_refunded"]
    if left == 0:
        message = f"Charge {charge['id']} has already been refunded."
        raise conflict(message, "charge_already_refunded", charge=charge["id"])
    if amount is not None and amount > left:
        asked, rest = (format_amount(each, charge["currency"]) for each in (amount, left))
        message = f"Refund amount ({asked}) is greater than unrefunded amount on charge ({rest})"
        raise conflict(message, param="amount")
    return _refund(account, charge, left if amount is None else amount, reason, metadata)


def _charge(account: Account, intent_id: str | None, charge_id: str | None) -> Json:
    if intent_id is None:
        if charge_id is None:
            message = "One of the following params should be provided for this request: "
            raise invalid(f"{message}payment_intent or charge.", code="parameter_missing")
        charge = account.get("charge", charge_id, "charge")
        if not charge["captured"]:
            raise conflict(f"Charge {charge_id} was not captured, so it cannot be refunded.")
        return charge
    intent = account.get("payment_intent", intent_id, "payment_intent")
    if charge_id is not None and charge_id != intent["latest_charge"]:
        raise invalid("The charge does not belong to this PaymentIntent.", "charge")
    if intent["status"] != "succeeded":
        message = f"This PaymentIntent ({intent_id}) does not have a successful charge to refund."
        raise conflict(message)
    return account.get("charge", intent["latest_charge"], "charge")


def _refund(
    account: Account, charge: Json, amount: int, reason: str | None, metadata: dict[str, str]
) -> Json:
    refund = {
        "id": new_id("re"),
        "object": "refund",
        "amount": amount,
        "balance_transaction": None,
        "charge": charge["id"],
        "created": account.time(),
        "failure_reason": None,
        "currency": charge["currency"],
        "metadata": metadata,
        "payment_intent": charge["payment_intent"],
        "reason": reason,
        "receipt_number": None,
        "status": "succeeded" if account.refunds == "succeeded" else "pending",
    }
    account.store.put(refund)
    charge["amount_refunded"] += amount
    charge["refunded"] = charge["amount_refunded"] == charge["amount_captured"]
    account.store.put(charge)
    account.emit("refund.created", refund)
    account.emit("charge.refunded", charge)
    return end(account, refund, "failed") if account.refunds == "failed" else refund


def end(account: Account, refund: Json, status: str) -> Json:
    """The bank's answer to a refund; what fails is on the charge again. Another end than `ENDS`
    allows changes nothing.
    """
    if status not in ENDS.get(refund["status"], ()):
        return refund
    refund["status"] = status
    if status == "failed":
        refund["failure_reason"] = "expired_or_canceled_card"
        charge = account.get("charge", refund["charge"])
        charge.update(amount_refunded=charge["amount_refunded"] - refund["amount"], refunded=False)
        account.store.put(charge)
    account.store.put(refund)
    account.emit("refund.updated", refund)
    if status == "failed":
        account.emit("refund.failed", refund)
    return refund
