"""FCM's `messages:send` (HTTP v1), as `firebase_admin` 7.7 calls it, and the list of pushes.

Tokens that contain one of three words are refused as FCM would: `UNREG` 404 UNREGISTERED,
`INVALID` 400 INVALID_ARGUMENT, `QUOTA` 429 QUOTA_EXCEEDED with `Retry-After` in seconds.
"""

import json
import secrets
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from deploy.local.vendors.faults import Faults, control

KEPT = 1000
LARGEST_PAYLOAD = 4096
RETRY_AFTER_SECONDS = "1"
ERROR_TYPE = "type.googleapis.com/google.firebase.fcm.v1.FcmError"
TARGETS = ("token", "fid", "topic", "condition")


@dataclass
class Fcm:
    """`now` gives Unix time in seconds. Pushes are kept in memory, the newest thousand."""

    now: Callable[[], float]
    faults: Faults = field(default_factory=Faults)
    pushes: deque[dict[str, Any]] = field(default_factory=lambda: deque(maxlen=KEPT))

    def routes(self) -> list[Route]:
        """For the process's application."""
        return [
            Route("/fcm/v1/projects/{project}/messages:send", self.send, methods=["POST"]),
            Route("/dev/pushes", self.list_pushes, methods=["GET"]),
            Route("/dev/fcm/control", self.control, methods=["GET", "POST"]),
        ]

    async def control(self, request: Request) -> Response:
        """Tell or set the faults of this stand-in."""
        return await control(self.faults, request)

    async def send(self, request: Request) -> Response:
        """Take one message; a dry run (`validate_only`) is checked and not recorded."""
        if not request.headers.get("authorization", "").startswith("Bearer "):
            return _error(401, "UNAUTHENTICATED", "Request is missing a valid credential.")
        await self.faults.wait()
        if self.faults.take("fail_next"):
            return _error(503, "UNAVAILABLE", "A fault was ordered.", "UNAVAILABLE")
        try:
            body = await request.json()
            message = body["message"]
            targets = [name for name in TARGETS if message.get(name)]
        except (ValueError, KeyError, TypeError, AttributeError):
            return _error(400, "INVALID_ARGUMENT", "Invalid JSON payload.", "INVALID_ARGUMENT")
        if refusal := _refusal(message, targets):
            return refusal
        if not body.get("validate_only"):
            self._record(message, targets[0])
        if self.faults.take("lose_next"):
            return _error(503, "UNAVAILABLE", "A fault was ordered.", "UNAVAILABLE")
        project = request.path_params["project"]
        return JSONResponse({"name": f"projects/{project}/messages/0:{secrets.token_hex(8)}"})

    async def list_pushes(self, request: Request) -> Response:
        """Recorded pushes, newest first, of one user or of all."""
        wanted = request.query_params.get("user_code")
        found = [push for push in self.pushes if wanted is None or push["user_code"] == wanted]
        return JSONResponse(found[::-1])

    def _record(self, message: dict[str, Any], target: str) -> None:
        notification, data = message.get("notification") or {}, message.get("data") or {}
        self.pushes.append(
            {
                "user_code": data.get("user_code"),
                "token": message[target],
                "title": notification.get("title"),
                "body": notification.get("body"),
                "data": data,
                "at": datetime.fromtimestamp(self.now(), UTC).isoformat(),
            }
        )


def _refusal(message: dict[str, Any], targets: list[str]) -> Response | None:
    if len(targets) != 1 or not isinstance(message[targets[0]], str):
        text = "Recipient of the message is not set."
        return _error(400, "INVALID_ARGUMENT", text, "INVALID_ARGUMENT")
    data = message.get("data") or {}
    note = message.get("notification") or {}
    plain = isinstance(data, dict) and isinstance(note, dict)
    if not plain or not all(isinstance(value, str) for value in data.values()):
        text = "Invalid value at 'message.data': values must be strings."
        return _error(400, "INVALID_ARGUMENT", text, "INVALID_ARGUMENT")
    if len(json.dumps([data, note]).encode()) > LARGEST_PAYLOAD:
        text = "Android message is too big"
        return _error(400, "INVALID_ARGUMENT", text, "INVALID_ARGUMENT")
    token = message[targets[0]]
    if "UNREG" in token:
        return _error(404, "NOT_FOUND", "Requested entity was not found.", "UNREGISTERED")
    if "INVALID" in token:
        text = "The registration token is not a valid FCM registration token"
        return _error(400, "INVALID_ARGUMENT", text, "INVALID_ARGUMENT")
    if "QUOTA" in token:
        text = "Quota exceeded for quota metric 'Messages sent'."
        refusal = _error(429, "RESOURCE_EXHAUSTED", text, "QUOTA_EXCEEDED")
        refusal.headers["Retry-After"] = RETRY_AFTER_SECONDS
        return refusal
    return None


def _error(status: int, name: str, message: str, code: str = "") -> Response:
    error: dict[str, Any] = {"code": status, "message": message, "status": name}
    if code:
        error["details"] = [{"@type": ERROR_TYPE, "errorCode": code}]
    return JSONResponse({"error": error}, status_code=status)
