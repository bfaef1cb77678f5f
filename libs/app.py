"""The application factory: one look and one behaviour for the HTTP face of all services.

Pure ASGI middleware (trace id, metrics, size limit), problem+json for every refusal, probes, drain
on SIGTERM, operation ids that read well in generated SDKs.
"""

import asyncio
import signal
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, fields
from types import FrameType
from typing import Any

from fastapi import APIRouter, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from opentelemetry.trace import SpanKind
from pydantic import TypeAdapter
from redis.exceptions import RedisError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from libs import errors, log, metrics, probes, tracing
from libs.routes import Index
from libs.schemas import Problem
from libs.settings import CoreSettings

MAX_BODY_BYTES = 1_000_000
STATUSES: dict[int, type[errors.AppError]] = {
    error.status: error
    for error in (
        errors.BadRequest,
        errors.Unauthorized,
        errors.Forbidden,
        errors.NotFound,
        errors.TooLarge,
        errors.Unsupported,
        errors.Invalid,
        errors.TooMany,
        errors.Unavailable,
    )
}

logger = log.get(__name__)

Lifespan = Callable[[FastAPI], AbstractAsyncContextManager[None]]


class MethodNotAllowed(errors.AppError):
    """This path does not take this method."""

    status, code = 405, "method_not_allowed"


@dataclass(frozen=True)
class About:
    """What a service calls itself in its documentation; `prefix` is its path at the gateway, which
    strips it.
    """

    name: str
    description: str
    prefix: str


def build_app(
    about: About,
    settings: CoreSettings,
    routers: Sequence[APIRouter],
    lifespan: Lifespan,
    checks: Callable[[FastAPI], Mapping[str, probes.Check]],
) -> FastAPI:
    """Builds a service's app. `lifespan` opens its parts into `app.state` (see `hand_out`);
    `checks(app)` names what readiness needs.
    """
    log.configure(about.name, settings.log_level)
    tracing.configure(about.name, settings.trace_endpoint)
    app = FastAPI(
        title=f"StudyZed {about.name.replace('_', ' ')}",
        version="1.0.0",
        description=about.description,
        servers=[{"url": about.prefix}],
        lifespan=lifespan,
        generate_unique_id_function=_operation_id,
        responses={
            "default": {
                "model": Problem,
                "description": "A refusal.",
                "content": {"application/problem+json": {}},
            }
        },
        redoc_url=None,
        swagger_ui_parameters={"tryItOutEnabled": True},
    )
    app.state.settings = settings
    app.state.service = about.name
    app.state.draining = asyncio.Event()
    app.add_exception_handler(errors.AppError, _refuse)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(RedisError, _away)
    for router in routers:
        app.include_router(router)
    app.router.routes.insert(0, Index(app.routes))
    app.router.routes.extend(probes.routes(lambda: checks(app)))
    app.add_middleware(Envelope, prefix=about.prefix)
    if settings.profiler:
        from libs import profiler_page  # noqa: PLC0415  (off, it is not even loaded)

        profiler_page.install(app, settings)
    return app


def _operation_id(route: APIRoute) -> str:
    return route.name


def hand_out(app: FastAPI, resources: Any) -> None:
    """Puts a service's resources (a dataclass) into `app.state`, whole and by name, for
    `libs.deps`.
    """
    app.state.resources = resources
    for part in fields(resources):
        setattr(app.state, part.name, getattr(resources, part.name))


def drain_on_sigterm(app: FastAPI) -> None:
    """Sets `app.state.draining` when SIGTERM or SIGINT arrives, before uvicorn's own handler, so
    that sockets are handed over first.
    """
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        before = signal.getsignal(number)

        def drain(signum: int, frame: FrameType | None, before: Any = before) -> None:
            loop.call_soon_threadsafe(app.state.draining.set)
            if callable(before):
                before(signum, frame)

        try:
            signal.signal(number, drain)
        except ValueError:  # not the main thread: a test server, which drains by other means
            return


def _answer(error: errors.AppError) -> Response:
    headers = dict(error.headers)
    if error.retry_after is not None:
        headers["Retry-After"] = str(error.retry_after)
    if error.status == 401:
        headers.setdefault("WWW-Authenticate", "Bearer")
    body = errors.problem(error, tracing.current_trace_id())
    return JSONResponse(body, error.status, headers, media_type="application/problem+json")


async def _refuse(_: Request, error: Exception) -> Response:
    assert isinstance(error, errors.AppError)  # noqa: S101  (what it is registered for)
    return _answer(error)


