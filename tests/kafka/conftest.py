"""The fixtures of the tests of events; these tests ask for a broker that keeps its log."""

from collections.abc import Callable

import pytest

from deploy.local.servers import Servers
from tests.libs.conftest import parts

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
