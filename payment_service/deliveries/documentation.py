"""The webhooks in the service's OpenAPI document (its `webhooks`, since version 3.1)."""

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Header

from payment_service.deliveries.messages import PING, TOLD, Data, Ping, WebhookBody

router = APIRouter(tags=["webhooks"], generate_unique_id_function=lambda route: route.name)
WebhookId = Annotated[str, Header(description="The same at every try: what to skip repeats by.")]
Timestamp = Annotated[
    int, Header(description="When it was sent, in Unix seconds; refuse old ones.")
]
Signature = Annotated[
    str,
    Header(
        description="`v1,` and HMAC-SHA256 of `webhook-id.webhook-timestamp.body` in base64; after "
        "a change of the secret two of them, with a space between."
    ),
]


def _receiver(kind: str, data: type[Data]) -> Callable[..., Any]:
    def receive(
        body: Any, webhook_id: WebhookId, webhook_timestamp: Timestamp, webhook_signature: Signature
    ) -> None:
        raise NotImplementedError("others answer webhooks")

    receive.__annotations__["body"] = WebhookBody[data]  # type: ignore[valid-type]
    receive.__name__ = "receive_" + kind.replace(".", "_")
    receive.__doc__ = (data.__doc__ or "").strip()
    return receive


for _kind, _data in ((telling.topic.value, telling.data) for telling in TOLD.values()):
    router.post(_kind, status_code=204)(_receiver(_kind, _data))
router.post(PING, status_code=204)(_receiver(PING, Ping))
