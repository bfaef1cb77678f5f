"""Checkout sessions in payment mode: opened by the merchant, paid or declined on the page."""

from deploy.local.vendors.stripe import cards, payments
from deploy.local.vendors.stripe.account import Account, new_id
from deploy.local.vendors.stripe.errors import Json, StripeError, conflict, invalid
from deploy.local.vendors.stripe.forms import MAX_AMOUNT, Params

PAGE = "/dev/stripe/checkout/"
SHORTEST, LONGEST = 30 * 60, 24 * 3600
# Real parameters of Stripe that change nothing here.
IGNORED = (
    "adaptive_pricing", "allow_promotion_codes", "automatic_tax", "billing_address_collection",
    "branding_settings", "consent_collection", "custom_text", "customer_creation",
    "invoice_creation", "locale", "payment_method_options", "payment_method_types",
    "phone_number_collection", "submit_type", "tax_id_collection",
)  # fmt: skip


def create(account: Account, params: Params) -> Json:
    """`POST /v1/checkout/sessions`."""
    if params.need("mode") != "payment":
        raise invalid("Only mode=payment is known here.", "mode")
    params.one_of("ui_mode", ("hosted", "hosted_page"))
    lines = [_line(item) for item in params.items("line_items")]
    success, cancel = params.url("success_url"), params.url("cancel_url")
    if not lines or success is None:
        name = "success_url" if lines else "line_items"
        raise invalid(f"Missing required param: {name}.", name, "parameter_missing")
    total, currency = _total(lines)
    session = _session(account, total, currency)
    session.update(
        success_url=success,
        cancel_url=cancel,
        client_reference_id=params.text("client_reference_id", longest=200),
        expires_at=_expires_at(account, params),
        metadata=params.metadata(),
        _lines=lines,
        _intent=_intent_data(params),
        **_customer(account, params),
    )
    params.finish(*IGNORED)
    return account.store.put(session)


def expire(account: Account, params: Params, session_id: str) -> Json:
    """`POST /v1/checkout/sessions/{id}/expire`, for open sessions only."""
    params.finish()
    session = get(account, session_id)
    if session["status"] != "open":
        raise conflict(
            'Only Checkout Sessions with a status in ["open"] can be expired. '
            f"This Checkout Session has a status of `{session['status']}`."
        )
    return close(account, session)


def get(account: Account, session_id: str) -> Json:
    """The session as of now: one whose time is over is expired first."""
    session = account.get("checkout.session", session_id, "session")
    if session["status"] == "open" and session["expires_at"] <= account.now():
        return close(account, session)
    return session


def close(account: Account, session: Json) -> Json:
    """Expire an open session, and cancel what was tried in it."""
    if session["payment_intent"]:
        intent = account.get("payment_intent", session["payment_intent"])
        payments.cancel_intent(account, intent, "abandoned")
    session.update(status="expired", url=None)
    account.store.put(session)
    account.emit("checkout.session.expired", session)
    return session


def pay(account: Account, session: Json) -> Json:
    """The customer pays an open session; paying a finished one changes nothing."""
    if session["status"] != "open":
        return session
    if session["amount_total"]:
        payments.charge(account, _attempt(account, session), cards.GOOD)
        session["payment_status"] = "paid"
    else:
        session["payment_status"] = "no_payment_required"
    email = session["customer_email"] or "customer@example.com"
    session.update(
        status="complete",
        url=None,
        customer_details={"email": email, "name": None, "phone": None, "address": None},
    )
    account.store.put(session)
    account.emit("checkout.session.completed", session)
    return session


def decline(account: Account, session: Json) -> Json:
    """The customer's card is declined; the session stays open."""
    if session["status"] != "open" or not session["amount_total"]:
        return session
    try:
        payments.charge(account, _attempt(account, session), cards.DECLINED)
    except StripeError as error:
        if error.status != 402:
            raise
    return session


