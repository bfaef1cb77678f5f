"""A picture through the whole platform: leave at the API, bytes at the files' own origin."""

import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from tests.e2e.conftest import ADMIN_PASSWORD, Platform
from tests.images import GREEN, RED, colours, photo

SECONDS = 30.0


@pytest.fixture
def me(platform: Platform) -> Iterator[httpx.Client]:
    """The API as the admin."""
    with httpx.Client(base_url=f"{platform.url}/api/user-service", timeout=20) as web:
        body = {"identifier": "admin", "password": ADMIN_PASSWORD}
        login = web.post("/v1/logins", json=body)
        assert login.status_code == 201, login.text
        web.headers["Authorization"] = f"Bearer {login.json()['access_token']}"
        yield web


def wait_for(web: httpx.Client, path: str, state: str) -> None:
    """Until an upload has come so far."""
    deadline, seen = time.monotonic() + SECONDS, ""
    while seen != state:
        assert time.monotonic() < deadline, f"still {seen}"
        time.sleep(0.1)
        seen = web.get(path).json()["state"]


def test_u11_x17_a_picture_comes_from_its_own_origin(platform: Platform, me: httpx.Client) -> None:
    body = photo()
    wanted = {"content_type": "image/jpeg", "size": len(body)}
    asked: dict[str, Any] = me.post("/v1/me/pictures", json=wanted).json()
    address = urlsplit(asked["upload"]["url"])
    assert address.netloc != urlsplit(platform.url).netloc
    with httpx.Client(timeout=20) as browser:
        kind = {"Content-Type": "image/jpeg"}
        put = browser.put(asked["upload"]["url"], content=body + b"x", headers=kind)
        assert put.status_code == 403
        put = browser.put(asked["upload"]["url"], content=body, headers=kind)
        assert (put.status_code, put.headers["access-control-allow-origin"]) == (200, "*")
        path = f"/v1/me/pictures/{asked['id']}"
        assert me.post(f"{path}/complete").status_code == 202
        wait_for(me, path, "ready")
        shown = me.get("/v1/me/profile").json()["picture"]["small"]
        assert urlsplit(shown).netloc == address.netloc
        picture = browser.get(shown)
    assert picture.status_code == 200
    assert colours(picture.content)[:2] == [RED, GREEN]
    sent = {name: picture.headers[name] for name in HEADERS}
    assert sent == HEADERS
    assert "server" not in picture.headers
    assert me.delete("/v1/me/pictures/current").status_code == 204


HEADERS = {
    "content-type": "image/webp",
    "cache-control": "public, max-age=31536000, immutable",
    "content-disposition": "inline",
    "content-security-policy": "sandbox; default-src 'none'",
    "cross-origin-resource-policy": "cross-origin",
    "x-content-type-options": "nosniff",
}
