"""What a worker of `make test` takes at once: a file, or a whole folder whose tests share servers
that take long to start.
"""

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadFileScheduling

FOLDERS = ("tests/e2e/", "tests/outages/")


class Units(LoadFileScheduling):  # type: ignore[misc]  # xdist ships no types
    """As `--dist loadfile`, with `FOLDERS` whole."""

    def _split_scope(self, nodeid: str) -> str:
        file = super()._split_scope(nodeid)
        return next((folder for folder in FOLDERS if file.startswith(folder)), file)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> Units | None:
    """Takes the place of xdist's own scheduler where that goes by files."""
    return Units(config, log) if config.getvalue("dist") == "loadfile" else None
