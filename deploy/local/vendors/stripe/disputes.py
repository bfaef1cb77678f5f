"""Disputes: opened by a control for tests, answered by evidence, ended as the bank decides.

Shapes and states are Stripe's (docs.stripe.com/api/disputes/object). The money is withdrawn when a
dispute opens and comes back when it is won; an inquiry (`warning_…`) moves none.
"""

from deploy.local.vendors.stripe.account import Account, new_id
from deploy.local.vendors.stripe.errors import Json, conflict, invalid
from deploy.local.vendors.stripe.forms import Params

REASONS = (
    "bank_cannot_process", "check_returned", "credit_not_processed", "customer_initiated",
    "debit_not_authorized", "duplicate", "fraudulent", "general", "incorrect_account_details",
    "insufficient_funds", "product_not_received", "product_unacceptable", "subscription_canceled",
    "unrecognized",
)  # fmt: skip
TEXTS = (
    "access_activity_log", "billing_address", "cancellation_policy_disclosure",
    "cancellation_rebuttal", "customer_email_address", "customer_name", "customer_purchase_ip",
    "duplicate_charge_explanation", "product_description", "refund_policy_disclosure",
    "refund_refusal_explanation", "service_date", "uncategorized_text",
)  # fmt: skip
MOST_EVIDENCE = 150_000
FEE = 1_500
DUE_SECONDS = 7 * 86_400
INQUIRY, ARGUED = "warning_", ("needs_response", "under_review")
ANSWERABLE = ("needs_response", "under_review", "warning_needs_response", "warning_under_review")
ENDS = {
    "won": ARGUED,
    "lost": ARGUED,
    "warning_closed": ("warning_needs_response", "warning_under_review"),
    "needs_response": ("warning_needs_response", "warning_under_review"),
}
"""What a bank may say, and of disputes in which states; an inquiry may become a dispute."""


def open_(
    account: Account, intent_id: str, amount: int | None, reason: str, inquiry: bool = False
) -> Json:
    """A card's holder argues about a paid intent, in whole or about `amount` minor units."""
    intent = account.get("payment_intent", intent_id)
    if reason not in REASONS:
        raise invalid(f"Invalid reason: must be one of {', '.join(REASONS)}", "reason")
    if intent["status"] != "succeeded":
        raise conflict(f"This PaymentIntent ({intent_id}) has no charge to dispute.")
    charge = account.get("charge", intent["latest_charge"])
    if amount is not None and not 0 < amount <= charge["amount_captured"]:
        raise invalid("The amount must be within that of the charge.", "amount")
    dispute = _new(account, charge, amount or charge["amount_captured"], reason)
    dispute["status"] = f"{INQUIRY if inquiry else ''}needs_response"
    dispute["is_charge_refundable"] = inquiry
    account.store.put(dispute)
    account.store.put({**charge, "disputed": True})
    account.emit("charge.dispute.created", dispute)
    return dispute if inquiry else _withdraw(account, dispute)


def update(account: Account, params: Params, dispute_id: str) -> Json:
    """`POST /v1/disputes/{id}`: evidence, sent to the bank unless `submit` is false."""
    metadata = params.metadata()
    submit = params.one_of("submit", ("true", "false")) != "false"
    evidence = params.inner("evidence")
    told = {} if evidence is None else _read(evidence)
    params.finish()
    dispute = account.get("dispute", dispute_id, "dispute")
    if told and dispute["status"] not in ANSWERABLE:
        raise conflict("This dispute is closed, and takes no evidence any more.", param="evidence")
    dispute["evidence"] |= told
    if sum(len(text or "") for text in dispute["evidence"].values()) > MOST_EVIDENCE:
        raise invalid("The combined evidence has more than 150,000 characters.", "evidence")
    dispute["metadata"] |= metadata
    _told(dispute, submitted=submit and bool(told))
    account.store.put(dispute)
    account.emit("charge.dispute.updated", dispute)
    return dispute


def close(account: Account, params: Params, dispute_id: str) -> Json:
    """`POST /v1/disputes/{id}/close`: the merchant gives in."""
    params.finish()
    dispute = account.get("dispute", dispute_id, "dispute")
    if dispute["status"] not in ARGUED:
        raise conflict("This dispute is already closed.")
    return end(account, dispute, "lost")


def end(account: Account, dispute: Json, status: str) -> Json:
    """The bank's word; another than `ENDS` allows changes nothing."""
    if dispute["status"] not in ENDS.get(status, ()):
        return dispute
    dispute["status"] = status
    account.store.put(dispute)
    if status == "needs_response":
        dispute["is_charge_refundable"] = False
        account.emit("charge.dispute.updated", dispute)
        return _withdraw(account, dispute)
    if status == "won":
        _move(account, dispute, dispute["amount"], 0)
    if status != "lost":
        account.store.put({**account.get("charge", dispute["charge"]), "disputed": False})
    account.emit("charge.dispute.closed", dispute)
    if status == "won":
        account.emit("charge.dispute.funds_reinstated", dispute)
    return dispute


def argued(account: Account, charge: Json) -> bool:
    """Whether a charge cannot be refunded because of a dispute that is open or lost."""
    condition: tuple[str, object] = ("json_extract(body, '$.charge') = ?", charge["id"])
    found = account.store.newest("dispute", 100, [condition])
    return any(one["status"] in (*ARGUED, "lost") for one in found)


def _new(account: Account, charge: Json, amount: int, reason: str) -> Json:
    return {
        "id": new_id("du"),
        "object": "dispute",
        "amount": amount,
        "balance_transactions": [],
        "charge": charge["id"],
        "created": account.time(),
        "currency": charge["currency"],
        "evidence": dict.fromkeys(TEXTS),
        "evidence_details": {
            "due_by": account.time() + DUE_SECONDS,
            "has_evidence": False,
            "past_due": False,
            "submission_count": 0,
        },
        "livemode": False,
        "metadata": {},
        "payment_intent": charge["payment_intent"],
        "reason": reason,
    }


def _read(evidence: Params) -> dict[str, str]:
    found = {name: evidence.text(name, longest=MOST_EVIDENCE) for name in TEXTS}
    evidence.finish()
    return {name: text for name, text in found.items() if text is not None}


def _told(dispute: Json, *, submitted: bool) -> None:
    details = dispute["evidence_details"]
    details["has_evidence"] = any(dispute["evidence"].values())
    if not submitted:
        return
    details["submission_count"] += 1
    inquiry = dispute["status"].startswith(INQUIRY)
    dispute["status"] = f"{INQUIRY if inquiry else ''}under_review"


def _withdraw(account: Account, dispute: Json) -> Json:
    _move(account, dispute, -dispute["amount"], FEE)
    account.emit("charge.dispute.funds_withdrawn", dispute)
    return dispute


def _move(account: Account, dispute: Json, amount: int, fee: int) -> None:
    dispute["balance_transactions"].append(
        {
            "id": new_id("txn"),
            "object": "balance_transaction",
            "amount": amount,
            "created": account.time(),
            "currency": dispute["currency"],
            "fee": fee,
            "net": amount - fee,
            "reporting_category": "dispute" if amount < 0 else "dispute_reversal",
            "source": dispute["id"],
            "type": "adjustment",
        }
    )
    account.store.put(dispute)
