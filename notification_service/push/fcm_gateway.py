"""Firebase Cloud Messaging (HTTP v1) through `firebase_admin`: the only place that imports it.

`firebase_admin` 7.7 knows no setting for FCM's address. A stand-in's address is put into a private
class attribute before the service object is made, and the SDK's own repeats (four within seven
seconds, each of which could reach the phone) are switched off: our job repeats instead, and writes
each time down. A test pins these names to the installed version.
"""

import asyncio
import json
from typing import Any

from pydantic import SecretStr

from libs.crashpoint import reach
from libs.ids import new_id
from notification_service.push.errors import (
    ProviderBusy,
    ProviderSilent,
    PushRefused,
    TokenGone,
)
from notification_service.push.models import Push

TIMEOUT_SECONDS = 10
ORIGIN = "https://fcm.googleapis.com"
PATH = "/v1/projects/{0}/messages:send"
BUSY = frozenset({401, 403, 404, 408, 429})
"""Statuses besides 5xx that say nothing against the message: trying again may help (401, 403 and a
plain 404 are ours to mend: credentials, rights, project).
"""


class FcmGateway:
    """Sends pushes. It stays with the event loop on which it is first used."""

    def __init__(self, project: str, url: str, credentials: SecretStr | None) -> None:
        self._project = project
        self._url = url
        self._credentials = credentials
        self._app: Any = None

    async def send(self, push: Push) -> str:
        """Sends a push; returns FCM's name of the message.

        Raises `TokenGone`, `PushRefused`, `ProviderBusy` or `ProviderSilent`.
        """
        from firebase_admin import exceptions, messaging  # noqa: PLC0415  (heavy: jobs only)

        app = self._opened()
        try:
            await reach("fcm.before_send")
            batch = await messaging.send_each_async([_message(push)], app=app)
            await reach("fcm.after_send")
        except exceptions.FirebaseError as error:  # nothing left for FCM: credentials, for example
            raise ProviderBusy(type(error).__name__) from error
        [answer] = batch.responses
        if answer.exception is not None:
            raise _meaning(answer.exception) from answer.exception
        return str(answer.message_id)

    async def close(self) -> None:
        """Closes the connections, if any."""
        if self._app is None:
            return
        import firebase_admin  # noqa: PLC0415
        from firebase_admin import messaging  # noqa: PLC0415

        app, self._app = self._app, None
        await messaging._get_messaging_service(app)._async_client.aclose()
        await asyncio.to_thread(firebase_admin.delete_app, app)  # it calls asyncio.run

    def _opened(self) -> Any:
        if self._app is None:
            import firebase_admin  # noqa: PLC0415
            from firebase_admin import _http_client, messaging  # noqa: PLC0415

            messaging._MessagingService.FCM_URL = (self._url.rstrip("/") or ORIGIN) + PATH
            _http_client.DEFAULT_HTTPX_RETRY_CONFIG.retries_left = 0
            options = {"projectId": self._project, "httpTimeout": TIMEOUT_SECONDS}
            app = firebase_admin.initialize_app(self._credential(), options, name=str(new_id()))
            messaging._get_messaging_service(app)
            self._app = app
        return self._app

    def _credential(self) -> Any:
        from firebase_admin import credentials  # noqa: PLC0415
        from google.oauth2.credentials import Credentials  # noqa: PLC0415

        class StandIn(credentials.Base):  # type: ignore[misc]  # firebase_admin ships no types
            def get_credential(self) -> Credentials:
                return Credentials("stand-in")  # type: ignore[no-untyped-call]

        if self._url:
            return StandIn()
        if self._credentials is None:
            raise ProviderBusy("neither fcm_url nor fcm_credentials is set")
        return credentials.Certificate(json.loads(self._credentials.get_secret_value()))


def _message(push: Push) -> Any:
    """FCM's message. A repeat takes the place of the first on the screen by its tag (Android, web)
    or `apns-collapse-id`. Not by `collapse_key`: FCM keeps four of those for a phone that is off,
    and would lose all other notifications.
    """
    from firebase_admin import messaging  # noqa: PLC0415

    tag = push.collapse_id
    message = messaging.Message(
        notification=messaging.Notification(title=push.title, body=push.body),
        data=push.data,
        android=messaging.AndroidConfig(notification=messaging.AndroidNotification(tag=tag)),
        apns=messaging.APNSConfig(headers={"apns-collapse-id": tag}),
        webpush=messaging.WebpushConfig(notification=messaging.WebpushNotification(tag=tag)),
    )
    message.token = push.token  # the constructor warns: 7.7 prefers installation ids
    return message


def _meaning(error: Any) -> Exception:
    """What FCM's refusal means for us."""
    from firebase_admin import exceptions, messaging  # noqa: PLC0415

    name = type(error).__name__
    if isinstance(error, (messaging.UnregisteredError, messaging.SenderIdMismatchError)):
        return TokenGone(name)
    if isinstance(error, exceptions.InvalidArgumentError) and "token" in str(error).lower():
        return TokenGone(name)  # other invalid arguments are faults of ours: no device goes for it
    if error.http_response is not None:
        status = error.http_response.status_code
        return ProviderBusy(name) if status >= 500 or status in BUSY else PushRefused(name)
    return ProviderBusy(name) if _never_left(error.cause) else ProviderSilent(name)


def _never_left(cause: Exception | None) -> bool:
    """Whether the request cannot have reached the provider."""
    import httpx  # noqa: PLC0415

    return isinstance(cause, (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout))
