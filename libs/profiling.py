"""The profiler: how long each request took, how many statements it sent, and its flame view.

Off unless a service's settings say `profiler`; then a pure ASGI middleware measures every HTTP
request of this process, and an admin looks at `/internal/profiler` (`libs/profiler_page.py`).
pyinstrument samples a request's own async context, so several requests are profiled at once on
one event loop; a request's time inside `await` is shown as such, and what others did meanwhile as
`[out-of-context]`. What is kept is bounded, and holds nothing personal: route templates, never
paths, queries, headers or bodies.
"""

import time
from collections import deque
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from sys import intern
from typing import Any
from uuid import UUID

from fastapi import FastAPI
from pyinstrument import Profiler
from pyinstrument.frame_info import frame_info_get_identifier
from pyinstrument.session import Session
from pymongo import monitoring
from sqlalchemy import Engine, event
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from libs import compiled
from libs.ids import new_id

KEPT_REQUESTS = 200
KEPT_SAMPLES = 40_000
"""Of all flame views together; a sample is a stack of roughly 0.7 kB."""
SAMPLES_EACH = 4_000
"""A longer profile is resampled to a coarser interval."""
AT_ONCE = 10
"""Requests under the sampler at one time; each costs the others. Further ones are timed only."""
UNSEEN = ("/internal/", "/healthz", "/readyz", "/metrics")
ASKED = (b"x-profile", b"keep")
"""The header by which a request asks that its flame view be kept, however fast it was."""


@dataclass(slots=True)
class Calls:
    """What one request asked of the database: SQL statements, or commands of MongoDB."""

    number: int = 0
    seconds: float = 0.0


CURRENT: ContextVar[Calls | None] = ContextVar("profiled_calls", default=None)


@dataclass(frozen=True, slots=True)
class Request:
    """One finished request. `seconds` is wall-clock time; `route` is the template, such as
    `/v1/tasks/{task_id}`; without `session` there is no flame view, and `note` says why.
    """

    at: datetime
    method: str
    route: str
    status: int
    seconds: float
    calls: Calls
    session: Session | None
    note: str = ""
    id: UUID = field(default_factory=new_id)


class Recorder:
    """The last requests of this process, in memory, the newest last."""

    def __init__(self, slower_than_ms: int) -> None:
        self.slower_than_ms = slower_than_ms
        self.active = 0
        self._requests: deque[Request] = deque(maxlen=KEPT_REQUESTS)
        self._samples = 0

    def add(self, request: Request) -> None:
        """Keeps a request; the oldest goes, and the oldest flame views beyond the budget."""
        if len(self._requests) == KEPT_REQUESTS:
            self._samples -= _samples(self._requests.popleft())
        self._requests.append(request)
        self._samples += _samples(request)
        if self._samples > KEPT_SAMPLES:
            self._forget_views()

    def _forget_views(self) -> None:
        for index, old in enumerate(self._requests):
            if self._samples <= KEPT_SAMPLES:
                return
            self._samples -= _samples(old)
            self._requests[index] = _without_view(old, "no longer kept")

    def slowest(self, slower_than_ms: float = 0) -> list[Request]:
        """The requests that took at least so long, slowest first."""
        found = [request for request in self._requests if request.seconds * 1000 >= slower_than_ms]
        return sorted(found, key=lambda request: request.seconds, reverse=True)

    def find(self, request_id: UUID) -> Request | None:
        """A request by its id."""
        return next((request for request in self._requests if request.id == request_id), None)


def _samples(request: Request) -> int:
    return len(request.session.frame_records) if request.session else 0


def _without_view(old: Request, note: str) -> Request:
    return Request(
        old.at, old.method, old.route, old.status, old.seconds, old.calls, None, note, old.id
    )


