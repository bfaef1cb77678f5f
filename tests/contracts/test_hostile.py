"""X-A3: values that no schema forbids by itself, or no client library would send, break nothing.

Each field of a body gets a third of the values, the next field another third and so on, in turns
over all routes of a service; all fields get all values if `STUDYZED_FUZZ_EXAMPLES` is set.
"""

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.access.table import Row, World, fill
from tests.access.test_rights import SERVICES, table
from tests.contracts.worlds import opened
from tests.stack import Stack

STRINGS = (
    "\x00", "a\x00b", "\ud800", "\udfff\ud800", "\uffff", "\U0010ffff", "\u202e",
    "'; DROP TABLE x--", "%00", "../../etc", "${7*7}", " ", "A" * 100_000,
    "e\u0301" * 200, "1e400", "nan", "0" * 400,
    "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "9999-12-31T23:59:59.999999Z",
    "10000-01-01T00:00:00Z", "-0001-01-01T00:00:00Z", "2026-02-30T00:00:00Z", "1e15",
    "253402300800",
    "00000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff",
)  # fmt: skip
NUMBERS = (
    "0", "-1", "2147483648", "9223372036854775807", "9223372036854775808", "-9223372036854775809",
    "1" + "0" * 400, "1e400", "-1e400", "1e-400", "NaN", "Infinity", "-Infinity", "1.5",
    "1" + "0" * 5000,
)  # fmt: skip
OTHERS = ("null", "true", "[]", "{}", "[" * 2_000 + "]" * 2_000, '{"a":' * 500 + "1" + "}" * 500)
VALUES = [*(json.dumps(text) for text in STRINGS), *NUMBERS, *OTHERS]
RAW = (
    b"", b"null", b"\xff\xfe", b'{"a": "\xff"}', b"\xef\xbb\xbf{}", b"[1]", b'"x"', b"{",
    b'{"a":1,}', b"\x00", b'{"a": "\\ud800"}', b'{"\\u0000": 1}', b"[" * 90_000,
)  # fmt: skip
IN_URLS = (
    "%00", "%ff", "%ed%a0%80", "a%2fb", "..%2f..", "%F4%90%80%80", "9" * 400, "-1", "1e400", "NaN",
    "%", "null", "%20", "\u00e9", "a" * 5_000, "0001-01-01T00:00:00%2B14:00", "9223372036854775808",
)  # fmt: skip
KINDS = ("text/plain", "application/xml", "multipart/form-data", "application/json; x")
ALWAYS = ("traceparent", "Accept", "Authorization")
SHARES = 1 if "STUDYZED_FUZZ_EXAMPLES" in os.environ else 3
HEADERS = ("\x7f", "\u00e9", "a" * 5_000, '"', '"x', ",", "%00", "\t")


@dataclass(frozen=True)
class Request:
    """One hostile request; `what` says what is hostile about it."""

    what: str
    url: str
    headers: Mapping[str, Any]
    body: bytes | None


def bodies(body: Any, first: int) -> Iterator[bytes]:
    """The body with each field in turn replaced by its share of the values, the first field by that
    number, then what is no such body.
    """
    for number, name in enumerate(body, first):
        others = ", ".join(
            f"{json.dumps(key)}: {json.dumps(value)}" for key, value in body.items() if key != name
        )
        for value in VALUES[number % SHARES :: SHARES]:
            yield "{{{}}}".format(
                ", ".join(filter(None, [f"{json.dumps(name)}: {value}", others]))
            ).encode()
    yield from RAW


def fault(answer: httpx.Response) -> str:
    """What is wrong with an answer: a 5xx, or a refusal that is no problem."""
    if answer.status_code < 400:
        return ""
    if answer.headers["content-type"] != "application/problem+json":
        return f"{answer.status_code} as {answer.headers['content-type']}"
    body = answer.json()
    if not body["code"] or body["trace_id"] != answer.headers["x-trace-id"]:
        return f"{answer.status_code} without code or trace: {body}"
    return f"{answer.status_code}: {body['code']}" if answer.status_code >= 500 else ""


def names(document: dict[str, Any], row: Row, place: str) -> list[str]:
    """Names of a route's parameters in the path, the query or the headers."""
    operation = document["paths"][row.path][row.method.lower()]
    return [found["name"] for found in operation.get("parameters", ()) if found["in"] == place]


def requests(
    row: Row, document: dict[str, Any], world: World, head: Mapping[str, str], first: int
) -> Iterator[Request]:
    """Everything that is sent to one route: hostile in one place, and right in all others. `first`
    is the number of its body's first field.
    """
    path, body = fill(row.path, world.values), fill(row.body, world.values)
    good = json.dumps(body).encode() if body else None
    head = {**head, **row.headers, "Content-Type": "application/json"}
    if body:
        for sent in bodies(body, first):
            yield Request(f"body {sent[:150]!r}", path, head, sent)
        for kind in KINDS:
            yield Request(f"body as {kind}", path, {**head, "Content-Type": kind}, good)
    for name, value in product(names(document, row, "query"), IN_URLS):
        yield Request(f"query {name}", f"{path}?{name}={value}", head, good)
    for name, value in product(names(document, row, "path"), IN_URLS):
        url = fill(row.path.replace("{" + name + "}", value), world.values)
        yield Request(f"path {name}", url, head, good)
    for name, value in product(names(document, row, "header") or ALWAYS, HEADERS):
        said = {**head, name: value.encode()}
        yield Request(f"header {name}: {value[:40]!r}", path, said, good)


@pytest.mark.timeout(1_800)
@pytest.mark.parametrize("service", SERVICES)
async def test_x_a3_hostile_values(stack: Stack, service: str, tmp_path: Path) -> None:
    module, sent, fields, faults = table(service), 0, 0, []
    document = module.app_for_routes().openapi()
    for row in module.ROWS:
        callers = [name for name, status in row.answers.items() if status < 300] or ["nobody"]
        async with opened(stack, service, tmp_path) as world:
            head = world.callers[callers[-1]]
            for request in requests(row, document, world, head, fields):
                sent += 1
                answer = await world.client.request(
                    row.method, request.url, content=request.body, headers=request.headers
                )
                if wrong := fault(answer):
                    faults.append(f"{wrong}: {row.method} {request.url[:80]} {request.what}")
            fields += len(row.body or ())
    print(f"{service}: {sent} requests")  # noqa: T201
    assert not faults, "\n".join(faults)
