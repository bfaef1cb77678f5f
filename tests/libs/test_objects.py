"""The object store's gateway against the stand-in, which checks signatures by code of its own."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import ValidationError

from libs import objects as gateway
from libs.clock import FixedClock
from libs.errors import Unavailable
from libs.objects import ObjectMissing, Objects, ObjectTooLarge
from libs.settings import CoreSettings, ObjectsSettings
from tests.crashes import Killed, dies_at
from tests.objects import NOWHERE, OUTSIDE, object_store

PNG = b"\x89PNG and so on"
MINUTE = timedelta(minutes=1)


class Both(CoreSettings, ObjectsSettings):
    """What a service's settings are made of."""


@dataclass
class Shop:
    objects: Objects
    http: httpx.AsyncClient
    clock: FixedClock
    settings: dict[str, Any]


@pytest.fixture
async def shop() -> AsyncIterator[Shop]:
    clock = FixedClock(datetime(2026, 11, 25, 12, tzinfo=UTC))
    async with object_store(clock) as settings, httpx.AsyncClient(trust_env=False) as http:
        objects = Objects(ObjectsSettings(**settings), clock)
        yield Shop(objects, http, clock, settings)
        await objects.close()


async def test_put_get_delete(shop: Shop) -> None:
    await shop.objects.put("exports/a.zip", PNG, "application/zip")
    assert await shop.objects.get("exports/a.zip", len(PNG)) == PNG
    with pytest.raises(ObjectTooLarge):
        await shop.objects.get("exports/a.zip", len(PNG) - 1)
    await shop.objects.put("exports/a.zip", b"other", "application/zip")
    assert await shop.objects.get("exports/a.zip", 100) == b"other"
    for _ in range(2):
        await shop.objects.delete("exports/a.zip")
    with pytest.raises(ObjectMissing):
        await shop.objects.get("exports/a.zip", 100)


async def test_making_buckets_again_changes_nothing(shop: Shop) -> None:
    names = {"objects_bucket": "mine", "objects_public_bucket": "mine-public"}
    objects = Objects(ObjectsSettings(**shop.settings | names), shop.clock)
    with pytest.raises(ObjectMissing):
        await objects.put("a", PNG, "image/png")
    await objects.ensure_buckets()
    await objects.put("a", PNG, "image/png")
    await objects.ensure_buckets()
    assert await objects.get("a", 100) == PNG
    await objects.close()


POINTS = [
    "objects.before_put",
    "objects.after_put",
    "objects.before_making_a_bucket",
    "objects.after_making_a_bucket",
]
"""Those that a service's own test does not strike."""


