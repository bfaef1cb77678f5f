"""Who reaches whom in compose.yaml, and whose word counts on where a request comes from."""

from ipaddress import ip_network

from deploy.local.environment import SERVERS, SERVICES, TITLES
from tests.deploy.composition import environment, example, networks, ours, services, substitute


def test_only_the_gateway_can_be_reached() -> None:
    published = {name: about["ports"] for name, about in services().items() if "ports" in about}
    assert set(published) == {"gateway", "mailpit"}
    assert [len(ports) for ports in published.values()] == [1, 2]
    for ports in published.values():
        for port in ports:
            assert substitute(port, {}).startswith("127.0.0.1:")
    for server in SERVERS:
        assert services()[TITLES.get(server, server)]["networks"] == ["backend"]
    assert services()["object_store"]["networks"] == ["backend", "files"]
    assert {name for name, about in services().items() if "files" in about["networks"]} == {
        "gateway",
        "object_store",
    }
    on_edge = {name for name, about in services().items() if "edge" in about["networks"]}
    assert on_edge == {*SERVICES, "gateway"}


CALL_VENDORS = {
    "user_service": "Google's certificates",
    "user_service-worker": "the mail server",
    "notification_service-worker": "Firebase",
    "payment_service": "Stripe",
    "payment_service-worker": "Stripe, for what a crash left open",
    "payment_service-background": "people's own servers",
}


def test_who_calls_a_vendor_has_a_way_out_and_nobody_else() -> None:
    outside = {name for name, _, about in ours() if "outside" in about["networks"]}
    assert outside == set(CALL_VENDORS)
    others = {name for name, about in services().items() if "outside" in about["networks"]}
    assert others - outside == {"gateway", "mailpit"}
    inside = {name for name, about in networks().items() if about.get("internal")}
    assert inside == set(networks()) - {"outside"}


def test_the_gateway_believes_this_machine_alone() -> None:
    """Docker gives a network's first address to the machine, from where connections come."""
    [pool] = networks()["outside"]["ipam"]["config"]
    subnet = ip_network(substitute(pool["subnet"], {}))
    given = environment(services()["gateway"], {})
    assert given["GATEWAY_TRUSTED_PROXIES"] == f"{next(subnet.hosts())}/32"
    assert given == environment(services()["gateway"], example())