class Profiled:
    """The middleware: measures each HTTP request and hands it to the recorder."""

    def __init__(self, app: ASGIApp, recorder: Recorder) -> None:
        self._app = app
        self._recorder = recorder

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handles one ASGI connection."""
        if scope["type"] != "http" or scope["path"].startswith(UNSEEN):
            await self._app(scope, receive, send)
            return
        calls, status = Calls(), 500

        async def reply(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        before = CURRENT.set(calls)
        profiler = self._start()
        started = time.perf_counter()
        try:
            await self._app(scope, receive, reply)
        finally:
            seconds = time.perf_counter() - started
            session = self._stop(profiler)
            CURRENT.reset(before)
            self._keep(scope, status, seconds, calls, session)

    def _start(self) -> Profiler | None:
        if self._recorder.active >= AT_ONCE:
            return None
        # The mode "enabled" books others' work on a request that waits in SQLAlchemy's greenlet.
        profiler = Profiler(async_mode="strict")
        try:
            profiler.start(target_description="")
        except RuntimeError:  # one runs in this context: a request inside a request
            return None
        self._recorder.active += 1
        return profiler

    def _stop(self, profiler: Profiler | None) -> Session | None:
        if profiler is None:
            return None
        self._recorder.active -= 1
        session = profiler.stop()
        # A task that outlives the request holds the profiler by its context, but no samples then.
        profiler.reset()  # type: ignore[no-untyped-call]
        return session

    def _keep(
        self, scope: Scope, status: int, seconds: float, calls: Calls, session: Session | None
    ) -> None:
        method, route = scope["method"], str(getattr(scope.get("route"), "path", "(no route)"))
        note = "" if session else "timed only"
        slow = seconds * 1000 >= self._recorder.slower_than_ms
        if session and not slow and ASKED not in scope["headers"]:
            session, note = None, "fast"
        if session:
            session = _bounded(_without_stem(session))
            session.target_description = f"{method} {route} ({status})"
        at = scope["app"].state.clock.now()
        done = Calls(calls.number, calls.seconds)  # a task may outlive the request and go on
        self._recorder.add(Request(at, method, route, status, seconds, done, session, note))


def _without_stem(session: Session) -> Session:
    """Cuts what stands above the middleware, the server's own frames, from every stack, and lets
    equal frames share their text: pyinstrument makes it anew (5 kB a sample become 0.7 kB).
    """
    thread, *stem = map(frame_info_get_identifier, session.start_call_stack[:-1])
    for index, (stack, took) in enumerate(session.frame_records):
        shared = 1
        for ours, theirs in zip(stem, stack[1:], strict=False):
            if ours != frame_info_get_identifier(theirs):
                break
            shared += 1
        session.frame_records[index] = ([*map(intern, (stack[0], *stack[shared:]))], took)
    session.start_call_stack = [thread]
    return session


def _bounded(session: Session) -> Session:
    interval = session.duration / SAMPLES_EACH
    while len(session.frame_records) > SAMPLES_EACH:
        session = session.resample(interval)
        interval *= 2
    return session


def watch(app: FastAPI, slower_than_ms: int) -> None:
    """Puts the middleware around an app and begins to count; `app.state.recorder` has the results.

    Flame views are kept of requests that took `slower_than_ms` or longer.
    """
    _listen()
    app.state.recorder = Recorder(slower_than_ms)
    app.add_middleware(Profiled, recorder=app.state.recorder)


@cache
def _listen() -> None:
    """Counts for all engines and clients of the process: drivers take listeners by class or before
    a client is made.
    """
    event.listen(Engine, "before_cursor_execute", _statement_begins)
    event.listen(Engine, "after_cursor_execute", _statement_ends)
    compiled.WATCHERS.append(_read_ended)
    monitoring.register(_MongoCommands())


def _read_ended(seconds: float) -> None:
    calls = CURRENT.get()
    if calls is not None:
        calls.number += 1
        calls.seconds += seconds


def _statement_begins(connection: Any, *_: Any) -> None:
    calls = CURRENT.get()
    if calls is not None:
        calls.number += 1
        connection.info["profiled_from"] = time.perf_counter()


def _statement_ends(connection: Any, *_: Any) -> None:
    calls, begun = CURRENT.get(), connection.info.pop("profiled_from", None)
    if calls is not None and begun is not None:
        calls.seconds += time.perf_counter() - begun


class _MongoCommands(monitoring.CommandListener):
    """Motor runs commands in threads, with the request's context."""

    def started(self, event: monitoring.CommandStartedEvent) -> None:  # noqa: ARG002
        calls = CURRENT.get()
        if calls is not None:
            calls.number += 1

    def succeeded(self, event: monitoring.CommandSucceededEvent) -> None:
        self._ended(event.duration_micros)

    def failed(self, event: monitoring.CommandFailedEvent) -> None:
        self._ended(event.duration_micros)

    def _ended(self, microseconds: int) -> None:
        calls = CURRENT.get()
        if calls is not None:
            calls.seconds += microseconds / 1_000_000
