"""How much of an address counts, and how much is kept."""

import pytest

from libs import networks


@pytest.mark.parametrize(
    ("host", "counted", "shown"),
    [
        ("203.0.113.77", "203.0.113.77/32", "203.0.113.0/24"),
        ("::ffff:203.0.113.77", "203.0.113.77/32", "203.0.113.0/24"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64", "2001:db8:1::/48"),
        ("fe80::1%eth0", "fe80::/64", "fe80::/48"),
        ("testclient", "unknown", "unknown"), ("", "unknown", "unknown"),
    ],
)  # fmt: skip
def test_networks_of_a_host(host: str, counted: str, shown: str) -> None:
    assert (networks.counted(host), networks.shown(host)) == (counted, shown)