async def _away(_: Request, error: Exception) -> Response:
    logger.warning("redis_away", reason=type(error).__name__)
    return _answer(errors.Unavailable())


async def _http(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101  (what it is registered for)
    if error.status_code == 405:
        return _answer(MethodNotAllowed(headers=error.headers))
    other = errors.BadRequest if error.status_code < 500 else errors.AppError
    return _answer(STATUSES.get(error.status_code, other)(headers=error.headers))


async def _invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101  (what it is registered for)
    found = error.errors()
    if any(problem["loc"] == ("body",) for problem in found) and not _says_json(request):
        return _answer(errors.Unsupported("Send the body as application/json."))
    if any(problem["type"] == "json_invalid" for problem in found):
        return _answer(errors.BadRequest("The body is not valid JSON."))
    fields = [
        errors.FieldProblem(_pointer(problem["loc"]), problem["type"], problem["msg"])
        for problem in found
    ]
    return _answer(errors.Invalid(fields=fields))


def _pointer(place: Sequence[int | str]) -> str:
    where, *path = map(str, place)
    joined = "/".join(part.replace("~", "~0").replace("/", "~1") for part in path)
    return f"/{joined}" if where == "body" else f"{where}/{joined}"


def _says_json(request: Request) -> bool:
    """Whether the body is called JSON, or there is none."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    empty = request.headers.get("content-length", "0") == "0"
    chunked = "transfer-encoding" in request.headers
    return kind == "application/json" or kind.endswith("+json") or (empty and not chunked)


class Envelope:
    """Around every request: a trace, metrics by route template, a size limit, and two headers on
    the answer.
    """

    def __init__(self, app: ASGIApp, prefix: str) -> None:
        self._app = app
        self._prefix = prefix

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handles one ASGI connection."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        scope["root_path"] = self._prefix  # the gateway strips it; the documentation page needs it
        headers = dict(scope["headers"])
        parent = headers.get(b"traceparent", b"").decode("latin-1")
        started = time.perf_counter()
        with tracing.span(scope["method"], parent, SpanKind.SERVER) as trace:
            reply = _Reply(send, trace)
            try:
                if _length(headers) > MAX_BODY_BYTES:
                    await _answer(errors.TooLarge())(scope, receive, reply)
                else:
                    await self._app(scope, _capped(receive), reply)
            except Exception:
                logger.exception("request_failed", method=scope["method"], route=_route(scope))
                if reply.status:
                    raise  # half an answer cannot be taken back: the server cuts the connection
                await _answer(errors.AppError(CRASH))(scope, receive, reply)
            finally:
                _observe(scope, reply.status or 500, time.perf_counter() - started)


CRASH = "Something went wrong on our side; the trace id helps us to find it."


class _Reply:
    """Sends the answer with our headers and keeps its status (0: not begun)."""

    def __init__(self, send: Send, trace: str) -> None:
        self._send = send
        self._headers = [(b"x-trace-id", trace.encode()), (b"x-content-type-options", b"nosniff")]
        self.status = 0

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            message = {**message, "headers": [*message.get("headers", ()), *self._headers]}
        await self._send(message)


def _length(headers: Mapping[bytes, bytes]) -> int:
    said = headers.get(b"content-length", b"")
    return int(said) if said.isdigit() else 0


def _capped(receive: Receive) -> Receive:
    """Counts a body that came without a length."""
    seen = 0

    async def capped() -> Message:
        nonlocal seen
        message = await receive()
        seen += len(message.get("body", b""))
        if seen > MAX_BODY_BYTES:
            raise HTTPException(413)  # the one class that FastAPI lets through while it reads
        return message

    return capped


def _route(scope: Scope) -> str:
    """The route's template: its number is bounded, that of paths is not."""
    return str(getattr(scope.get("route"), "path", "none"))


def _observe(scope: Scope, status: int, seconds: float) -> None:
    route = _route(scope)
    if route in ("/healthz", "/readyz", "/metrics"):
        return
    metrics.REQUESTS.labels(scope["method"], route, str(status)).inc()
    metrics.REQUEST_SECONDS.labels(scope["method"], route).observe(seconds)


def write_openapi(app: FastAPI) -> dict[str, Any]:
    """The app's OpenAPI document, with the `Problem` schema that refusals refer to."""
    document = app.openapi()
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    problem = TypeAdapter(Problem).json_schema(ref_template="#/components/schemas/{model}")
    for name, schema in problem.pop("$defs", {}).items():
        schemas.setdefault(name, schema)
    schemas.setdefault("Problem", problem)
    return document
