"""Signed addresses: what they allow, and that nothing about them can be changed."""

import asyncio
import hashlib
import socket
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from deploy.local.vendors.objects import Grant
from tests.deploy.vendors.running import OBJECTS_SECRET, Stand, eventually

PNG = b"\x89PNG and so on"


def address(stand: Stand, method: str, key: str = "pictures/a.png", **changes: Any) -> str:
    """A signed address; `changes` before signing, or after it with a leading `_`."""
    fields = {"expires": str(int(stand.clock()) + 60)}
    if method == "PUT":
        fields |= {"type": "image/png", "max": "100"}
    fields |= {name: value for name, value in changes.items() if not name.startswith("_")}
    grant = Grant(method=method, key=key, **fields)
    query = {
        "method": method, "expires": grant.expires, "type": grant.type, "max": grant.max,
        "sha256": grant.sha256, "sig": grant.signature(OBJECTS_SECRET),
    }  # fmt: skip
    query |= {name[1:]: value for name, value in changes.items() if name.startswith("_")}
    return f"{stand.objects}/objects/{key}?{urlencode(query)}"


async def put(
    stand: Stand, url: str, body: bytes = PNG, kind: str = "image/png"
) -> tuple[int, Any]:
    response = await stand.http.put(url, content=body, headers={"Content-Type": kind})
    return response.status_code, response.json()


def files(stand: Stand) -> list[Path]:
    return list((stand.settings.data / "objects").iterdir())


def test_the_documented_signature() -> None:
    """Fixed by hand with another HMAC implementation (openssl dgst -sha256 -hmac)."""
    grant = Grant("PUT", "a/b.png", "1800000000", "image/png", "100", "")
    assert grant.signature("0123456789abcdef") == (
        "d9c3f4f3720e234522c131839e0531b06f252be3403e9c02057c64ce4f31510a"
    )


async def test_put_then_get(stand: Stand) -> None:
    status, body = await put(stand, address(stand, "PUT"))
    digest = hashlib.sha256(PNG).hexdigest()
    assert (status, body) == (
        201,
        {"key": "pictures/a.png", "size": len(PNG), "type": "image/png", "sha256": digest},
    )
    response = await stand.http.get(address(stand, "GET"))
    assert (response.status_code, response.content) == (200, PNG)
    assert response.headers["content-type"] == "image/png"
    assert response.headers["x-content-type-options"] == "nosniff"
    assert response.headers["content-security-policy"] == "sandbox; default-src 'none'"
    assert response.headers["content-disposition"] == "inline"
    assert response.headers["etag"] == f'"{digest}"'
    head = await stand.http.head(address(stand, "GET"))
    assert (head.status_code, head.headers["content-length"]) == (200, str(len(PNG)))


@pytest.mark.parametrize("kind", ["text/html", "image/svg+xml", "application/pdf"])
async def test_what_a_browser_could_run_is_an_attachment(stand: Stand, kind: str) -> None:
    url = address(stand, "PUT", "files/a.bin", type=kind)
    assert (await put(stand, url, b"<script>", kind))[0] == 201
    response = await stand.http.get(address(stand, "GET", "files/a.bin"))
    assert response.headers["content-disposition"] == 'attachment; filename="a.bin"'


async def test_replacing_leaves_one_file(stand: Stand) -> None:
    assert (await put(stand, address(stand, "PUT"), b"one"))[0] == 201
    assert (await put(stand, address(stand, "PUT"), b"two"))[0] == 200
    assert (await stand.http.get(address(stand, "GET"))).content == b"two"
    assert sorted(path.suffix for path in files(stand)) == [".blob", ".json"]


async def test_delete(stand: Stand) -> None:
    await put(stand, address(stand, "PUT"))
    assert (await stand.http.delete(address(stand, "DELETE"))).status_code == 204
    assert (await stand.http.get(address(stand, "GET"))).status_code == 404
    assert (await stand.http.delete(address(stand, "DELETE"))).status_code == 404
    assert files(stand) == []


@pytest.mark.parametrize(
    "changes",
    [
        {"_expires": "99999999999"},
        {"_type": "text/html"},
        {"_max": "1000000"},
        {"_sha256": "0" * 64},
        {"_method": "GET"},
        {"_sig": "0" * 64},
        {"_sig": ""},
        {"_extra": "1"},
        {"max": ""},
        {"max": "0"},
        {"max": "-5"},
        {"type": ""},
        {"expires": "soon"},
        {"type": "image/png\n100"},
    ],
)
async def test_changed_or_senseless_address_is_refused(
    stand: Stand, changes: dict[str, str]
) -> None:
    status, body = await put(stand, address(stand, "PUT", **changes))
    assert (status, body["code"]) == (403, "bad_signature")
    assert files(stand) == []


