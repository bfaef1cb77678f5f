"""Faults on order: what a test may ask a stand-in to do wrong."""

import asyncio
from dataclasses import asdict, dataclass

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

MAX_DELAY_MS = 600_000


class BadControl(ValueError):
    """The control request names an unknown fault or a value that makes no sense."""


@dataclass
class Faults:
    """Counters that run down with each call. Times are in milliseconds.

    `fail_next`: so many calls are refused before anything is done.
    `lose_next`: so many calls are done, and then answered as if they had failed.
    `delay_ms`: every call waits this long first.
    """

    fail_next: int = 0
    lose_next: int = 0
    delay_ms: int = 0

    def set(self, wanted: dict[str, object]) -> None:
        """Change the named faults, leave the others; raise `BadControl` and change nothing."""
        for name, value in wanted.items():
            if name not in asdict(self):
                raise BadControl(f"There is no fault {name!r}.")
            if isinstance(value, bool) or not isinstance(value, int) or value < 0:
                raise BadControl(f"{name} must be a whole number from 0.")
            if name == "delay_ms" and value > MAX_DELAY_MS:
                raise BadControl(f"delay_ms may be at most {MAX_DELAY_MS}.")
        for name, value in wanted.items():
            setattr(self, name, value)

    def take(self, name: str) -> bool:
        """Use up one of the ordered faults of this name, if there is one."""
        left: int = getattr(self, name)
        setattr(self, name, max(0, left - 1))
        return left > 0

    async def wait(self) -> None:
        """Sleep for the ordered delay."""
        if self.delay_ms:
            await asyncio.sleep(self.delay_ms / 1000)

    def state(self) -> dict[str, object]:
        """The faults still to come, as JSON."""
        return asdict(self)


async def read_control(request: Request) -> dict[str, object]:
    """The JSON object of a control request; raise `BadControl` for anything else."""
    try:
        wanted = await request.json()
    except ValueError as error:
        raise BadControl(f"The body is not JSON: {error}.") from error
    if not isinstance(wanted, dict):
        raise BadControl("The body must be a JSON object.")
    return wanted


async def control(faults: Faults, request: Request) -> Response:
    """Endpoint body for `GET` (tell) and `POST` (set) of one stand-in's faults."""
    if request.method == "POST":
        try:
            faults.set(await read_control(request))
        except BadControl as error:
            return JSONResponse({"detail": str(error)}, status_code=422)
    return JSONResponse(faults.state())
