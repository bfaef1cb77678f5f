"""The platform as `make up` starts it: seconds to ready, memory; and the profiler that is off."""

import asyncio
import time
from collections.abc import Awaitable, Callable

from deploy.local import ports
from deploy.local.processes import descendants, pss_bytes
from tests.bench.load import Plan
from tests.bench.place import Place
from tests.bench.processes import Failed, Processes, Target, load, variables
from tests.bench.results import Result, at_most
from tests.bench.rows_http import compare, get, sign_in

MB = 1_000_000
READY = "ready "
SETTLE_SECONDS = 4.0
START_SECONDS = 90.0


async def footprint(place: Place) -> list[Result]:
    """`make up` twice over one data folder: the first start makes it, the second is warm."""
    [port] = ports.choose(1)
    data = place.folder / "platform"
    data.mkdir(mode=0o711)
    environment = {"STUDYZED_DATA": str(data), "STUDYZED_PORT": str(port)}
    seconds, memory = [], []
    for number in (1, 2):
        running = Processes(place.folder)
        name = f"platform_{number}"
        begun = time.monotonic()
        platform = running.start(name, ("-m", "deploy.local", "up"), environment)
        try:
            while READY not in (text := running.said(name)):
                if platform.poll() is not None or time.monotonic() - begun > START_SECONDS:
                    raise Failed(f"`make up` did not come up:\n{text[-1_500:]}")
                await asyncio.sleep(0.05)
            seconds.append(time.monotonic() - begun)
            await asyncio.sleep(SETTLE_SECONDS)
            pids = (platform.pid, *descendants(platform.pid))
            memory.append(sum(map(pss_bytes, pids)) / MB)
        finally:
            running.close(patience=25)
    one = await _one_process(place)
    fresh = f"the first start ever took {seconds[0]:.1f} s"
    return [
        Result("footprint", "`make up`: all ready, warm", "s", seconds[1:], (),
               at_most(10, times_bare=False), fresh),
        Result("footprint", "`make up`: the whole platform, idle (PSS)", "MB", memory[1:], (),
               at_most(1_000, times_bare=False)),
        Result("footprint", "one HTTP process by itself, idle (PSS)", "MB", [one], (),
               at_most(90, times_bare=False)),
    ]  # fmt: skip


async def _one_process(place: Place) -> float:
    """session_service alone, not forked from a parent as in `make up`."""
    settings = await place.session_settings()
    target = await place.processes.serve(
        "alone", "session_service.app:create_app", variables(settings)
    )
    await asyncio.sleep(1)
    memory = pss_bytes(target.pid) / MB
    place.processes.stop(target)
    return memory


async def profiler(place: Place) -> list[Result]:
    """`GET /v1/me` with the profiler off against a process in which it cannot even be loaded."""
    users = await place.users()
    environment = variables(users.settings)
    without = await place.processes.serve(
        "without_profiler", "tests.bench.targets:unprofiled", environment
    )
    profiled = await place.processes.serve(
        "with_profiler", "user_service.app:create_app", environment | {"USER_PROFILER": "true"}
    )
    reads = [get("/v1/me", await sign_in(users.target, users.people[9][1], "10.8.8.8"))]
    on = await load(Plan(profiled.port, reads, place.seconds, pids=[profiled.pid]))
    found: Result = await compare(
        place, "profiler", "profiler off: GET /v1/me, against a process without it", at_most(1.05),
        (users.target, reads), (without, reads),
    )  # fmt: skip
    stop: tuple[Target, ...] = (without, profiled)
    place.processes.stop(*stop)
    return [
        Result(
            found.row, found.work, found.unit, found.ours, found.bare, found.target,
            f"{found.beside}; switched on it costs {on.cpu_ms:.2f} ms of CPU per request",
        )
    ]  # fmt: skip


ROWS: dict[str, Callable[[Place], Awaitable[list[Result]]]] = {
    "profiler": profiler,
    "footprint": footprint,
}
