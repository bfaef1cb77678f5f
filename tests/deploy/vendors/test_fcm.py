"""The real firebase_admin against the FCM stand-in."""

import asyncio
import time
import uuid
from collections.abc import Iterator
from typing import Any

import firebase_admin
import pytest
from firebase_admin import _http_client, credentials, exceptions, messaging
from google.oauth2.credentials import Credentials

from tests.deploy.vendors.running import Stand

# FCM registration tokens are what apps have; firebase_admin 7.7 would rather take `fid`.
pytestmark = pytest.mark.filterwarnings("ignore:Message.token is deprecated:DeprecationWarning")


class LocalCredential(credentials.Base):  # type: ignore[misc]
    """What the gateway uses in local mode: a token that nobody checks."""

    def get_credential(self) -> Credentials:
        """A credential that never asks Google for anything."""
        return Credentials("local")  # type: ignore[no-untyped-call]


@pytest.fixture
def app(stand: Stand, monkeypatch: pytest.MonkeyPatch) -> Iterator[firebase_admin.App]:
    """An app set up as notification_service does, pointed at the stand-in."""
    url = f"{stand.base}/fcm/v1/projects/{{0}}/messages:send"
    monkeypatch.setattr(messaging._MessagingService, "FCM_URL", url)
    app = firebase_admin.initialize_app(
        LocalCredential(), {"projectId": "studyzed-local", "httpTimeout": 10}, uuid.uuid4().hex
    )
    yield app
    firebase_admin.delete_app(app)


def message(token: str, **data: str) -> messaging.Message:
    note = messaging.Notification(title="New task", body="Fractions")
    return messaging.Message(token=token, notification=note, data=data)


async def pushes(stand: Stand, **query: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (
        await stand.http.get(f"{stand.base}/dev/pushes", params=query)
    ).json()
    return found


async def test_push_is_recorded_newest_first(stand: Stand, app: firebase_admin.App) -> None:
    for token, user in (("phone-1", "U1"), ("phone-2", "U2"), ("phone-3", "U1")):
        name = await asyncio.to_thread(
            messaging.send, message(token, user_code=user, kind="task_assigned"), app=app
        )
        assert name.startswith("projects/studyzed-local/messages/")
    assert [push["token"] for push in await pushes(stand)] == ["phone-3", "phone-2", "phone-1"]
    (newest, oldest) = await pushes(stand, user_code="U1")
    assert (newest["token"], oldest["token"]) == ("phone-3", "phone-1")
    assert set(newest) == {"user_code", "token", "title", "body", "data", "at"}
    assert (newest["title"], newest["body"]) == ("New task", "Fractions")
    assert newest["data"] == {"user_code": "U1", "kind": "task_assigned"}
    assert newest["at"].endswith("+00:00")
    assert await pushes(stand, user_code="U3") == []


async def test_unregistered_token(stand: Stand, app: firebase_admin.App) -> None:
    with pytest.raises(messaging.UnregisteredError):
        await asyncio.to_thread(messaging.send, message("phone-UNREG-1"), app=app)
    assert await pushes(stand) == []


async def test_invalid_token(stand: Stand, app: firebase_admin.App) -> None:
    with pytest.raises(exceptions.InvalidArgumentError):
        await asyncio.to_thread(messaging.send, message("phone-INVALID"), app=app)


async def test_payload_above_4096_bytes(stand: Stand, app: firebase_admin.App) -> None:
    with pytest.raises(exceptions.InvalidArgumentError):
        await asyncio.to_thread(messaging.send, message("phone", text="x" * 4096), app=app)


async def test_quota_names_the_time_to_wait(stand: Stand, app: firebase_admin.App) -> None:
    response = await messaging.send_each_async([message("phone-QUOTA")], dry_run=False, app=app)
    error = response.responses[0].exception
    assert isinstance(error, messaging.QuotaExceededError)
    assert error.http_response.headers["retry-after"] == "1"


async def test_many_at_once_tell_the_dead_tokens_apart(
    stand: Stand, app: firebase_admin.App
) -> None:
    batch = [message(token, user_code="U1") for token in ("a", "UNREG", "b")]
    response = await messaging.send_each_async(batch, dry_run=False, app=app)
    assert (response.success_count, response.failure_count) == (2, 1)
    assert isinstance(response.responses[1].exception, messaging.UnregisteredError)
    assert {push["token"] for push in await pushes(stand)} == {"a", "b"}


async def test_dry_run_is_checked_and_not_recorded(stand: Stand, app: firebase_admin.App) -> None:
    await asyncio.to_thread(messaging.send, message("phone"), dry_run=True, app=app)
    assert await pushes(stand) == []


async def test_ordered_failure_is_retried_by_the_sdk(
    stand: Stand, app: firebase_admin.App, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The gateway of notification_service, if it ran in this process, has turned repeats off.
    monkeypatch.setattr(_http_client.DEFAULT_HTTPX_RETRY_CONFIG, "retries_left", 1)
    await stand.http.post(f"{stand.base}/dev/fcm/control", json={"fail_next": 1})
    response = await messaging.send_each_async([message("phone")], dry_run=False, app=app)
    assert [one.exception for one in response.responses] == [None]
    assert [push["token"] for push in await pushes(stand)] == ["phone"]


async def test_call_without_credential_or_sense(stand: Stand) -> None:
    url = f"{stand.base}/fcm/v1/projects/p/messages:send"
    assert (await stand.http.post(url, json={"message": {"token": "a"}})).status_code == 401
    headers = {"Authorization": "Bearer x"}
    for body in (
        b"{",
        b"[]",
        b"{}",
        b'{"message": {}}',
        b'{"message": 1}',
        b'{"message": {"token": 5}}',
        b'{"message": {"token": "a", "topic": "b"}}',
        b'{"message": {"token": "a", "data": ["b"]}}',
        b'{"message": {"token": "a", "data": {"b": 1}}}',
        b'{"message": {"token": "a", "notification": "b"}}',
    ):
        response = await stand.http.post(url, content=body, headers=headers)
        assert (response.status_code, response.json()["error"]["status"]) == (
            400,
            "INVALID_ARGUMENT",
        )


async def test_only_the_newest_thousand_are_kept(stand: Stand) -> None:
    headers = {"Authorization": "Bearer x"}
    url = f"{stand.base}/fcm/v1/projects/p/messages:send"
    started = time.monotonic()
    for number in range(1001):
        body = {"message": {"token": str(number)}}
        await stand.http.post(url, json=body, headers=headers)
    elapsed = time.monotonic() - started
    kept = await pushes(stand)
    assert (len(kept), kept[0]["token"], kept[-1]["token"]) == (1000, "1000", "1")
    # 40 ms per call would mean that Nagle's algorithm is on.
    assert elapsed < 20
