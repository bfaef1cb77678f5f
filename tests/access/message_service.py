"""Rights in message_service."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from libs.ids import new_id
from message_service.app import create_app
from message_service.contacts.repository import pair
from message_service.conversations.repository import open_pair
from message_service.messages.models import Draft
from message_service.moderation.schemas import ReportCreate, ReportReason
from message_service.moderation.service import report
from message_service.settings import Settings
from tests.access.table import NOBODY, Row, World, mongo_fingerprint, nowhere
from tests.stack import Stack, running

CALLERS = {"nobody", "student", "tutor", "admin", "member", "other_member"}
"""`member` and `other_member` share a class and a conversation; the others share nothing with them.
Not even an admin reads what people write to each other.
"""
EVERYBODY = dict.fromkeys(CALLERS, 200) | {"nobody": 401}
MEMBERS = dict.fromkeys(CALLERS, 404) | {"nobody": 401, "member": 200, "other_member": 200}
AUTHORS = MEMBERS | {"other_member": 403}
"""`member` has written the message."""
MODERATORS = MEMBERS | {"member": 403, "other_member": 403}
"""Nobody moderates a conversation of two."""
ADMINS = dict.fromkeys(CALLERS, 403) | {"nobody": 401, "admin": 200}
RESOLVED = {"upheld": True, "reason": "x"}
SENT = MEMBERS | {"member": 201, "other_member": 201}
ONE = "/v1/conversations/{conversation_id}"

ROWS = [
    Row("GET", "/v1/conversations", EVERYBODY),
    Row(
        "POST",
        "/v1/conversations",
        MEMBERS | {"other_member": 404},  # nobody talks to themselves
        body={"account_id": "{other_member_id}"},
    ),
    Row("GET", ONE, MEMBERS),
    Row("PUT", ONE + "/read", MEMBERS, body={"read_up_to": 1}),
    Row("GET", ONE + "/receipts", MEMBERS),
    Row("GET", ONE + "/changes", MEMBERS),
    Row("GET", ONE + "/members", MEMBERS),
    Row("GET", ONE + "/messages", MEMBERS),
    Row("GET", ONE + "/messages/{seq}", MEMBERS),
    Row("PATCH", ONE + "/messages/{seq}", AUTHORS, body={"body": "Hallo"}, seen=True),
    Row("GET", ONE + "/messages/{seq}/edits", AUTHORS, seen=True),
    Row("GET", ONE + "/messages/{seq}/reactions", MEMBERS),
    Row("PUT", ONE + "/messages/{seq}/reactions/{emoji}", MEMBERS),
    Row("DELETE", ONE + "/messages/{seq}/reactions/{emoji}", MEMBERS),
    Row("DELETE", ONE + "/messages/{seq}", AUTHORS, seen=True),
    Row("POST", ONE + "/messages/{seq}/reports", SENT, body={"reason": "spam"}),
    Row("PUT", ONE + "/freeze", MODERATORS, body={"reason": "x"}, seen=True),
    Row("DELETE", ONE + "/freeze", MODERATORS, seen=True),
    Row("GET", ONE + "/mutes", MODERATORS, seen=True),
    Row(
        "PUT",
        ONE + "/mutes/{account_id}",
        MODERATORS,
        body={"reason": "x", "seconds": 60},
        seen=True,
    ),
    Row("DELETE", ONE + "/mutes/{account_id}", MODERATORS, seen=True),
    Row("POST", ONE + "/messages/{seq}/removal", MODERATORS, body={"reason": "x"}, seen=True),
    Row("GET", ONE + "/reports", MODERATORS, seen=True),
    Row("POST", ONE + "/reports/{report_id}/resolution", MODERATORS, body=RESOLVED, seen=True),
    Row("GET", ONE + "/moderation-log", MODERATORS, seen=True),
    Row("GET", "/v1/message-reports", ADMINS, own_login=True),
    Row(
        "POST", "/v1/message-reports/{report_id}/resolution", ADMINS, body=RESOLVED, own_login=True
    ),
    Row("GET", "/v1/chat-preferences", EVERYBODY),
    Row("PATCH", "/v1/chat-preferences", EVERYBODY, body={"receipts": False}),
    Row(
        "POST",
        ONE + "/messages",
        SENT,
        body={"client_msg_id": "01a2052a-1118-75a1-a6da-c8d5bcf22222", "body": "Hello"},
    ),
]


def app_for_routes() -> FastAPI:
    """The app, for its list of routes only."""
    return create_app(Settings.model_validate(nowhere()))


@asynccontextmanager
async def world(stack: Stack) -> AsyncIterator[World]:
    """A conversation with one message."""
    settings = await stack.settings_for(Settings, "message_service")
    app = create_app(settings)
    async with running(app) as client:
        parts = app.state.resources
        tutor, student = stack.as_user("tutor"), stack.as_user("student")
        row = {"_id": new_id(), "pair": pair(tutor.id, student.id), "revision": 1}
        await parts.mongo.database["entitlements"].insert_one(row)
        async with parts.mongo.reads() as session:
            found = await open_pair(session, tutor.id, student.id, parts.clock.now())
        await parts.sender.send(Draft(found.id, tutor.id, new_id(), "Hello", ""))
        spam = ReportCreate(reason=ReportReason.SPAM)
        reported = await report(parts.mongo, student.id, found.id, 1, spam)
        callers = {role: stack.as_user(role).headers for role in ("student", "tutor", "admin")}
        members = {"member": tutor.headers, "other_member": student.headers}
        yield World(
            client,
            {"nobody": NOBODY} | callers | members,
            {
                "conversation_id": found.id,
                "other_member_id": student.id,
                "seq": 1,
                "emoji": "✅",
                "report_id": reported.id,
                "account_id": student.id,
            },
            lambda: mongo_fingerprint(parts.mongo),
        )