@pytest.mark.parametrize("name", POINTS)
async def test_a_death_between_calls_is_made_good_by_the_same_again(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    names = {"objects_bucket": "mine", "objects_public_bucket": "mine-public"}
    objects = Objects(ObjectsSettings(**shop.settings | names), shop.clock)

    async def work() -> None:
        await objects.ensure_buckets()
        await objects.put("a", PNG, "image/png")

    monkeypatch.setattr(gateway, "reach", dies_at(name))
    with pytest.raises(Killed):
        await work()
    monkeypatch.undo()
    await work()
    assert await objects.get("a", 100) == PNG
    await objects.publish("b", PNG, "image/png")
    await objects.close()


async def test_public_objects_are_for_everybody_and_for_good(shop: Shop) -> None:
    await shop.objects.publish("pictures/abc/512.webp", PNG, "image/webp")
    address = shop.objects.public_address("pictures/abc/512.webp")
    answer = await shop.http.get(address)
    assert (answer.status_code, answer.content) == (200, PNG)
    assert answer.headers["content-type"] == "image/webp"
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["content-disposition"] == "inline"
    assert (await shop.http.put(address, content=b"x")).status_code == 403
    assert (await shop.http.delete(address)).status_code == 403
    for _ in range(2):
        await shop.objects.withdraw("pictures/abc/512.webp")
    assert (await shop.http.get(address)).status_code == 404


async def test_private_objects_need_an_address_that_is_good(shop: Shop) -> None:
    await shop.objects.put("exports/a.zip", PNG, "text/html")
    address = shop.objects.download_address("exports/a.zip", "my-data.zip", MINUTE)
    answer = await shop.http.get(address)
    assert (answer.status_code, answer.content) == (200, PNG)
    assert answer.headers["content-disposition"] == 'attachment; filename="my-data.zip"'
    assert (await shop.http.get(address.partition("?")[0])).status_code == 403
    assert (await shop.http.get(address.replace("a.zip?", "b.zip?"))).status_code == 403
    assert (await shop.http.get(address.replace("my-data", "other"))).status_code == 403
    assert (await shop.http.delete(address)).status_code == 403
    shop.clock.move(timedelta(seconds=59))
    assert (await shop.http.get(address)).status_code == 200
    shop.clock.move(timedelta(seconds=1))
    assert (await shop.http.get(address)).status_code == 403


async def test_x17_an_upload_is_bound_to_type_and_size(shop: Shop) -> None:
    upload = shop.objects.upload_address("uploads/a", "image/png", len(PNG), MINUTE)
    assert upload.headers == {"Content-Type": "image/png", "Content-Length": str(len(PNG))}
    assert upload.expires_at == shop.clock.now() + MINUTE

    async def put(body: bytes, **headers: str) -> int:
        given = {"Content-Type": "image/png"} | headers
        return (await shop.http.put(upload.url, content=body, headers=given)).status_code

    assert await put(PNG + b"x") == 403
    assert await put(PNG[:-1]) == 403
    assert await put(PNG, **{"Content-Type": "image/svg+xml"}) == 403
    with pytest.raises(ObjectMissing):
        await shop.objects.get("uploads/a", 100)
    assert await put(PNG) == 200
    assert await shop.objects.get("uploads/a", 100) == PNG
    shop.clock.move(MINUTE)
    assert await put(PNG) == 403


async def test_an_upload_without_a_length_is_refused(shop: Shop) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        yield PNG

    upload = shop.objects.upload_address("uploads/a", "image/png", len(PNG), MINUTE)
    headers = {"Content-Type": "image/png"}
    answer = await shop.http.put(upload.url, content=chunks(), headers=headers)
    assert answer.status_code == 403


@pytest.mark.parametrize(
    "key", ["", "/a", "a/", "a//b", "../a", "a/.b", "a b", "a?b", "é", "x" * 401]
)
async def test_other_keys_are_not_even_signed(key: str) -> None:
    objects = Objects(ObjectsSettings(**NOWHERE), FixedClock(datetime(2026, 1, 1, tzinfo=UTC)))
    with pytest.raises(ValueError, match="not a key"):
        objects.public_address(key)
    with pytest.raises(ValueError, match="not a key"):
        objects.upload_address(key, "image/png", 1, MINUTE)
    with pytest.raises(ValueError, match="not a key"):
        await objects.get(key, 1)


async def test_addresses_are_made_without_a_store() -> None:
    objects = Objects(ObjectsSettings(**NOWHERE), FixedClock(datetime(2026, 1, 1, tzinfo=UTC)))
    assert objects.public_address("a/b.webp") == f"{OUTSIDE}/studyzed-public/a/b.webp"
    upload = objects.upload_address("a", "image/png", 7, MINUTE)
    assert upload.url.startswith(f"{OUTSIDE}/studyzed/a?X-Amz-Algorithm=AWS4-HMAC-SHA256&")
    assert "&X-Amz-Date=20260101T000000Z&X-Amz-Expires=60&" in upload.url
    assert "&X-Amz-SignedHeaders=content-length%3Bcontent-type%3Bhost&" in upload.url


async def test_a_store_that_is_away_is_unavailable() -> None:
    objects = Objects(ObjectsSettings(**NOWHERE), FixedClock(datetime(2026, 1, 1, tzinfo=UTC)))
    for call in (
        objects.put("a", b"", "text/plain"),
        objects.publish("a", b"", "text/plain"),
        objects.get("a", 1),
        objects.delete("a"),
        objects.withdraw("a"),
        objects.ensure_buckets(),
    ):
        with pytest.raises(Unavailable):
            await call
    await objects.close()


@pytest.mark.parametrize(
    ("status", "error"),
    [(500, Unavailable), (503, Unavailable), (429, Unavailable), (403, RuntimeError)],
)
async def test_what_the_store_says_gets_a_name(status: int, error: type[Exception]) -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(
            f"HTTP/1.1 {status} X\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode()
        )
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    settings = ObjectsSettings(**NOWHERE | {"objects_url": f"http://127.0.0.1:{port}"})
    objects = Objects(settings, FixedClock(datetime(2026, 1, 1, tzinfo=UTC)))
    with pytest.raises(error):
        await objects.get("secret-key", 1)
    with pytest.raises(error) as raised:
        await objects.delete("secret-key")
    assert "secret-key" not in str(raised.value)
    await objects.close()
    server.close()


@pytest.mark.parametrize(
    ("environment", "api", "files", "good"),
    [
        ("local", "http://127.0.0.1:8000", "http://127.0.0.1:8001", True),
        ("local", "http://127.0.0.1:8000", "http://127.0.0.1:8000", False),
        ("production", "https://a.example", "https://files.a.example", True),
        ("production", "https://a.example", "https://a.example:8443", False),
        ("production", "https://a.example", "https://a.example", False),
    ],
)
def test_x17_files_have_an_origin_of_their_own(
    environment: str, api: str, files: str, good: bool
) -> None:
    values: dict[str, Any] = {"environment": environment, "public_url": api, "jwks_url": ""}
    values |= NOWHERE | {"objects_public_url": files}
    if good:
        assert Both(**values).objects_public_url == files
        return
    with pytest.raises(ValidationError, match="files need an origin of their own"):
        Both(**values)


async def test_files_go_and_come_in_chunks(shop: Shop, tmp_path: Path) -> None:
    body = b"0123456789abcdef" * 20_000  # several chunks
    there, back = tmp_path / "there", tmp_path / "back"
    there.write_bytes(body)
    await shop.objects.put_file("exports/a.zip", there, len(body), "application/zip")
    digest = await shop.objects.get_file("exports/a.zip", back, len(body))
    assert digest == hashlib.sha256(body).hexdigest()
    assert back.read_bytes() == body
    with pytest.raises(ObjectTooLarge):
        await shop.objects.get_file("exports/a.zip", back, len(body) - 1)
    with pytest.raises(ObjectMissing):
        await shop.objects.get_file("exports/b.zip", back, 1)
    with pytest.raises(Exception, match="Too little data"):  # than was promised
        await shop.objects.put_file("exports/b.zip", there, len(body) + 1, "application/zip")
    with pytest.raises(ObjectMissing):
        await shop.objects.get_file("exports/b.zip", back, 1)
