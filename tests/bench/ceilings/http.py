"""Bare HTTP handlers: FastAPI, our middleware, one driver, the same bytes; no token, no ORM.

Each factory is an application for uvicorn; `BENCH_DSN` or `BENCH_MONGO_URL` and
`BENCH_MONGO_DATABASE` name the store.
"""

import base64
import os
import zlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
from fastapi import FastAPI, Request
from motor.motor_asyncio import AsyncIOMotorClient
from pydantic_core import from_json, to_json
from starlette.responses import Response

from libs.app import Envelope
from libs.auth import Principal
from libs.clock import SystemClock
from libs.deps import CurrentUser
from libs.ids import new_id
from libs.process import settle
from libs.tokens import TokenVerifier, http_keys

POOL = 10
ME = """
SELECT id, user_code, username, email, first_name, last_name, role, locale, zone, created_at
FROM accounts WHERE id = $1
"""
TASK_COLUMNS = "t.id, t.study_session_id, t.title, t.description, t.points, t.due_at, t.created_at"
MINE = """
t.study_session_id IN (SELECT study_session_id FROM memberships
 WHERE student_id = $1 AND state = 'approved')
"""
TASK = f"SELECT {TASK_COLUMNS} FROM tasks t WHERE t.id = $2 AND {MINE}"  # noqa: S608
TASKS = f"SELECT {TASK_COLUMNS} FROM tasks t WHERE {MINE} ORDER BY t.id DESC LIMIT 21"  # noqa: S608
MEMBERSHIPS = """
SELECT id, study_session_id, student_id, student_code, state, requested_at, approved_at, ended_at,
reason FROM memberships WHERE student_id = $1 ORDER BY id DESC LIMIT 21
"""
OPEN_CLASS = "SELECT id, session_code, state FROM study_sessions WHERE id = $1 AND tutor_id = $2"
ADD_TASK = """
INSERT INTO tasks (id, study_session_id, title, description, points, due_at, created_at, revision)
VALUES ($1, $2, $3, $4, 10.00, $5, $6, 1)
"""
JOINED = """
SELECT t.due_at, c.state, c.session_code, c.tutor_id FROM tasks t
JOIN study_sessions c ON c.id = t.study_session_id
JOIN memberships m ON m.study_session_id = c.id
WHERE t.id = $1 AND m.student_id = $2 AND m.state = 'approved' FOR UPDATE OF m
"""
VERSIONS = "SELECT count(*) FROM submissions WHERE task_id = $1 AND student_id = $2"
ADD_SUBMISSION = """
INSERT INTO submissions (id, task_id, student_id, student_code, number, body, received_at)
VALUES ($1, $2, $3, $4, $5, $6, $7)
"""
ADD_LETTER = """
INSERT INTO outbox (id, destination, address, key, shard, body, traceparent, created_at, due_at)
VALUES ($1, 'kafka', 'session.events', $2, $3, $4, '', $5, $5)
"""


def bare_app(open_store: Callable[[FastAPI], Any]) -> FastAPI:
    """An application with our middleware and nothing else."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with open_store(app):
            settle()
            yield

    app = FastAPI(lifespan=lifespan, openapi_url=None)
    app.add_middleware(Envelope, prefix="/bare")

    @app.get("/healthz")
    async def healthz() -> Response:
        return Response()

    return app


def answer(value: object, status: int = 200) -> Response:
    """JSON, as pydantic's own serialiser writes it."""
    return Response(to_json(value), status, media_type="application/json")


def page_of(rows: list[asyncpg.Record]) -> dict[str, object]:
    """A page of 20, newest first, of up to 21 rows."""
    shown = rows[:20]
    cursor = None
    if len(rows) > 20:
        cursor = base64.urlsafe_b64encode(shown[-1]["id"].bytes).decode().rstrip("=")
    return {"items": [dict(row) for row in shown], "next_cursor": cursor}


@asynccontextmanager
async def pool(app: FastAPI) -> AsyncIterator[None]:
    """Connections to the database of `BENCH_DSN`, in `app.state.pool`."""
    async with asyncpg.create_pool(
        os.environ["BENCH_DSN"], min_size=POOL, max_size=POOL, server_settings={"timezone": "UTC"}
    ) as app.state.pool:
        yield


def users() -> FastAPI:
    """`GET /me/{id}` on user_service's database."""
    app = bare_app(pool)

    @app.get("/me/{account_id}")
    async def me(request: Request, account_id: UUID) -> Response:
        return answer(dict(await request.app.state.pool.fetchrow(ME, account_id)))

    return app


def tokens() -> FastAPI:
    """`GET /nothing`, and `GET /token`, which checks the caller's token and then does nothing."""

    class NoRevocations:
        def check(self, principal: Principal) -> None:
            """Nobody is revoked."""

    @asynccontextmanager
    async def parts(app: FastAPI) -> AsyncIterator[None]:
        app.state.verifier = TokenVerifier(http_keys(os.environ["BENCH_JWKS"]), SystemClock())
        app.state.revocations = NoRevocations()
        yield

    app = bare_app(parts)

    @app.get("/nothing")
    async def nothing() -> Response:
        return Response(b"{}", media_type="application/json")

    @app.get("/token")
    async def token(user: CurrentUser) -> Response:
        return Response(b"{}", media_type="application/json")

    return app


