"""Whatever an endpoint is, it cannot lead us where we must not go (P22)."""

import ssl
from collections.abc import Sequence
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from payment_service.deliveries.endpoint_gateway import Answer, EndpointGateway
from payment_service.deliveries.schemas import Failure
from payment_service.endpoints import addresses
from payment_service.endpoints.addresses import Resolve
from payment_service.endpoints.errors import AddressUnknown, UrlRefused
from payment_service.settings import Settings
from tests.access.table import nowhere
from tests.payment_service.outgoing.certificates import certificate
from tests.payment_service.outgoing.receiver import Receiver, receiving
from tests.payment_service.shop import stripe_settings

HEADERS = {"webhook-id": "msg_1"}
INSIDE = [
    "127.0.0.1", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1",
    "0.0.0.0", "224.0.0.1", "255.255.255.255", "::1", "::", "fc00::1", "fe80::1", "ff02::1",  # noqa: S104
    "::ffff:127.0.0.1", "::127.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::", "2001:0:1::", "nonsense",
    "2001:db8::1", "fe80::1%eth0",
]  # fmt: skip


def settings(*, private: bool) -> Settings:
    """Settings with or without leave to call our own network."""
    values = nowhere() | stripe_settings() | {"webhook_private_allowed": private}
    return Settings.model_validate(values | {"webhook_timeout": 1.0})


def found(*answers: Sequence[str]) -> Resolve:
    """A name service that gives these answers in turn."""
    left = list(answers)

    async def look_up(host: str, port: int) -> Sequence[str]:
        if not left:
            raise AddressUnknown
        return left.pop(0)

    return look_up


@pytest.mark.parametrize("address", INSIDE)
def test_p22_what_is_not_public_is_known(address: str) -> None:
    assert not addresses.is_public(address)


@pytest.mark.parametrize("address", ["93.184.215.14", "2606:4700::1111", "::ffff:8.8.8.8"])
def test_p22_what_is_public_is_known(address: str) -> None:
    assert addresses.is_public(address)


@given(st.ip_addresses(v=4))
def test_p22_no_address_of_our_own_hides_in_another(inner: IPv4Address) -> None:
    public = addresses.is_public(str(inner))
    assert public == (inner.is_global and not inner.is_multicast)
    assert addresses.is_public(f"::ffff:{inner}") == public
    number = int(inner)
    for wrapped in ((0x64FF9B << 96) | number, (0x2002 << 112) | number << 80, number):
        assert not addresses.is_public(str(IPv6Address(wrapped)))


@given(st.ip_addresses(v=6))
def test_p22_only_what_was_given_out_of_ipv6_is_public(address: IPv6Address) -> None:
    if addresses.is_public(str(address)) and address.ipv4_mapped is None:
        assert address in ip_network("2000::/3")


@given(st.from_regex(addresses.FORM, fullmatch=True))
def test_p22_all_parsers_agree_about_what_is_taken(url: str) -> None:
    try:
        mine, other = httpx.URL(url), urlsplit(url)
        port = other.port
    except (httpx.InvalidURL, ValueError):
        return  # refused later: a number that is no port, or no address
    assert mine.userinfo == b""
    assert mine.host == (other.hostname or "").lower() or ip_address(mine.host)
    assert (mine.port or None) in (port, None)


async def test_p22_one_private_address_among_others_is_enough_to_refuse() -> None:
    look_up = found(["93.184.215.14", "10.0.0.1"])
    with pytest.raises(UrlRefused):
        await addresses.check("https://rebind.test/", private=False, look_up=look_up)


async def test_p22_a_name_that_moves_to_our_network_after_its_check_is_not_called() -> None:
    """DNS rebinding: public when it is registered, loopback when it is called."""
    async with receiving() as receiver:
        look_up = found(["93.184.215.14"], ["127.0.0.1"])
        url = f"https://rebind.test:{receiver.port}/hook"
        await addresses.check(url, private=False, look_up=look_up)
        gateway = EndpointGateway(settings(private=False), look_up)
        assert await gateway.send(url, "{}", HEADERS) == Answer(None, Failure.PRIVATE_ADDRESS)
        assert await gateway.send(url, "{}", HEADERS) == Answer(None, Failure.UNKNOWN_HOST)
        await gateway.close()
        assert receiver.came == []


async def test_p22_a_call_goes_to_the_checked_address_and_asks_for_the_name(
    tmp_path: Path,
) -> None:
    server, trust = certificate(tmp_path, "hooks.test")
    async with receiving(server) as receiver:
        gateway = EndpointGateway(settings(private=True), found(*[["127.0.0.1"]] * 2), trust)
        url = f"https://hooks.test:{receiver.port}/a?b=c"
        assert await gateway.send(url, "{}", HEADERS) == Answer(204, None)
        [came] = receiver.came
        assert came.line == "POST /a?b=c HTTP/1.1"
        assert came.headers["host"] == f"hooks.test:{receiver.port}"
        other = f"https://other.test:{receiver.port}/"
        assert await gateway.send(other, "{}", HEADERS) == Answer(None, Failure.TLS)
        await gateway.close()
    assert len(receiver.came) == 1


async def test_p22_a_certificate_that_nobody_vouches_for_is_refused(tmp_path: Path) -> None:
    server, _ = certificate(tmp_path, "hooks.test")
    async with receiving(server) as receiver:
        gateway = EndpointGateway(settings(private=True), found(["127.0.0.1"]))
        url = f"https://hooks.test:{receiver.port}/"
        assert await gateway.send(url, "{}", HEADERS) == Answer(None, Failure.TLS)
        await gateway.close()
    assert receiver.came == []


async def test_p22_nobody_is_sent_on_by_a_redirect(receiver: Receiver) -> None:
    async with receiving() as other:
        receiver.answers, receiver.more = [307], f"location: {other.url}\r\n"
        gateway = EndpointGateway(settings(private=True))
        assert await gateway.send(receiver.url, "{}", HEADERS) == Answer(307, Failure.STATUS)
        await gateway.close()
        assert other.came == []


async def test_p22_nobody_is_where_no_server_is() -> None:
    async with receiving() as gone:
        url = gone.url
    gateway = EndpointGateway(settings(private=True))
    assert await gateway.send(url, "{}", HEADERS) == Answer(None, Failure.CONNECTION)
    await gateway.close()


async def test_p22_a_body_without_end_is_not_read(receiver: Receiver) -> None:
    """A receiver that announces more than it sends has answered all the same."""
    receiver.more = "x-much: " + "y" * 50_000 + "\r\n"
    gateway = EndpointGateway(settings(private=True))
    assert await gateway.send(receiver.url, "{}", HEADERS) == Answer(204, None)
    receiver.more = "x-more: " + "y" * 500_000 + "\r\n"
    assert await gateway.send(receiver.url, "{}", HEADERS) == Answer(None, Failure.PROTOCOL)
    await gateway.close()


def test_p22_the_public_s_certificates_are_the_default() -> None:
    gateway = EndpointGateway(settings(private=False))
    pool = gateway._client._transport._pool  # type: ignore[attr-defined]
    assert pool._ssl_context.verify_mode == ssl.CERT_REQUIRED
    assert pool._ssl_context.check_hostname