async def test_repeated_parameter_is_refused(stand: Stand) -> None:
    status, body = await put(stand, address(stand, "PUT").replace("?", "?max=100000&"))
    assert (status, body["code"]) == (403, "bad_signature")


async def test_another_key_or_method_is_refused(stand: Stand) -> None:
    await put(stand, address(stand, "PUT"))
    other = address(stand, "PUT").replace("/a.png?", "/b.png?")
    assert (await put(stand, other))[1]["code"] == "bad_signature"
    assert (await stand.http.get(address(stand, "PUT"))).status_code == 403
    assert (await stand.http.delete(address(stand, "GET"))).status_code == 403
    assert (await put(stand, address(stand, "GET")))[0] == 403


async def test_expiry_to_the_second(stand: Stand) -> None:
    url = address(stand, "PUT")
    stand.clock.ahead = 58
    assert (await put(stand, url))[0] == 201
    stand.clock.ahead = 60
    assert (await put(stand, url)) == (
        403,
        {"code": "expired", "detail": "The address has expired."},
    )


async def test_size_type_and_checksum(stand: Stand) -> None:
    assert (await put(stand, address(stand, "PUT"), b"x" * 100))[0] == 201
    await stand.http.delete(address(stand, "DELETE"))
    assert (await put(stand, address(stand, "PUT"), b"x" * 101))[1]["code"] == "too_large"
    assert (await put(stand, address(stand, "PUT"), PNG, "text/html"))[1]["code"] == "wrong_type"
    digest = hashlib.sha256(PNG).hexdigest()
    checked = address(stand, "PUT", sha256=digest)
    assert (await put(stand, checked, b"other"))[1]["code"] == "checksum_mismatch"
    assert files(stand) == []
    assert (await put(stand, checked))[0] == 201


async def test_body_without_length_is_refused(stand: Stand) -> None:
    async def chunks() -> Any:
        yield b"x" * 1000

    headers = {"Content-Type": "image/png"}
    response = await stand.http.put(address(stand, "PUT"), content=chunks(), headers=headers)
    assert (response.status_code, response.json()["code"]) == (411, "length_required")


@pytest.mark.parametrize(
    "key",
    ["../../etc/passwd", "a/../../b", "/etc/passwd", "a//b", "a/.hidden", "a\\b", "a b", "x" * 401],
)
async def test_keys_that_leave_the_scheme_are_refused_even_when_signed(
    stand: Stand, key: str
) -> None:
    """Sent as raw bytes, since clients would tidy the path up before sending it."""
    grant = Grant("GET", key, str(int(stand.clock()) + 60))
    query = f"method=GET&expires={grant.expires}&type=&max=&sha256="
    path = key.replace(" ", "%20").replace("..", "%2e%2e")
    target = f"/objects/{path}?{query}&sig={grant.signature(OBJECTS_SECRET)}"
    reader, writer = await asyncio.open_connection("127.0.0.1", stand.settings.objects_port)
    writer.write(f"GET {target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
    status = await reader.readline()
    writer.close()
    assert status.split()[1] == b"403"


async def test_upload_that_breaks_off_leaves_nothing(stand: Stand) -> None:
    url = address(stand, "PUT")
    head = (
        f"PUT {url.removeprefix(stand.objects)} HTTP/1.1\r\nHost: x\r\n"
        "Content-Type: image/png\r\nContent-Length: 90\r\n\r\nonly this"
    )
    with socket.create_connection(("127.0.0.1", stand.settings.objects_port)) as sock:
        sock.sendall(head.encode())
    await eventually(lambda: not files(stand))
    assert (await stand.http.get(address(stand, "GET"))).status_code == 404


async def test_browsers_of_any_origin_may_ask(stand: Stand) -> None:
    response = await stand.http.options(address(stand, "PUT"))
    assert response.status_code == 204
    assert response.headers["access-control-allow-origin"] == "*"
    assert response.headers["access-control-allow-methods"] == "GET, PUT, DELETE"
    refused = await stand.http.put(address(stand, "PUT", _sig="0"))
    assert refused.headers["access-control-allow-origin"] == "*"