def was_declined(account: Account, session: Json) -> bool:
    """Whether the last try in this session was declined."""
    if session["payment_intent"] is None:
        return False
    intent = account.get("payment_intent", session["payment_intent"])
    return intent["last_payment_error"] is not None


def _attempt(account: Account, session: Json) -> Json:
    if session["payment_intent"]:
        return account.get("payment_intent", session["payment_intent"])
    intent = payments.new_intent(
        account, session["amount_total"], session["currency"],
        customer=session["customer"], **session["_intent"],
    )  # fmt: skip
    session["payment_intent"] = intent["id"]
    account.store.put(session)
    account.emit("payment_intent.created", intent)
    return intent


def _session(account: Account, total: int, currency: str) -> Json:
    session_id = new_id("cs_test")
    return {
        "id": session_id,
        "object": "checkout.session",
        "amount_subtotal": total,
        "amount_total": total,
        "automatic_tax": {"enabled": False, "status": None},
        "created": account.time(),
        "currency": currency,
        "customer_details": None,
        "livemode": False,
        "mode": "payment",
        "payment_intent": None,
        "payment_method_types": ["card"],
        "payment_status": "unpaid",
        "status": "open",
        "total_details": {"amount_discount": 0, "amount_shipping": 0, "amount_tax": 0},
        "ui_mode": "hosted",
        "url": f"{account.public_url}{PAGE}{session_id}",
    }


def _line(item: Params) -> Json:
    quantity = item.integer("quantity", 1, 999_999)
    price, product = item.inner("price_data"), None
    if price is not None:
        product = price.inner("product_data")
    if quantity is None or price is None or product is None:
        name = "quantity" if quantity is None else "price_data[product_data]"
        param = item.full_name(name)
        raise invalid(f"Missing required param: {param}.", param, "parameter_missing")
    amount = price.integer("unit_amount", 0)
    if amount is None:
        param = price.full_name("unit_amount")
        raise invalid(f"Missing required param: {param}.", param, "parameter_missing")
    line = {
        "id": new_id("li"),
        "object": "item",
        "amount_total": amount * quantity,
        "currency": price.currency(),
        "description": product.need("name"),
        "details": product.text("description"),
        "quantity": quantity,
        "unit_amount": amount,
    }
    for part, ignored in ((product, ("images", "metadata")), (price, ("tax_behavior",))):
        part.finish(*ignored)
    item.finish("adjustable_quantity")
    return line


def _total(lines: list[Json]) -> tuple[int, str]:
    currencies = {line["currency"] for line in lines}
    if len(currencies) > 1:
        raise invalid("All line items must have the same currency.", "line_items")
    total = sum(line["amount_total"] for line in lines)
    if total > MAX_AMOUNT:
        raise invalid(f"The total must be at most {MAX_AMOUNT}.", "line_items", "amount_too_large")
    return total, currencies.pop()


def _expires_at(account: Account, params: Params) -> int:
    now = account.time()
    wanted = params.integer("expires_at", 0, 99_999_999_999)
    if wanted is None:
        return now + LONGEST
    if not now + SHORTEST <= wanted <= now + LONGEST:
        message = "`expires_at` must be between 30 minutes and 24 hours from Session creation."
        raise invalid(message, "expires_at")
    return wanted


def _intent_data(params: Params) -> Json:
    data = params.inner("payment_intent_data")
    if data is None:
        return {"metadata": {}}
    fields: Json = {name: data.text(name) for name in ("description", "receipt_email")}
    fields["metadata"] = data.metadata()
    data.finish("statement_descriptor", "statement_descriptor_suffix")
    return fields


def _customer(account: Account, params: Params) -> Json:
    customer, email = params.text("customer"), params.text("customer_email", longest=800)
    if customer and email:
        raise invalid("You may only specify one of: customer, customer_email.", "customer")
    if customer:
        account.get("customer", customer, "customer")
    if email and "@" not in email:
        raise invalid(f"Invalid email address: {email}", "customer_email", "email_invalid")
    return {"customer": customer, "customer_email": email}
