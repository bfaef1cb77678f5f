"""What every service's HTTP face has in common: problems, traces, limits, probes, transactions."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Annotated, Any

import asyncpg
import httpx
import pytest
from fastapi import APIRouter, FastAPI, Query, Request, Response
from prometheus_client import REGISTRY
from sqlalchemy import text

from deploy.local.servers import Servers
from libs import app as http
from libs import probes, tracing
from libs.errors import Conflict, NotFound
from libs.postgres_deps import SessionDep
from libs.schemas import Schema
from tests.libs.parts import Parts
from tests.stack import eventually, running

PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
TRACE = PARENT[3:35]


class Inner(Schema):
    size: int


class Body(Schema):
    name: str
    inner: tuple[Inner, ...] = ()


router = APIRouter()


@router.post("/v1/things")
async def add_thing(body: Body, limit: Annotated[int, Query(le=5)] = 1) -> dict[str, Any]:
    return {"name": body.name, "limit": limit}


@router.post("/v1/sizes")
async def measure(request: Request) -> dict[str, int]:
    return {"size": len(await request.body())}


@router.get("/v1/things/{thing_id}")
async def get_thing(thing_id: int) -> dict[str, Any]:
    if thing_id == 500:
        raise RuntimeError("secret detail of a crash")
    if thing_id == 404:
        raise NotFound
    return {"trace": tracing.current_trace_id()}


@router.post("/v1/deferred", status_code=201)
async def break_at_commit(session: SessionDep) -> dict[str, str]:
    await session.execute(text("INSERT INTO twice VALUES (1), (1)"))
    return {"state": "stored"}


@router.post("/v1/refusal")
async def refuse(session: SessionDep, request: Request) -> None:
    await session.execute(text("INSERT INTO aggregates VALUES ('rolled back', 1)"))
    async with request.app.state.database.transaction(independent=True) as other:
        await other.execute(text("INSERT INTO aggregates VALUES ('survives', 1)"))
    raise Conflict


@router.get("/v1/rows")
async def count_rows(session: SessionDep) -> int:
    return int(await session.scalar(text("SELECT count(*) FROM aggregates")) or 0)


@router.get("/v1/half")
async def half() -> Response:
    class Broken(Response):
        async def __call__(self, *asgi: Any) -> None:
            send = asgi[2]
            await send({"type": "http.response.start", "status": 200, "headers": []})
            raise RuntimeError("in the middle")

    return Broken()


def build(parts: Parts, head: str = "") -> FastAPI:
    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        app.state.database = parts.database
        yield

    def checks(_: FastAPI) -> Mapping[str, probes.Check]:
        return {"database": lambda: parts.database.ping(head)}

    about = http.About("test_service", "A service of the tests.", "/api/tests")
    return http.build_app(about, parts.settings, [router], lifespan, checks)


@pytest.fixture
async def client(parts: Parts) -> AsyncIterator[httpx.AsyncClient]:
    async with running(build(parts)) as client:
        yield client


def check_problem(answer: httpx.Response, status: int, code: str) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    body: dict[str, Any] = answer.json()
    assert (body["status"], body["code"]) == (status, code)
    assert body["type"] == f"urn:studyzed:problem:{code}"
    assert body["trace_id"] == answer.headers["x-trace-id"]
    assert len(body["trace_id"]) == 32
    return body


async def test_x_a3_every_refusal_is_a_problem(client: httpx.AsyncClient) -> None:
    check_problem(await client.get("/nowhere"), 404, "not_found")
    check_problem(await client.get("/v1/things/404"), 404, "not_found")
    refused = await client.delete("/v1/things/1")
    check_problem(refused, 405, "method_not_allowed")
    assert refused.headers["allow"] == "GET"
    headers = {"content-type": "application/json"}
    broken = await client.post("/v1/things", content=b'{"name": ', headers=headers)
    check_problem(broken, 400, "bad_request")
    for kind in ("text/plain", "application/x-www-form-urlencoded"):
        foreign = await client.post(
            "/v1/things", content=b'{"name": "a"}', headers={"content-type": kind}
        )
        check_problem(foreign, 415, "unsupported_media_type")
    check_problem(await client.post("/v1/things"), 422, "invalid")


async def test_x_a3_wrong_fields_are_pointed_at(client: httpx.AsyncClient) -> None:
    body = {"inner": [{"size": 1}, {"size": "hush"}], "a/b~c": 1}
    answer = await client.post("/v1/things?limit=6", json=body)
    problem = check_problem(answer, 422, "invalid")
    assert {(field["pointer"], field["code"]) for field in problem["fields"]} == {
        ("query/limit", "less_than_equal"),
        ("/name", "missing"),
        ("/inner/1/size", "int_parsing"),
        ("/a~1b~0c", "extra_forbidden"),
    }
    assert "hush" not in answer.text
    problem = check_problem(await client.get("/v1/things/x"), 422, "invalid")
    assert [field["pointer"] for field in problem["fields"]] == ["path/thing_id"]


async def test_x_a3_a_crash_tells_nothing_but_its_trace(client: httpx.AsyncClient) -> None:
    answer = await client.get("/v1/things/500", headers={"traceparent": PARENT})
    problem = check_problem(answer, 500, "internal_error")
    assert problem["trace_id"] == TRACE
    assert "secret detail" not in answer.text
    assert "Traceback" not in answer.text
    assert answer.headers["x-content-type-options"] == "nosniff"


async def test_an_answer_that_breaks_off_is_not_mended(client: httpx.AsyncClient) -> None:
    answer = await client.get("/v1/half")
    assert answer.content == b""


async def test_a_body_of_the_limit_passes_and_one_byte_more_does_not(
    client: httpx.AsyncClient,
) -> None:
    async def chunks(size: int) -> AsyncIterator[bytes]:
        for start in range(0, size, 100_000):
            yield b"x" * min(100_000, size - start)

    most = http.MAX_BODY_BYTES
    for content in (b"x" * most, chunks(most)):
        answer = await client.post("/v1/sizes", content=content)
        assert answer.json() == {"size": most}
    for content in (b"x" * (most + 1), chunks(most + 1)):
        check_problem(await client.post("/v1/sizes", content=content), 413, "too_large")
    long = json.dumps({"name": "x" * most}).encode()

    async def chunked() -> AsyncIterator[bytes]:
        yield long

    headers = {"content-type": "application/json"}
    for body in (long, chunked()):
        answer = await client.post("/v1/things", content=body, headers=headers)
        check_problem(answer, 413, "too_large")


async def test_a_trace_is_continued(client: httpx.AsyncClient) -> None:
    answer = await client.get("/v1/things/1", headers={"traceparent": PARENT})
    assert answer.json() == {"trace": TRACE}
    assert answer.headers["x-trace-id"] == TRACE


@pytest.mark.parametrize("parent", ["", "x", PARENT + "0", f"00-{'0' * 32}-{'1' * 16}-01"])
async def test_a_malformed_trace_is_replaced(client: httpx.AsyncClient, parent: str) -> None:
    first = await client.get("/v1/things/1", headers={"traceparent": parent})
    second = await client.get("/v1/things/1", headers={"traceparent": parent})
    assert first.json()["trace"] == first.headers["x-trace-id"] != second.headers["x-trace-id"]
    assert first.headers["x-trace-id"] != "0" * 32


async def test_metrics_know_templates_not_paths(client: httpx.AsyncClient) -> None:
    def count(route: str, status: str) -> float:
        labels = {"method": "GET", "route": route, "status": status}
        return REGISTRY.get_sample_value("http_requests_total", labels) or 0

    before = [count("/v1/things/{thing_id}", status) for status in ("200", "404", "500")]
    nowhere = count("none", "404")
    for number in (1, 2, 404, 500):
        await client.get(f"/v1/things/{number}")
    await client.get("/nowhere/at/all")
    after = [count("/v1/things/{thing_id}", status) for status in ("200", "404", "500")]
    assert [b - a for a, b in zip(before, after, strict=True)] == [2, 1, 1]
    assert count("none", "404") == nowhere + 1
    shown = (await client.get("/metrics")).text
    assert "/v1/things/1" not in shown
    assert "/nowhere" not in shown


async def test_a_commit_that_fails_is_no_success(parts: Parts, client: httpx.AsyncClient) -> None:
    await as_owner(parts, "CREATE TABLE twice (id int UNIQUE DEFERRABLE INITIALLY DEFERRED)")
    check_problem(await client.post("/v1/deferred"), 500, "internal_error")
    assert await parts.fetch("SELECT * FROM twice") == []


async def test_what_is_independent_survives_the_refusal(
    parts: Parts, client: httpx.AsyncClient
) -> None:
    check_problem(await client.post("/v1/refusal"), 409, "conflict")
    assert await parts.fetch("SELECT key FROM aggregates") == [("survives",)]


async def test_probes_and_requests_tell_the_truth_about_the_database(
    parts: Parts, client: httpx.AsyncClient, servers: Servers
) -> None:
    assert (await client.get("/readyz")).json() == {"ready": True, "parts": {"database": "ready"}}
    assert (await client.get("/v1/rows")).json() == 0
    servers.stop("postgres")  # a kill would lose the tables: the tests' server does not sync
    try:
        for _ in range(2):
            answer = await client.get("/v1/rows")
            check_problem(answer, 503, "unavailable")
            assert int(answer.headers["retry-after"]) > 0
        ready = await client.get("/readyz")
        assert (ready.status_code, ready.json()["ready"]) == (503, False)
        assert (await client.get("/healthz")).json() == {"status": "alive"}
    finally:
        servers.start("postgres")

    async def back() -> bool:
        return (await client.get("/v1/rows")).status_code == 200

    await eventually(back)
    assert (await client.get("/readyz")).status_code == 200


async def test_a_schema_behind_the_code_is_not_ready(parts: Parts) -> None:
    [(head,)] = await parts.fetch("SELECT version_num FROM alembic_version")
    async with running(build(parts, str(head))) as client:
        assert (await client.get("/readyz")).status_code == 200
    async with running(build(parts, "later")) as client:
        answer = await client.get("/readyz")
        assert answer.status_code == 503
        assert "needs later" in answer.json()["parts"]["database"]


async def test_a_slow_check_is_not_ready(
    parts: Parts, monkeypatch: pytest.MonkeyPatch, client: httpx.AsyncClient
) -> None:
    async def never(_: str = "") -> None:
        await asyncio.sleep(60)

    monkeypatch.setattr(probes, "CHECK_SECONDS", 0.05)
    monkeypatch.setattr(parts.database, "ping", never)
    assert (await client.get("/readyz")).status_code == 503


async def as_owner(parts: Parts, statement: str) -> None:
    assert parts.settings.database_owner_url is not None
    url = parts.settings.database_owner_url.get_secret_value()
    owner = await asyncpg.connect(url.replace("postgresql+asyncpg://", "postgresql://"))
    await owner.execute(statement)
    await owner.close()


async def test_a_text_that_speaks_of_connections_is_not_an_outage(parts: Parts) -> None:
    with pytest.raises(Exception, match="invalid input syntax") as caught:
        await parts.fetch("SELECT CAST(CAST(:word AS text) AS int)", word="connection lost")
    assert type(caught.value).__name__ == "DBAPIError"
