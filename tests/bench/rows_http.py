"""Reads and writes over HTTP: CPU per request of our process against that of the bare one."""

import json
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from typing import Any

import httpx
from motor.motor_asyncio import AsyncIOMotorClient

from libs.auth import Role
from tests.bench import seeds
from tests.bench.load import Plan
from tests.bench.place import Place
from tests.bench.processes import Failed, Target, load, variables
from tests.bench.results import Result, at_most, middle
from tests.bench.results import Target as Limit

Ask = tuple[str, str, dict[str, str], str]
"""Method, path, headers, body."""


def get(path: str, headers: dict[str, str] | None = None) -> Ask:
    """A read."""
    return "GET", path, headers or {}, ""


async def compare(
    place: Place,
    row: str,
    work: str,
    limit: Limit | None,
    ours: tuple[Target, Sequence[Ask]],
    bare: tuple[Target, Sequence[Ask]],
    expect: int = 200,
) -> Result:
    """Interleaved rounds of both; the figure is CPU per request, rates stand beside it."""
    seen: dict[str, list[Any]] = {"ours": [], "bare": []}
    for number in range(place.rounds):
        pairs = [("ours", ours), ("bare", bare)]
        for side, (target, asks) in pairs if number % 2 == 0 else reversed(pairs):
            plan = Plan(target.port, list(asks), place.seconds, pids=[target.pid], expect=expect)
            seen[side].append(await load(plan))
    mine, theirs = seen["ours"], seen["bare"]
    rates = [f"{middle([one.rate for one in side]):,.0f}/s" for side in (mine, theirs)]
    p50, p99 = middle([s.p50 for s in mine]), middle([s.p99 for s in mine])
    beside = (
        f"{' against '.join(rates)}; p50 {p50:.1f} ms, p99 {p99:.1f} ms "
        f"against {middle([s.p99 for s in theirs]):.1f} ms"
    )
    return Result(
        row, work, "CPU ms per request", [s.cpu_ms for s in mine], [s.cpu_ms for s in theirs],
        limit, beside,
    )  # fmt: skip


async def check_same(ours: tuple[Target, Ask], bare: tuple[Target, Ask]) -> None:
    """Both must answer with the same JSON. Raises `Failed`."""
    answers = []
    async with httpx.AsyncClient() as client:
        for target, (method, path, headers, body) in (ours, bare):
            answers.append(
                await client.request(method, target.url + path, headers=headers, content=body)
            )
    if answers[0].json() != answers[1].json() or len(answers[0].content) != len(answers[1].content):
        raise Failed(f"{ours[1][1]}: answers differ:\n{answers[0].text}\n{answers[1].text}")


async def sign_in(target: Target, username: str, address: str) -> dict[str, str]:
    """The header of a login at user_service."""
    body = {"identifier": username, "password": seeds.PASSWORD}
    async with httpx.AsyncClient(base_url=target.url) as client:
        answer = await client.post("/v1/logins", json=body, headers={"X-Forwarded-For": address})
    if answer.status_code != 201:
        raise Failed(f"login: {answer.status_code} {answer.text}")
    return {"Authorization": f"Bearer {answer.json()['access_token']}"}


async def me(place: Place) -> list[Result]:
    """`GET /v1/me`, a hot read."""
    users = await place.users()
    bare = await place.bare("http:users", {"BENCH_DSN": users.dsn})
    ours, theirs = [], []
    for n, (account_id, username) in enumerate(users.people[:8]):
        headers = await sign_in(users.target, username, f"10.0.0.{n}")
        ours.append(get("/v1/me", headers))
        theirs.append(get(f"/me/{account_id}"))
    await check_same((users.target, ours[0]), (bare, theirs[0]))
    return [
        await compare(
            place, "me", "hot read: GET /v1/me", at_most(1.5), (users.target, ours), (bare, theirs)
        )
    ]


async def _class_read(
    place: Place, row: str, work: str, limit: Limit, path: str, bare_path: str
) -> list[Result]:
    """A student's read; paths may name `{student}` and `{task}`."""
    found = await place.classes()
    bare = await place.bare("http:classes", {"BENCH_DSN": found.dsn})
    ours, theirs = [], []
    for n, student in enumerate(found.students[:20]):
        names = {"student": student.id, "task": found.world.task_ids[n]}
        ours.append(get(path.format(**names), student.headers))
        theirs.append(get(bare_path.format(**names)))
    await check_same((found.target, ours[0]), (bare, theirs[0]))
    return [await compare(place, row, work, limit, (found.target, ours), (bare, theirs))]


