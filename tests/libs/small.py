"""A service of one route under `Idempotency-Key`, for the tests of `libs`."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import httpx
from fastapi import APIRouter, FastAPI, Request
from sqlalchemy import event, text
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from libs import app as http
from libs import auth
from libs.clock import FixedClock, SystemClock
from libs.errors import Conflict
from libs.idempotent_route import ONCE, IdempotentRoute
from libs.postgres import Database
from libs.postgres_deps import SessionDep
from libs.schemas import Schema
from libs.tokens import TokenVerifier, http_keys
from tests.libs.parts import Parts
from tests.stack import Stack, User

PATH = "/v1/effects"
KEY = "Idempotency-Key"


class Wanted(Schema):
    """An effect."""

    name: str


class Made(Schema):
    """What became of it."""

    seq: int
    name: str


router = APIRouter(prefix="/effects", route_class=IdempotentRoute)


def fail(_: object) -> None:
    """Kills a transaction at its very end."""
    raise RuntimeError("killed before the commit")


async def make(body: Wanted, session: SessionDep, request: Request) -> Made:
    statement = text("INSERT INTO effects (key) VALUES (:name) RETURNING seq")
    made = Made(seq=await session.scalar(statement, {"name": body.name}) or 0, name=body.name)
    await asyncio.sleep(float(request.headers["x-pause"]))
    match request.headers.get("x-end"):
        case "refuse":
            raise Conflict
        case "crash":
            raise RuntimeError("killed before the answer is kept")
        case "late":
            event.listen(session.sync_session, "before_commit", fail, once=True)
    return made


router.post("", status_code=201, dependencies=[ONCE])(make)
router.post("/{place}", status_code=201, dependencies=[ONCE])(make)


@router.get("")
async def look() -> Made:
    """A route that takes no key, in the same router."""
    return Made(seq=0, name="")


class Cut:
    """Kills the connection between commit and answer when `x-end: cut` asks for it."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def cut(message: Message) -> None:
            if (b"x-end", b"cut") in scope.get("headers", ()):
                raise ConnectionError("killed before the reply")
            await send(message)

        await self._app(scope, receive, cut)


@dataclass
class Small:
    """The small app's client, database, clock and callers."""

    client: httpx.AsyncClient
    parts: Parts
    clock: FixedClock
    stack: Stack
    user: User = field(init=False)

    def __post_init__(self) -> None:
        self.user = self.stack.as_user("tutor")

    async def post(
        self, key: str | None, name: str = "x", *, user: User | None = None, path: str = PATH,
        end: str = "", pause: float = 0,
    ) -> httpx.Response:  # fmt: skip
        """Asks for an effect that takes `pause` seconds and comes to such an end."""
        sent = {**(user or self.user).headers, "x-end": end, "x-pause": str(pause)}
        if key is not None:
            sent[KEY] = key
        return await self.client.post(path, json={"name": name}, headers=sent)

    async def effects(self) -> Counter[str]:
        """How often each effect is there."""
        return Counter(name for (name,) in await self.parts.fetch("SELECT key FROM effects"))


class NoRevocations:
    def check(self, _: auth.Principal) -> None:
        """Nobody is shut out."""


@asynccontextmanager
async def open_small(parts: Parts, stack: Stack) -> AsyncIterator[Small]:
    """The app over the parts' database."""
    clock = FixedClock(SystemClock().now())
    database = Database(parts.settings, clock)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        app.state.database = database
        app.state.verifier = TokenVerifier(http_keys(stack.jwks_url), SystemClock())
        app.state.revocations = NoRevocations()
        yield
        await database.close()

    outer = APIRouter(prefix="/v1")  # routers within routers keep the route class
    outer.include_router(router)
    about = http.About("small_service", "For tests.", "/api/small")
    app = http.build_app(about, parts.settings, [outer], lifespan, lambda _: {})
    transport = httpx.ASGITransport(Cut(app), raise_app_exceptions=False)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://test") as client,
    ):
        yield Small(client, parts, clock, stack)
