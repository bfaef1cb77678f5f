"""The object store of local mode: HMAC-signed PUT, GET and DELETE on an origin of its own.

The signing scheme, for whoever makes the addresses (`libs/objects.py`):

    {origin}/objects/{key}?method=…&expires=…&type=…&max=…&sha256=…&sig=…

    key      1-400 characters; segments of [A-Za-z0-9._-] that start with a letter or digit,
             joined by "/". It needs no percent-encoding.
    method   PUT, GET or DELETE; a GET address serves HEAD as well
    expires  Unix time in whole seconds; the address is good while now < expires
    type     PUT: the content type, which the request must send exactly so; otherwise empty
    max      PUT: the largest body in bytes, 1 or more, in digits; otherwise empty
    sha256   PUT: the body's digest in 64 lower-case hex digits, or empty for any body;
             otherwise empty
    sig      lower-case hex of HMAC-SHA256(key=STUDYZED_OBJECTS_SECRET in UTF-8, message), message =
             "\\n".join(("studyzed-objects-v1", method, key, expires, type, max, sha256)) in UTF-8,
             of the decoded values

All six parameters are sent once each, empty ones as `name=`; a space in `type` is `%20` or `+`.

PUT answers 201 (or 200 where it replaced an object) with {key, size, type, sha256}; the `ETag` is
the digest in quotes. Refusals are JSON {code, detail}: 403 `bad_signature`, `expired`; 400
`checksum_mismatch`; 411 `length_required`; 413 `too_large`; 415 `wrong_type`; 404 `not_found`.
Nothing is stored by a refused PUT. GET serves the type that the PUT was signed with, images that
browsers cannot run (no SVG) inline and all else as an attachment.
"""

import hashlib
import hmac
import json
import re
import secrets
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from urllib.parse import parse_qsl

import anyio
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Route

SCHEME = "studyzed-objects-v1"
PARAMETERS = frozenset({"method", "expires", "type", "max", "sha256", "sig"})
INLINE = frozenset({"image/avif", "image/gif", "image/jpeg", "image/png", "image/webp"})
LONGEST_KEY = 400
_KEY = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*(/[A-Za-z0-9][A-Za-z0-9._-]*)*")
# Addresses carry their own right and no cookie counts, so any origin may use them.
CORS = {"Access-Control-Allow-Origin": "*", "Access-Control-Expose-Headers": "ETag"}


class Refused(Exception):
    """A request that is answered with `status` and a machine-readable `code`."""

    def __init__(self, status: int, code: str, detail: str) -> None:
        super().__init__(detail)
        self.status = status
        self.code = code


@dataclass(frozen=True)
class Grant:
    """What an address allows, see the module's docstring; all values as they stand in it."""

    method: str
    key: str
    expires: str
    type: str = ""
    max: str = ""
    sha256: str = ""

    def signature(self, secret: str) -> str:
        """The hex HMAC over the canonical string."""
        parts = (SCHEME, self.method, self.key, self.expires, self.type, self.max, self.sha256)
        return hmac.new(secret.encode(), "\n".join(parts).encode(), hashlib.sha256).hexdigest()


@dataclass(frozen=True)
class Stored:
    """What is known of an object; `blob` is the name of the file with its bytes."""

    key: str
    type: str
    size: int
    sha256: str
    blob: str


def read_grant(request: Request, secret: str, now: float) -> Grant:
    """The right that the address carries; raise `Refused` (403) unless it is signed and fresh."""
    fields = parse_qsl(request.url.query, keep_blank_values=True)
    values = dict(fields)
    if len(fields) != len(values) or set(values) != PARAMETERS:
        raise Refused(403, "bad_signature", "The address needs each of its parameters once.")
    sig = values.pop("sig")
    key = request.path_params["key"]
    grant = Grant(key=key, **values)
    # The canonical string joins by line breaks, so no value may bring its own.
    clean = not any("\n" in value for value in values.values()) and grant.expires.isdecimal()
    clean = clean and len(key) <= LONGEST_KEY and _KEY.fullmatch(key) is not None
    if not clean or not hmac.compare_digest(sig.encode(), grant.signature(secret).encode()):
        raise Refused(403, "bad_signature", "The address is not signed for this.")
    if now >= int(grant.expires):
        raise Refused(403, "expired", "The address has expired.")
    if grant.method != ("GET" if request.method == "HEAD" else request.method):
        raise Refused(403, "bad_signature", "The address is signed for another method.")
    return grant


