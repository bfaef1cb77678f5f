"""X-A3: whatever is sent to `/v1`, no service answers 5xx or otherwise than it documents.

`STUDYZED_FUZZ_EXAMPLES` raises the number of examples per operation and phase for longer runs.
"""

import asyncio
import os
from pathlib import Path

import pytest
from uvicorn import Config

from deploy.local.vendors.process import Server
from libs.app import write_openapi
from tests.access.test_rights import SERVICES
from tests.contracts.fuzz import Fuzz, lines
from tests.contracts.worlds import app_of, opened
from tests.deploy.vendors.running import free_port, serving
from tests.stack import Stack

EXAMPLES = int(os.environ.get("STUDYZED_FUZZ_EXAMPLES", "5"))
STEPS = 6


@pytest.mark.timeout(60 + 240 * EXAMPLES)
@pytest.mark.parametrize("service", SERVICES)
async def test_x_a3_any_request_is_answered_as_documented(
    stack: Stack, service: str, tmp_path: Path
) -> None:
    async with opened(stack, service, tmp_path) as world:
        app, port = app_of(world), free_port()
        config = Config(app, ws="none", lifespan="off", log_config=None, access_log=False)
        async with serving(Server(config), port):
            url, callers = f"http://127.0.0.1:{port}", list(world.callers.values())
            fuzz = Fuzz(write_openapi(app), url, callers, world.values, EXAMPLES, STEPS)
            found = await asyncio.to_thread(fuzz.run)
    print(f"{service}: {found.cases} cases, {dict(sorted(found.statuses.items()))}")  # noqa: T201
    assert found.cases > 0
    assert not found.faults, "\n".join(lines(found))
