"""Networks: whom limits count, and how much of an address is kept.

A household or a phone has one IPv4 address, but at least 2**64 IPv6 addresses (RFC 6177): a limit
per address would be none.
"""

from ipaddress import ip_address, ip_network

COUNTED = {4: 32, 6: 64}
SHOWN = {4: 24, 6: 48}


def counted(host: str) -> str:
    """Whom a limit counts when `host` asks: an IPv4 address, or an IPv6 network of 64 bits."""
    return _prefix(host, COUNTED)


def shown(host: str) -> str:
    """The network of `host` as it is kept and shown: coarse enough to name no household."""
    return _prefix(host, SHOWN)


def _prefix(host: str, bits: dict[int, int]) -> str:
    try:
        address = ip_address(host.partition("%")[0])
    except ValueError:
        return "unknown"
    address = getattr(address, "ipv4_mapped", None) or address
    return str(ip_network(f"{address}/{bits[address.version]}", strict=False))