class ObjectStore:
    """Files under `folder`: a note per key (named by the key's digest) that names its blob."""

    def __init__(self, folder: Path, secret: str, now: Callable[[], float]) -> None:
        self._folder = folder
        self._secret = secret
        self._now = now
        folder.mkdir(parents=True, exist_ok=True)

    def app(self) -> Starlette:
        """The ASGI application of the endpoint."""
        methods = ["PUT", "GET", "HEAD", "DELETE", "OPTIONS"]
        return Starlette(routes=[Route("/objects/{key:path}", self.serve, methods=methods)])

    async def serve(self, request: Request) -> Response:
        """One signed request, or a browser's question whether it may send one."""
        if request.method == "OPTIONS":
            allowed = {"Methods": "GET, PUT, DELETE", "Headers": "content-type", "Max-Age": "600"}
            more = {f"Access-Control-Allow-{name}": value for name, value in allowed.items()}
            more["Access-Control-Max-Age"] = more.pop("Access-Control-Allow-Max-Age")
            return Response(status_code=204, headers={**CORS, **more})
        try:
            grant = read_grant(request, self._secret, self._now())
            if grant.method == "PUT":
                return await self._put(request, grant)
            stored = await self._find(grant.key)
            return await self._delete(stored) if grant.method == "DELETE" else self._get(stored)
        except Refused as refused:
            body = {"code": refused.code, "detail": str(refused)}
            return JSONResponse(body, refused.status, CORS)

    async def _put(self, request: Request, grant: Grant) -> Response:
        _check_headers(request, grant)
        blob = secrets.token_hex(16)
        path = self._folder / f"{blob}.blob"
        try:
            size, digest = await _receive(request, path)
            if grant.sha256 and not hmac.compare_digest(digest, grant.sha256):
                raise Refused(400, "checksum_mismatch", "The body is not the one that was signed.")
            old = await self._replace(Stored(grant.key, grant.type, size, digest, blob))
        except BaseException:
            path.unlink(missing_ok=True)
            raise
        body = {"key": grant.key, "size": size, "type": grant.type, "sha256": digest}
        return JSONResponse(body, 200 if old else 201, {**CORS, "ETag": f'"{digest}"'})

    def _get(self, stored: Stored) -> Response:
        name = stored.key.rpartition("/")[2]
        inline = stored.type in INLINE
        headers = {
            **CORS,
            "Cache-Control": "private, no-cache",
            "Content-Disposition": "inline" if inline else f'attachment; filename="{name}"',
            "Content-Security-Policy": "sandbox; default-src 'none'",
            "Cross-Origin-Resource-Policy": "cross-origin",
            "ETag": f'"{stored.sha256}"',
            "X-Content-Type-Options": "nosniff",
        }
        path = self._folder / f"{stored.blob}.blob"
        return FileResponse(path, headers=headers, media_type=stored.type)

    async def _delete(self, stored: Stored) -> Response:
        await anyio.Path(self._note(stored.key)).unlink(missing_ok=True)
        await anyio.Path(self._folder / f"{stored.blob}.blob").unlink(missing_ok=True)
        return Response(status_code=204, headers=CORS)

    async def _replace(self, stored: Stored) -> Stored | None:
        """Make `stored` the object of its key in one step; returns what it replaced."""
        old = None
        with suppress(Refused):
            old = await self._find(stored.key)
        draft = anyio.Path(self._folder / f"{stored.blob}.draft")
        await draft.write_text(json.dumps(asdict(stored)))
        await draft.replace(self._note(stored.key))
        if old:
            await anyio.Path(self._folder / f"{old.blob}.blob").unlink(missing_ok=True)
        return old

    async def _find(self, key: str) -> Stored:
        try:
            return Stored(**json.loads(await anyio.Path(self._note(key)).read_text()))
        except FileNotFoundError as error:
            raise Refused(404, "not_found", "There is no such object.") from error

    def _note(self, key: str) -> Path:
        # A digest as the name: whatever the key holds, it cannot leave the folder.
        return self._folder / f"{hashlib.sha256(key.encode()).hexdigest()}.json"


def _check_headers(request: Request, grant: Grant) -> None:
    if not grant.type or not grant.max.isdecimal() or int(grant.max) < 1:
        raise Refused(403, "bad_signature", "A PUT must be signed with a type and a size.")
    if request.headers.get("content-type") != grant.type:
        raise Refused(415, "wrong_type", f"The content type must be {grant.type}.")
    length = request.headers.get("content-length", "")
    if not length.isdecimal():
        raise Refused(411, "length_required", "Send the length of the body.")
    if int(length) > int(grant.max):
        raise Refused(413, "too_large", f"At most {grant.max} bytes are allowed.")


async def _receive(request: Request, path: Path) -> tuple[int, str]:
    """Write the body to `path`; returns its size in bytes and its digest.

    The server ends the body at its declared length, which has been checked.
    """
    digest, size = hashlib.sha256(), 0
    try:
        async with await anyio.open_file(path, "wb") as file:
            async for chunk in request.stream():
                size += len(chunk)
                digest.update(chunk)
                await file.write(chunk)
    except ClientDisconnect as error:
        raise Refused(400, "incomplete", "The body ended early.") from error
    return size, digest.hexdigest()
