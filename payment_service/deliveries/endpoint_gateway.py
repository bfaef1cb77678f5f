"""People's own servers, called over HTTP: whatever they are, they cannot harm us.

The host is looked up again for each call, and the call goes to the address that was checked; the
certificate is still that of the host's name. No redirect is followed, no proxy asked, no connection
used twice, and nothing but the head of an answer is read.
"""

import asyncio
import ssl
from dataclasses import dataclass

import httpx

from libs.crashpoint import reach
from payment_service.deliveries.schemas import Failure
from payment_service.endpoints import addresses
from payment_service.endpoints.addresses import Resolve
from payment_service.endpoints.errors import AddressRefused, AddressUnknown
from payment_service.settings import Settings

HEAD = {"content-type": "application/json", "user-agent": "StudyZed-Webhooks/1"}


@dataclass(frozen=True, slots=True)
class Answer:
    """How a call went: a status, or why there is none."""

    status_code: int | None
    failure: Failure | None


class EndpointGateway:
    """Makes the calls. It stays with the event loop on which it is first used."""

    def __init__(
        self,
        settings: Settings,
        look_up: Resolve = addresses.resolve,
        trust: ssl.SSLContext | None = None,
    ) -> None:
        """`trust` says which certificates are accepted; by default those of the public."""
        self._private = settings.webhook_private_allowed
        self._seconds = settings.webhook_timeout
        self._look_up = look_up
        self._client = httpx.AsyncClient(
            verify=trust or httpx.create_ssl_context(),
            trust_env=False,
            follow_redirects=False,
            timeout=self._seconds,
            limits=httpx.Limits(max_keepalive_connections=0),
        )

    async def send(self, url: str, body: str, headers: dict[str, str]) -> Answer:
        """Posts a body; never raises for what the other side does. All of it takes at most the
        settings' `webhook_timeout` seconds.
        """
        await reach("deliveries.before_send")
        try:
            async with asyncio.timeout(self._seconds):
                address = await addresses.choose(url, self._look_up, private=self._private)
                request = self._request(url, address, body, headers)
                response = await self._client.send(request, stream=True)
                await response.aclose()
            answer = Answer(response.status_code, _of_status(response.status_code))
        except (AddressUnknown, AddressRefused, httpx.HTTPError, OSError) as error:
            answer = Answer(None, _meaning(error))
        await reach("deliveries.after_send")
        return answer

    async def close(self) -> None:
        """Closes the connections, if any."""
        await self._client.aclose()

    def _request(self, url: str, address: str, body: str, headers: dict[str, str]) -> httpx.Request:
        """A request to an address that asks for, and expects, the URL's own host."""
        parsed = httpx.URL(url)
        return self._client.build_request(
            "POST",
            parsed.copy_with(host=address),
            content=body.encode(),
            headers={**HEAD, **headers, "host": parsed.netloc.decode()},
            extensions={"sni_hostname": parsed.host},
        )


def _of_status(status_code: int) -> Failure | None:
    return None if 200 <= status_code < 300 else Failure.STATUS


def _meaning(error: Exception) -> Failure:
    match error:
        case AddressUnknown():
            return Failure.UNKNOWN_HOST
        case AddressRefused():
            return Failure.PRIVATE_ADDRESS
        case TimeoutError() | httpx.TimeoutException():
            return Failure.TIMEOUT
        case httpx.ConnectError() if _by_tls(error):
            return Failure.TLS
        case httpx.ProtocolError():
            return Failure.PROTOCOL
    return Failure.CONNECTION


def _by_tls(error: BaseException) -> bool:
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLError):
            return True
        cause = cause.__cause__ or cause.__context__
    return False
