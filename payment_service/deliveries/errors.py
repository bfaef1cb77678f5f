"""What can go wrong with deliveries of webhooks."""

from libs.errors import Conflict, NotFound


class DeliveryNotFound(NotFound):
    """There is no such delivery at this endpoint, or the endpoint is not yours."""

    code = "webhook_delivery_not_found"


class DeliveryWaiting(Conflict):
    """This delivery has not arrived yet, and is tried again anyway."""

    code = "webhook_delivery_waiting"


class BodyGone(Conflict):
    """What was sent is kept for 30 days, and these are over."""

    code = "webhook_body_gone"
