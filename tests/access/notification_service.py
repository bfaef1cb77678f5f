"""Rights in notification_service."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from libs.events.message import MessageSent
from libs.ids import new_id
from notification_service.app import create_app
from notification_service.settings import Settings
from tests.access.table import NOBODY, Row, World, mongo_fingerprint, nowhere
from tests.notification_service.world import documents, from_kafka, handle, open_mongo
from tests.stack import Stack, running

CALLERS = {"nobody", "student", "tutor", "admin", "owner"}
"""`owner` has one notification and one device; the others have none. A feed and its devices are
everybody's own: no role sees another's, not even an admin.
"""


def answers(base: int, **others: int) -> dict[str, int]:
    """The same status for everybody, but for nobody (401) and those named."""
    return dict.fromkeys(CALLERS, base) | {"nobody": 401} | others


DEVICE = {"installation_id": "installation-9", "token": "token-number-9", "platform": "ios"}

ROWS = [
    Row("GET", "/v1/notifications", answers(200)),
    Row("GET", "/v1/notifications/unread-count", answers(200)),
    Row("POST", "/v1/notifications/read-all", answers(200)),
    Row("POST", "/v1/notifications/{notification_id}/read", answers(404, owner=200)),
    Row("POST", "/v1/devices", answers(200), body=DEVICE),
    Row("DELETE", "/v1/devices/{installation_id}", answers(404, owner=204)),
]


def app_for_routes() -> FastAPI:
    """The app, for its list of routes only."""
    return create_app(Settings.model_validate(nowhere()))


@asynccontextmanager
async def world(stack: Stack) -> AsyncIterator[World]:
    """A person with one notification and one device."""
    settings = await stack.settings_for(Settings, "notification_service")
    owner = stack.as_user("tutor")
    device = {"installation_id": "installation-1", "token": "token-number-1", "platform": "web"}
    async with open_mongo(settings) as mongo, running(create_app(settings)) as client:
        sent = MessageSent(
            conversation_id=new_id(), message_id=new_id(), sender_id=new_id(),
            recipient_ids=(owner.id,),
        )  # fmt: skip
        await handle(mongo, [from_kafka(sent)])
        answer = await client.post("/v1/devices", headers=owner.headers, json=device)
        assert answer.status_code == 200
        [row] = await documents(mongo, "notifications")
        callers = {role: stack.as_user(role).headers for role in ("student", "tutor", "admin")}
        yield World(
            client=client,
            callers={"nobody": NOBODY, "owner": owner.headers, **callers},
            values={
                "notification_id": row["_id"],
                "installation_id": device["installation_id"],
            },
            fingerprint=lambda: mongo_fingerprint(mongo),
        )
