"""The object store of local mode: what signed addresses allow, and that none can be changed."""

import asyncio
import socket
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit
from xml.etree import ElementTree

import pytest

from deploy.local.vendors.s3_signatures import (
    Asked,
    Pair,
    Unsigned,
    canonical,
    check,
    signature,
)
from deploy.local.vendors.settings import ACCESS_KEY
from tests.deploy.vendors.running import OBJECTS_SECRET, Stand, eventually

PNG = b"\x89PNG and so on"
# The example of AWS's page "Authenticating Requests: Using Query Parameters".
_AWS_ID = "AKIAIOSFODNN7EXAMPLE"  # pragma: allowlist secret
_AWS_KEY = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"  # pragma: allowlist secret
AWS = Pair(_AWS_ID, _AWS_KEY)
AWS_QUERY = (
    f"X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential={_AWS_ID}%2F20130524%2Fus-east-1"
    "%2Fs3%2Faws4_request&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host"
)
AWS_SIGNATURE = (
    "aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404"  # pragma: allowlist secret
)
AWS_BEGIN = datetime(2013, 5, 24, tzinfo=UTC).timestamp()


def aws(signed: str = AWS_SIGNATURE, query: str = AWS_QUERY) -> Asked:
    host = {"host": "examplebucket.s3.amazonaws.com"}
    return Asked("GET", "/test.txt", f"{query}&X-Amz-Signature={signed}", host)


def test_the_documented_signature() -> None:
    check(aws(), AWS, AWS_BEGIN)
    check(aws(), AWS, AWS_BEGIN + 86_399)
    with pytest.raises(Unsigned, match="expired"):
        check(aws(), AWS, AWS_BEGIN + 86_400)
    with pytest.raises(Unsigned, match="not signed"):
        check(aws("0" * 64), AWS, AWS_BEGIN)
    with pytest.raises(Unsigned, match="not known"):
        check(aws(), Pair("other", AWS.secret_key), AWS_BEGIN)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("=86400", "=604801"),
        ("=86400", "=0"),
        ("=86400", "=soon"),
        ("HMAC-SHA256", "HMAC-SHA1"),
        ("20130524T000000Z", "yesterday"),
        ("Date=20130524", "Date=20130525"),
        ("%2Fs3%2F", "%2Fsqs%2F"),
        ("Headers=host", "Headers=date"),
        ("&X-Amz-SignedHeaders=host", ""),
        ("&X-Amz-Expires", "&X-Amz-Expires=1&X-Amz-Expires"),
    ],
)
def test_senseless_addresses_are_refused(old: str, new: str) -> None:
    with pytest.raises(Unsigned) as raised:
        check(aws(query=AWS_QUERY.replace(old, new, 1)), AWS, AWS_BEGIN)
    assert raised.value.code == "AuthorizationQueryParametersError"


def address(
    stand: Stand, method: str, name: str = "studyzed/pictures/a.png", **changes: Any
) -> str:
    """A signed address; `changes` are parameters, or signed headers if they have no `X_`."""
    headers = {word: value for word, value in changes.items() if not word.startswith("X_")}
    headers = {word.lower().replace("_", "-"): value for word, value in headers.items()}
    names = ";".join(sorted([*headers, "host"]))
    date = datetime.fromtimestamp(stand.clock(), UTC).strftime("%Y%m%dT%H%M%SZ")
    scope = f"{date[:8]}/us-east-1/s3/aws4_request"
    query = urlencode({
        "X-Amz-Algorithm": "AWS4-HMAC-SHA256", "X-Amz-Credential": f"{ACCESS_KEY}/{scope}",
        "X-Amz-Date": date, "X-Amz-Expires": "60", "X-Amz-SignedHeaders": names,
    })  # fmt: skip
    host = f"127.0.0.1:{stand.settings.objects_port}"
    asked = Asked(method, f"/{name}", query, headers | {"host": host})
    pair = Pair(ACCESS_KEY, OBJECTS_SECRET)
    signed = signature(canonical(asked, names), date, scope, pair)
    return f"{stand.objects}/{name}?{query}&X-Amz-Signature={signed}"


async def put(
    stand: Stand, url: str, body: bytes = PNG, kind: str = "image/png"
) -> tuple[int, str]:
    response = await stand.http.put(url, content=body, headers={"Content-Type": kind})
    code = ElementTree.fromstring(response.text).findtext("Code") if response.text else ""  # noqa: S314
    return response.status_code, code or ""


def files(stand: Stand) -> list[str]:
    """What the store keeps, buckets aside."""
    folder = stand.settings.data / "objects"
    return sorted(path.suffix for path in folder.iterdir() if path.suffix != ".bucket")


async def test_put_then_get(stand: Stand) -> None:
    assert await put(stand, address(stand, "PUT")) == (200, "")
    response = await stand.http.get(address(stand, "GET"))
    assert (response.status_code, response.content) == (200, PNG)
    assert response.headers["content-type"] == "image/png"
    head = await stand.http.head(address(stand, "HEAD"))
    assert (head.status_code, head.headers["content-length"]) == (200, str(len(PNG)))


