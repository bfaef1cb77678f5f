"""Probes of a process: `/healthz` (it runs), `/readyz` (it can do its work, by the truth) and
`/metrics` (Prometheus).

The gateway does not let them out.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping

from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

Check = Callable[[], Awaitable[None]]
"""Returns if a part is ready and raises otherwise."""

CHECK_SECONDS = 2.0


async def _run(check: Check) -> str:
    try:
        async with asyncio.timeout(CHECK_SECONDS):
            await check()
    except Exception as error:  # whatever it is, the part is not ready
        return f"{type(error).__name__}: {getattr(error, 'detail', '')}".rstrip(": ")
    return "ready"


def routes(checks: Callable[[], Mapping[str, Check]]) -> list[Route]:
    """The three routes; `checks()` gives what must hold for readiness, by name."""

    async def healthz(_: Request) -> Response:
        return JSONResponse({"status": "alive"})

    async def readyz(_: Request) -> Response:
        named = checks()
        states = dict(zip(named, await asyncio.gather(*map(_run, named.values())), strict=True))
        ready = bool(states) and all(state == "ready" for state in states.values())
        return JSONResponse({"ready": ready, "parts": states}, status_code=200 if ready else 503)

    async def metrics(_: Request) -> Response:
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)

    return [Route("/healthz", healthz), Route("/readyz", readyz), Route("/metrics", metrics)]
