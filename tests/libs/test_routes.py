"""`libs.routes`: the index finds what FastAPI would find, and leaves the rest to it."""

from collections.abc import AsyncIterator

import httpx
import pytest
from fastapi import APIRouter, FastAPI, Request

from libs.routes import Index

inner = APIRouter(prefix="/things")
outer = APIRouter(prefix="/v1")
late = APIRouter()


def seen(request: Request) -> dict[str, object]:
    return {"path": request.scope["route"].path, "params": request.path_params}


@inner.get("/mine")
async def get_mine(request: Request) -> dict[str, object]:
    return seen(request)


@inner.get("/{thing_id}")
async def get_thing(request: Request, thing_id: int) -> dict[str, object]:
    return seen(request)


@inner.delete("/{thing_id}", status_code=204)
async def remove_thing(thing_id: int) -> None:
    return


@late.get("/v1/{word}/mine")
async def get_word(request: Request, word: str) -> dict[str, object]:
    return seen(request)


@late.get("/files/{rest:path}")
async def get_file(request: Request, rest: str) -> dict[str, object]:
    return seen(request)


@late.get("/v1/things/{thing_id}")
async def never_get(thing_id: str) -> None:
    raise AssertionError


outer.include_router(inner)


@pytest.fixture(params=[True, False], ids=["index", "fastapi"])
async def client(request: pytest.FixtureRequest) -> AsyncIterator[httpx.AsyncClient]:
    """An app with the index, and the same one without."""
    app = FastAPI()
    for router in (outer, late):
        app.include_router(router)
    if request.param:
        app.router.routes.insert(0, Index(app.routes))
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as made:
        yield made


@pytest.mark.parametrize(
    ("path", "params"),
    [
        ("/v1/things/mine", {}),
        ("/v1/things/7", {"thing_id": "7"}),
        ("/v1/others/mine", {"word": "others"}),
        ("/files/a/b/c", {"rest": "a/b/c"}),
    ],
)
async def test_the_first_route_that_fits_answers(
    client: httpx.AsyncClient, path: str, params: dict[str, object]
) -> None:
    answer = await client.get(path)
    assert (answer.status_code, answer.json()["params"]) == (200, params)


async def test_methods_and_refusals_are_as_before(client: httpx.AsyncClient) -> None:
    assert (await client.delete("/v1/things/7")).status_code == 204
    refused = await client.post("/v1/things/7")
    assert refused.status_code == 405
    assert (await client.get("/v1/things/x")).status_code == 422
    for path in ("/", "/v1", "/v1/things/7/8", "/nothing"):
        assert (await client.get(path)).status_code == 404
    slash = await client.get("/v1/things/7/")
    assert (slash.status_code, slash.headers["location"]) == (307, "http://test/v1/things/7")


async def test_most_routes_are_not_asked() -> None:
    app = FastAPI()
    for router in (outer, late):
        app.include_router(router)
    index = Index(app.routes)
    assert {key: len(found) for key, found in index._routes.items()} == {
        (3, "things"): 5, (3, "{word}"): 1, (2, "{rest}"): 1,
    }  # fmt: skip
