"""What can go wrong with webhooks."""

from libs.errors import BadRequest, TooLarge


class WebhookMalformed(BadRequest):
    """This is signed, but not an event of the payment provider."""

    code = "webhook_malformed"


class WebhookTooLarge(TooLarge):
    """No webhook of the payment provider is as large as this."""

    code = "webhook_too_large"
