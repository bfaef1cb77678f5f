"""Disputes: opened and decided by a bank, answered with evidence by the merchant.

Sources: https://docs.stripe.com/api/disputes/object and https://docs.stripe.com/disputes.
"""

from deploy.local.vendors.stripe.account import Account, new_id
from deploy.local.vendors.stripe.errors import Json, conflict
from deploy.local.vendors.stripe.forms import Params

DUE_SECONDS = 9 * 86_400
FEE = 15_00
OPEN = ("needs_response", "under_review")
INQUIRIES = ("warning_needs_response", "warning_under_review")
ENDS = {
    **dict.fromkeys(OPEN, ("won", "lost")),
    **dict.fromkeys(INQUIRIES, ("needs_response", "warning_closed")),
    "lost": ("won",),
}
"""How a dispute may go on without the merchant; a bank may give a lost one up late."""
EVIDENCE = ("product_description", "service_documentation", "uncategorized_text")


def begin(account: Account, intent_id: str, *, inquiry: bool, amount: int | None = None) -> Json:
    """The bank asks for an intent's money back; for an inquiry it only asks a question."""
    intent = account.get("payment_intent", intent_id, "intent")
    if intent["status"] != "succeeded":
        raise conflict(f"PaymentIntent {intent_id} took no money that could be disputed.")
    charge = account.get("charge", intent["latest_charge"], "charge")
    dispute = {
        "id": new_id("du"),
        "object": "dispute",
        "amount": amount or charge["amount_captured"],
        "balance_transactions": [],
        "charge": charge["id"],
        "created": account.time(),
        "currency": charge["currency"],
        "evidence": dict.fromkeys(EVIDENCE),
        "evidence_details": {
            "due_by": account.time() + DUE_SECONDS,
            "has_evidence": False,
            "past_due": False,
            "submission_count": 0,
        },
        "is_charge_refundable": inquiry,
        "livemode": False,
        "metadata": {},
        "payment_intent": intent_id,
        "reason": "general",
        "status": INQUIRIES[0] if inquiry else OPEN[0],
    }
    account.store.put(dispute)
    _mark(account, dispute, disputed=not inquiry)
    account.emit("charge.dispute.created", dispute)
    if not inquiry:
        _withdraw(account, dispute)
    return dispute


def end(account: Account, dispute: Json, status: str) -> Json:
    """The bank goes on: it decides, or makes a dispute of an inquiry. Another way than `ENDS`
    allows changes nothing.
    """
    if status not in ENDS.get(dispute["status"], ()):
        return dispute
    dispute["status"] = status
    dispute["is_charge_refundable"] = False
    account.store.put(dispute)
    _mark(account, dispute, disputed=status in (*OPEN, "lost"))
    if status in OPEN:
        account.emit("charge.dispute.updated", dispute)
        _withdraw(account, dispute)
        return dispute
    if status == "won":
        _move(account, dispute, dispute["amount"], 0)
        account.emit("charge.dispute.funds_reinstated", dispute)
    account.emit("charge.dispute.closed", dispute)
    return dispute


def update(account: Account, params: Params, dispute_id: str) -> Json:
    """`POST /v1/disputes/{id}`: evidence, which goes to the bank unless `submit` is false."""
    evidence = params.inner("evidence")
    submit = params.one_of("submit", ("true", "false")) != "false"
    metadata = params.metadata()
    given = {} if evidence is None else {name: evidence.text(name) for name in EVIDENCE}
    if evidence is not None:
        evidence.finish()
    params.finish()
    dispute = account.get("dispute", dispute_id, "dispute")
    if dispute["status"] not in ENDS or dispute["status"] == "lost":
        raise conflict("This dispute is already closed.", "dispute_already_closed")
    dispute["metadata"] |= metadata
    dispute["evidence"] |= {name: text for name, text in given.items() if text}
    details = dispute["evidence_details"]
    details["has_evidence"] = any(dispute["evidence"].values())
    if submit and details["has_evidence"]:
        details["submission_count"] += 1
        warned = dispute["status"] in INQUIRIES
        dispute["status"] = INQUIRIES[1] if warned else OPEN[1]
    account.store.put(dispute)
    account.emit("charge.dispute.updated", dispute)
    return dispute


def _mark(account: Account, dispute: Json, *, disputed: bool) -> None:
    charge = account.get("charge", dispute["charge"])
    account.store.put(charge | {"disputed": disputed})


def _withdraw(account: Account, dispute: Json) -> None:
    _move(account, dispute, -dispute["amount"], FEE)
    account.emit("charge.dispute.funds_withdrawn", dispute)


def _move(account: Account, dispute: Json, amount: int, fee: int) -> None:
    """A line of the merchant's balance (https://docs.stripe.com/api/balance_transactions)."""
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
