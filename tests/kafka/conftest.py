"""The fixtures of the tests of events; these tests ask for a broker that keeps its log."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from deploy.local.servers import Servers
from tests.libs.conftest import parts
from tests.outages.ground import Ground

__all__ = ["parts"]
Report = Callable[[str], None]


@pytest.fixture
def report(request: pytest.FixtureRequest) -> Report:
    """Puts a line of figures on the terminal, past the capture."""
    capture = request.config.pluginmanager.getplugin("capturemanager")

    def show(line: str) -> None:
        with capture.global_and_fixture_disabled():
            print(f"\n{request.node.name}: {line}")  # noqa: T201

    return show


@pytest.fixture(autouse=True)
def durable_broker(servers: Servers) -> None:
    """Skips the test on the local stack's own broker."""
    if not servers.broker_keeps_log:
        pytest.skip("needs Apache Kafka: make test-kafka")


@pytest.fixture(scope="session")
def ground(servers: Servers) -> Iterator[Ground]:
    """The same servers, to be stopped and started beside the test's own loop."""
    with ThreadPoolExecutor(1) as thread:
        yield Ground(servers, thread)
