"""Where webhooks may be sent: to addresses of the public internet alone, whatever a name resolves
to, so that nobody reaches our own network through us
(https://cheatsheetseries.owasp.org/cheatsheets/Server_Side_Request_Forgery_Prevention_Cheat_Sheet.html).

A name is looked up when an endpoint is registered and again before each call, and that call goes to
the very address that was checked: a name that resolves to something else a moment later gains
nothing.
"""

import asyncio
import re
import socket
from collections.abc import Awaitable, Callable, Sequence
from ipaddress import IPv6Address, ip_address, ip_network

import httpx

from payment_service.endpoints.errors import AddressRefused, AddressUnknown, UrlRefused

LOOKUP_SECONDS = 5.0
FORM = re.compile(
    r"(?P<scheme>https?)://(?:[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?|\[[0-9A-Fa-f:.]{2,45}\])"
    r"(?::[0-9]{1,5})?(?:/[A-Za-z0-9._~!$&'()*+,;=:@%/-]*)?(?:\?[A-Za-z0-9._~!$&'()*+,;=:@%/?-]*)?"
)
"""So plain that all parsers agree about it: no user, no fragment, names in ASCII (RFC 3986)."""
GLOBAL_UNICAST = ip_network("2000::/3")
"""All that IANA has given out of IPv6; the rest holds, among others, IPv4 behind NAT64."""

Resolve = Callable[[str, int], Awaitable[Sequence[str]]]
"""Gives the addresses of a host and port. Raises `AddressUnknown`."""


async def resolve(host: str, port: int) -> Sequence[str]:
    """All addresses of a host. Raises `AddressUnknown`."""
    loop = asyncio.get_running_loop()
    try:
        found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise AddressUnknown from error
    return list(dict.fromkeys(str(one[4][0]) for one in found))


def is_public(address: str) -> bool:
    """Whether an address (without a zone) is of the public internet, and no other network hides in
    it.
    """
    try:
        found = ip_address(address)
    except ValueError:
        return False
    if isinstance(found, IPv6Address):
        if found.ipv4_mapped is not None:
            return is_public(str(found.ipv4_mapped))
        if found not in GLOBAL_UNICAST or found.sixtofour or found.teredo:
            return False
    return found.is_global and not found.is_multicast


async def choose(url: str, resolve: Resolve, *, private: bool) -> str:
    """The address to call for a URL of ours. `private` allows our own network, for local use.

    Raises `AddressUnknown`, or `AddressRefused` if any of the host's addresses is not public.
    """
    parsed = httpx.URL(url)
    found = await resolve(parsed.host, port_of(parsed))
    if not found:
        raise AddressUnknown
    if not private and not all(is_public(one) for one in found):
        raise AddressRefused
    return found[0]


def port_of(url: httpx.URL) -> int:
    """The port of a URL, also where it is not written."""
    return url.port or (443 if url.scheme == "https" else 80)


async def check(url: str, *, private: bool, look_up: Resolve = resolve) -> None:
    """Looks a new endpoint's address up. Raises `UrlRefused`."""
    found = FORM.fullmatch(url)
    if found is None:
        raise UrlRefused("Not a plain https address.")
    if not private and found["scheme"] != "https":
        raise UrlRefused("Only https.")
    try:
        async with asyncio.timeout(LOOKUP_SECONDS):
            await choose(url, look_up, private=private)
    except (AddressUnknown, TimeoutError, httpx.InvalidURL):
        raise UrlRefused("This host cannot be found.") from None
    except AddressRefused:
        raise UrlRefused("This host is not in the public internet.") from None