async def task(place: Place) -> list[Result]:
    """`GET /v1/tasks/{id}`, an ordinary read."""
    return await _class_read(
        place, "task", "ordinary read: GET /v1/tasks/{id}", at_most(3.0),
        "/v1/tasks/{task}", "/tasks/{student}/{task}",
    )  # fmt: skip


async def tasks(place: Place) -> list[Result]:
    """`GET /v1/tasks`, a page of 20."""
    return await _class_read(
        place, "tasks", "list: GET /v1/tasks, page of 20 of 120", at_most(1.5),
        "/v1/tasks", "/tasks/{student}",
    )  # fmt: skip


async def memberships(place: Place) -> list[Result]:
    """`GET /v1/memberships`, two rows."""
    return await _class_read(
        place, "memberships", "list: GET /v1/memberships, 2 rows", at_most(1.5),
        "/v1/memberships", "/memberships/{student}",
    )  # fmt: skip


async def create_task(place: Place) -> list[Result]:
    """`POST /v1/tasks`: a row and its event."""
    found = await place.classes()
    bare = await place.bare("http:classes", {"BENCH_DSN": found.dsn})
    body = json.dumps(
        {
            "study_session_id": str(found.world.study_session_id),
            "title": "Chapter 7",
            "description": ("Solve the exercises of the chapter. " * 5).strip(),
            "due_at": (seeds.NOW + timedelta(days=7)).isoformat(),
        }
    )
    ours: Ask = ("POST", "/v1/tasks", found.tutor.headers, body)
    theirs: Ask = ("POST", f"/tasks/{found.tutor.id}", {}, body)
    return [
        await compare(
            place, "create_task", "ordinary write with event: POST /v1/tasks", at_most(3.0),
            (found.target, [ours]), (bare, [theirs]), 201,
        )
    ]  # fmt: skip


async def submit(place: Place) -> list[Result]:
    """`POST /v1/tasks/{id}/submissions`, a hot write; each student's work on many tasks."""
    found = await place.classes()
    bare = await place.bare("http:classes", {"BENCH_DSN": found.dsn})
    body = json.dumps({"body": ("My answer to the exercises of the chapter. " * 10).strip()})
    pairs = [(student, task) for task in found.world.task_ids for student in found.students]
    ours: list[Ask] = [
        ("POST", f"/v1/tasks/{task}/submissions", student.headers, body) for student, task in pairs
    ]
    theirs: list[Ask] = [
        ("POST", f"/submissions/{student.id}/{task}", {}, body) for student, task in pairs
    ]
    return [
        await compare(
            place, "submit", "hot write with event: POST /v1/tasks/{id}/submissions", at_most(1.8),
            (found.target, ours), (bare, theirs), 201,
        )
    ]  # fmt: skip


async def unread(place: Place) -> list[Result]:
    """`GET /v1/notifications/unread-count` against a bare Motor handler."""
    settings = await place.notification_settings()
    url, database = place.servers.mongo_url, settings.mongo_database
    users = [place.stack.as_user() for _ in range(20)]
    client: AsyncIOMotorClient[dict[str, Any]] = AsyncIOMotorClient(
        url, uuidRepresentation="standard"
    )
    await client[database]["feeds"].insert_many(
        [{"_id": user.id, "number": 12, "unread": 5} for user in users]
    )
    client.close()
    target = await place.processes.serve(
        "notification_service", "notification_service.app:create_app", variables(settings)
    )
    bare = await place.bare(
        "http:feeds", {"BENCH_MONGO_URL": url, "BENCH_MONGO_DATABASE": database}
    )
    ours = [get("/v1/notifications/unread-count", user.headers) for user in users]
    theirs = [get(f"/unread/{user.id}") for user in users]
    await check_same((target, ours[0]), (bare, theirs[0]))
    found = await compare(
        place, "unread", "hot read: GET /v1/notifications/unread-count, against Motor",
        at_most(1.5), (target, ours), (bare, theirs),
    )  # fmt: skip
    place.processes.stop(target)
    return [found]


async def token(place: Place) -> list[Result]:
    """What the token check adds to a request that does nothing else."""
    bare = await place.bare("http:tokens", {"BENCH_JWKS": place.stack.jwks_url})
    users = [place.stack.as_user(Role.STUDENT) for _ in range(20)]
    ours = [get("/token", user.headers) for user in users]
    theirs = [get("/nothing", user.headers) for user in users]
    return [
        await compare(
            place, "token", "token check: an empty handler with `CurrentUser`, and without", None,
            (bare, ours), (bare, theirs),
        )
    ]  # fmt: skip


ROWS: dict[str, Callable[[Place], Awaitable[list[Result]]]] = {
    "me": me,
    "task": task,
    "tasks": tasks,
    "memberships": memberships,
    "create_task": create_task,
    "submit": submit,
    "unread": unread,
    "token": token,
}