async def test_replacing_leaves_one_file(stand: Stand) -> None:
    for body in (b"one", b"two"):
        assert await put(stand, address(stand, "PUT"), body) == (200, "")
    assert (await stand.http.get(address(stand, "GET"))).content == b"two"
    assert files(stand) == [".blob", ".json"]


async def test_delete(stand: Stand) -> None:
    await put(stand, address(stand, "PUT"))
    for _ in range(2):
        assert (await stand.http.delete(address(stand, "DELETE"))).status_code == 204
    assert (await stand.http.get(address(stand, "GET"))).status_code == 404
    assert files(stand) == []


async def test_buckets_are_made_once(stand: Stand) -> None:
    there = (409, "BucketAlreadyOwnedByYou")
    assert await put(stand, address(stand, "PUT", "studyzed"), b"") == there
    elsewhere = address(stand, "PUT", "elsewhere/a")
    assert await put(stand, elsewhere) == (404, "NoSuchBucket")
    assert await put(stand, address(stand, "PUT", "elsewhere"), b"") == (200, "")
    assert await put(stand, address(stand, "PUT", "elsewhere"), b"") == there
    assert await put(stand, elsewhere) == (200, "")


async def test_another_key_method_or_parameter_is_refused(stand: Stand) -> None:
    url = address(stand, "PUT", content_type="image/png", content_length=str(len(PNG)))
    for changed in (
        url.replace("/a.png?", "/b.png?"),
        url.replace("Expires=60", "Expires=61"),
        f"{url}&acl=public",
        url[:-1] + ("0" if url[-1] != "0" else "1"),
    ):
        assert await put(stand, changed) == (403, "SignatureDoesNotMatch")
    assert await put(stand, url, PNG, "text/html") == (403, "SignatureDoesNotMatch")
    assert await put(stand, url, PNG + b"x") == (403, "SignatureDoesNotMatch")
    assert (await stand.http.get(url)).status_code == 403
    assert files(stand) == []
    assert await put(stand, url) == (200, "")


async def test_without_a_signature_only_the_public_bucket_is_read(stand: Stand) -> None:
    for name in ("studyzed/a", "studyzed-public/a"):
        await put(stand, address(stand, "PUT", name))
    ask = stand.http
    assert (await ask.get(f"{stand.objects}/studyzed-public/a")).content == PNG
    assert (await ask.get(f"{stand.objects}/studyzed/a")).status_code == 403
    assert (await ask.get(f"{stand.objects}/studyzed-public/")).status_code == 403
    assert (await ask.get(f"{stand.objects}/studyzed-public")).status_code == 403
    for method in ("PUT", "DELETE"):
        answer = await ask.request(method, f"{stand.objects}/studyzed-public/a")
        assert answer.status_code == 403


async def test_expiry_to_the_second(stand: Stand) -> None:
    url = address(stand, "PUT")
    stand.clock.ahead = 58
    assert await put(stand, url) == (200, "")
    stand.clock.ahead = 60
    assert await put(stand, url) == (403, "AccessDenied")


async def test_body_without_length_is_refused(stand: Stand) -> None:
    async def chunks() -> Any:
        yield b"x" * 1000

    headers = {"Content-Type": "image/png"}
    response = await stand.http.put(address(stand, "PUT"), content=chunks(), headers=headers)
    assert response.status_code == 411
    assert "MissingContentLength" in response.text


@pytest.mark.parametrize(
    "key",
    ["../../etc/passwd", "a/../../b", "/etc/passwd", "a//b", "a/.hidden", "a\\b", "a b", "x" * 401],
)
async def test_keys_that_leave_the_scheme_are_refused_even_when_signed(
    stand: Stand, key: str
) -> None:
    """Sent as raw bytes, since clients would tidy the path up before sending it."""
    path = key.replace(" ", "%20").replace("..", "%2e%2e")
    parts = urlsplit(address(stand, "GET", f"studyzed/{path}"))
    assert parse_qsl(parts.query)
    reader, writer = await asyncio.open_connection("127.0.0.1", stand.settings.objects_port)
    head = f"GET {parts.path}?{parts.query} HTTP/1.1\r\nHost: {parts.netloc}\r\n"
    writer.write(f"{head}Connection: close\r\n\r\n".encode())
    status = await reader.readline()
    writer.close()
    assert status.split()[1] == b"403"


async def test_upload_that_breaks_off_leaves_nothing(stand: Stand) -> None:
    url = address(stand, "PUT")
    head = (
        f"PUT {url.removeprefix(stand.objects)} HTTP/1.1\r\n"
        f"Host: 127.0.0.1:{stand.settings.objects_port}\r\n"
        "Content-Type: image/png\r\nContent-Length: 90\r\n\r\nonly this"
    )
    with socket.create_connection(("127.0.0.1", stand.settings.objects_port)) as sock:
        sock.sendall(head.encode())
    await eventually(lambda: not files(stand))
    assert (await stand.http.get(address(stand, "GET"))).status_code == 404