def classes() -> FastAPI:
    """Reads and writes on session_service's database."""
    app = bare_app(pool)

    @app.get("/tasks/{student_id}")
    async def tasks(request: Request, student_id: UUID) -> Response:
        return answer(page_of(await request.app.state.pool.fetch(TASKS, student_id)))

    @app.get("/tasks/{student_id}/{task_id}")
    async def task(request: Request, student_id: UUID, task_id: UUID) -> Response:
        return answer(dict(await request.app.state.pool.fetchrow(TASK, student_id, task_id)))

    @app.get("/memberships/{student_id}")
    async def memberships(request: Request, student_id: UUID) -> Response:
        return answer(page_of(await request.app.state.pool.fetch(MEMBERSHIPS, student_id)))

    @app.post("/tasks/{tutor_id}")
    async def create_task(request: Request, tutor_id: UUID) -> Response:
        return await _create_task(request, tutor_id)

    @app.post("/submissions/{student_id}/{task_id}")
    async def submit(request: Request, student_id: UUID, task_id: UUID) -> Response:
        return await _submit(request, student_id, task_id)

    return app


def letter_of(kind: str, key: UUID, now: datetime, data: dict[str, object]) -> tuple[object, ...]:
    """The values of `ADD_LETTER` for an event."""
    event_id = new_id()
    event = {
        "specversion": "1.0", "id": event_id, "source": "/studyzed/session", "type": kind,
        "time": now, "subject": key, "datacontenttype": "application/json", "eventversion": 1,
        "traceparent": "", "data": data,
    }  # fmt: skip
    return event_id, str(key), zlib.crc32(str(key).encode()) % 16, to_json(event).decode(), now


async def _create_task(request: Request, tutor_id: UUID) -> Response:
    body = from_json(await request.body())
    now, task_id, of = SystemClock().now(), new_id(), UUID(body["study_session_id"])
    due = datetime.fromisoformat(body["due_at"])
    async with request.app.state.pool.acquire() as connection, connection.transaction():
        found = await connection.fetchrow(OPEN_CLASS, of, tutor_id)
        assert found["state"] == "active"
        values = (task_id, of, body["title"], body["description"], due, now)
        await connection.execute(ADD_TASK, *values)
        told = {
            "revision": 1, "study_session_id": of, "session_code": found["session_code"],
            "task_id": task_id, "tutor_id": tutor_id, "due_at": due,
        }  # fmt: skip
        await connection.execute(ADD_LETTER, *letter_of("task.assigned", task_id, now, told))
    shown = {"id": task_id, **body, "points": "10.00", "created_at": now}
    return answer(shown, 201)


async def _submit(request: Request, student_id: UUID, task_id: UUID) -> Response:
    body = from_json(await request.body())
    now, submission_id = SystemClock().now(), new_id()
    async with request.app.state.pool.acquire() as connection, connection.transaction():
        found = await connection.fetchrow(JOINED, task_id, student_id)
        assert found["state"] == "active"
        assert now <= found["due_at"]
        number = 1 + await connection.fetchval(VERSIONS, task_id, student_id)
        values = (submission_id, task_id, student_id, "STUDY-BARE000", number, body["body"], now)
        await connection.execute(ADD_SUBMISSION, *values)
        told = {
            "revision": number, "submission_id": submission_id, "task_id": task_id,
            "student_id": student_id, "tutor_id": found["tutor_id"], "number": number,
            "session_code": found["session_code"],
        }  # fmt: skip
        await connection.execute(ADD_LETTER, *letter_of("submission.received", task_id, now, told))
    shown = {
        "id": submission_id, "task_id": task_id, "student_id": student_id,
        "student_code": "STUDY-BARE000", "number": number, "body": body["body"], "received_at": now,
    }  # fmt: skip
    return answer(shown, 201)


@asynccontextmanager
async def _mongo(app: FastAPI) -> AsyncIterator[None]:
    client: AsyncIOMotorClient[dict[str, Any]] = AsyncIOMotorClient(
        os.environ["BENCH_MONGO_URL"], uuidRepresentation="standard"
    )
    app.state.feeds = client[os.environ["BENCH_MONGO_DATABASE"]]["feeds"]
    yield
    client.close()


def feeds() -> FastAPI:
    """`GET /unread/{id}` on notification_service's database."""
    app = bare_app(_mongo)

    @app.get("/unread/{account_id}")
    async def unread(request: Request, account_id: UUID) -> Response:
        found = await request.app.state.feeds.find_one({"_id": account_id}, {"unread": 1})
        return answer({"unread": found["unread"]})

    return app
