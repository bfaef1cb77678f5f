"""What is sent to Stripe with each call, made of our own orders."""

import math
from datetime import datetime
from typing import Any

from payment_service.checkouts.orders import Order, TopUpOrder
from payment_service.refunds.states import RefundOrder


def window(since: datetime, until: datetime) -> dict[str, Any]:
    """Parameters of a list: what was made in a window, in whole seconds."""
    return {"created": {"gte": int(since.timestamp()), "lt": math.ceil(until.timestamp())}}


def checkout(order: Order | TopUpOrder, success_url: str, cancel_url: str) -> Any:
    """Parameters of a checkout: depend on the order alone, so that a repeat is the same call."""
    price = {
        "currency": order.currency.lower(),
        "unit_amount": order.amount,
        "product_data": {"name": order.description},
    }
    return {
        "mode": "payment",
        "line_items": [{"quantity": 1, "price_data": price}],
        "client_reference_id": str(order.name),
        "metadata": order.reference,
        "payment_intent_data": {"metadata": order.reference},
        "success_url": success_url,
        "cancel_url": cancel_url,
        "expires_at": int(order.expires_at.timestamp()),
    }


def refund(order: RefundOrder) -> Any:
    """Parameters of a refund: depend on its row alone. The sum is named, so that what was refunded
    by hand before makes Stripe refuse it instead of giving back the rest unseen.
    """
    return {
        "payment_intent": order.payment_intent,
        "amount": order.amount,
        "reason": "requested_by_customer",
        "metadata": {"refund_id": str(order.refund_id), "payment_id": str(order.payment_id)},
    }
