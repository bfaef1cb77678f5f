"""Stripe's webhooks over HTTP."""

from fastapi import APIRouter, Request

from libs.errors import problems
from payment_service.checkouts.errors import SignatureRefused
from payment_service.webhooks import service
from payment_service.webhooks.errors import WebhookMalformed, WebhookTooLarge
from payment_service.webhooks.schemas import Received

router = APIRouter(prefix="/v1/stripe/webhooks", tags=["webhooks"])


@router.post("", responses=problems(SignatureRefused, WebhookMalformed, WebhookTooLarge))
async def receive_stripe_webhook(request: Request) -> Received:
    """Takes a signed event from Stripe. Any answer but 2xx makes Stripe send it again."""
    parts, signature = request.app.state.resources, request.headers.get("stripe-signature", "")
    await service.receive(parts.database, parts.gateway, await request.body(), signature)
    return Received()
