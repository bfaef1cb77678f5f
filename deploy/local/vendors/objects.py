"""The object store of local mode: the part of S3 that StudyZed uses, on a port of its own.

    PUT /{bucket}                 makes a bucket
    PUT, GET, DELETE /{bucket}/{key}

Every request is signed in its address (Signature Version 4), but for GET and HEAD in the public
bucket. Headers count as far as they are signed: `Content-Type` and `Content-Length` of a PUT bound
what may be stored. An object keeps its content type, `Cache-Control` and `Content-Disposition`; a
signed GET may ask for another disposition. There are no lists, versions, rights or multipart
uploads, and a refusal is S3's XML. What browsers need beside (CORS, `nosniff`) is the gateway's.
"""

import hashlib
import json
import re
import secrets
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from xml.sax.saxutils import escape

import anyio
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route

from deploy.local.vendors.s3_signatures import Asked, Pair, Unsigned, check
from deploy.local.vendors.settings import ACCESS_KEY, BUCKET, PUBLIC_BUCKET

LONGEST_KEY = 400
BUCKET_NAME = re.compile(r"[a-z0-9][a-z0-9.-]{2,62}")
KEY = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*(/[A-Za-z0-9][A-Za-z0-9._-]*)*")
DISPOSITION = "response-content-disposition"


class Refused(Exception):
    """A request that is answered with `status` and S3's `code`."""

    def __init__(self, status: int, code: str, detail: str) -> None:
        super().__init__(detail)
        self.status = status
        self.code = code


@dataclass(frozen=True)
class Stored:
    """What is known of an object; `blob` is the name of the file with its bytes."""

    name: str
    headers: Mapping[str, str]
    etag: str
    blob: str


class ObjectStore:
    """Files under `folder`: a note per object (named by its name's digest) that names its blob."""

    def __init__(self, folder: Path, secret: str, now: Callable[[], float]) -> None:
        self._folder = folder
        self._pair = Pair(ACCESS_KEY, secret)
        self._now = now
        folder.mkdir(parents=True, exist_ok=True)
        for bucket in (BUCKET, PUBLIC_BUCKET):
            (folder / f"{bucket}.bucket").touch()

    def app(self) -> Starlette:
        """The ASGI application of the endpoint."""
        methods = ["PUT", "GET", "HEAD", "DELETE"]
        return Starlette(routes=[Route("/{name:path}", self.serve, methods=methods)])

    async def serve(self, request: Request) -> Response:
        """One request."""
        try:
            bucket, _, key = request.path_params["name"].partition("/")
            self._admit(request, bucket, key)
            if request.method == "PUT" and not key:
                return await self._make(bucket)
            if not await self._bucket(bucket).exists():
                raise Refused(404, "NoSuchBucket", "The specified bucket does not exist")
            return await self._serve_object(request, f"{bucket}/{key}")
        except Refused as refused:
            text = f"<Code>{refused.code}</Code><Message>{escape(str(refused))}</Message>"
            body = f'<?xml version="1.0" encoding="UTF-8"?>\n<Error>{text}</Error>'
            return Response(body, refused.status, media_type="application/xml")

    def _admit(self, request: Request, bucket: str, key: str) -> None:
        """Raises `Refused` unless the name is a good one, and signed for or public."""
        whole = not key and request.method == "PUT"
        good_key = whole or (len(key) <= LONGEST_KEY and KEY.fullmatch(key))
        if not BUCKET_NAME.fullmatch(bucket) or not good_key:
            raise Refused(403, "AccessDenied", "Access Denied")
        if not request.url.query:
            if bucket == PUBLIC_BUCKET and request.method in ("GET", "HEAD"):
                return
            raise Refused(403, "AccessDenied", "Access Denied")
        raw: bytes = request.scope["raw_path"]
        asked = Asked(request.method, raw.decode(), request.url.query, request.headers)
        try:
            check(asked, self._pair, self._now())
        except Unsigned as error:
            raise Refused(403, error.code, str(error)) from error

    async def _serve_object(self, request: Request, name: str) -> Response:
        if request.method == "PUT":
            return await self._put(request, name)
        if request.method == "DELETE":
            with suppress(Refused):
                await self._delete(await self._find(name))
            return Response(status_code=204)
        stored = await self._find(name)
        headers = {**stored.headers, "ETag": stored.etag}
        if wanted := request.query_params.get(DISPOSITION):
            headers["Content-Disposition"] = wanted
        kind = headers.pop("Content-Type")
        return FileResponse(self._folder / f"{stored.blob}.blob", headers=headers, media_type=kind)

    async def _make(self, bucket: str) -> Response:
        if await self._bucket(bucket).exists():
            raise Refused(409, "BucketAlreadyOwnedByYou", "The bucket is there.")
        await self._bucket(bucket).touch()
        return Response(status_code=200)

    async def _put(self, request: Request, name: str) -> Response:
        if not request.headers.get("content-length", "").isdecimal():
            raise Refused(411, "MissingContentLength", "Send the length of the body.")
        kept = ("Content-Type", "Cache-Control", "Content-Disposition")
        headers = {word: request.headers[word] for word in kept if word in request.headers}
        headers.setdefault("Content-Type", "binary/octet-stream")
        blob = secrets.token_hex(16)
        path = self._folder / f"{blob}.blob"
        try:
            etag = await _receive(request, path)
            await self._replace(Stored(name, headers, etag, blob))
        except BaseException:
            path.unlink(missing_ok=True)
            raise
        return Response(status_code=200, headers={"ETag": etag})

    async def _delete(self, stored: Stored) -> None:
        await anyio.Path(self._note(stored.name)).unlink(missing_ok=True)
        await anyio.Path(self._folder / f"{stored.blob}.blob").unlink(missing_ok=True)

    async def _replace(self, stored: Stored) -> None:
        """Makes `stored` the object of its name in one step, and drops what it replaced."""
        old = None
        with suppress(Refused):
            old = await self._find(stored.name)
        draft = anyio.Path(self._folder / f"{stored.blob}.draft")
        await draft.write_text(json.dumps(asdict(stored)))
        await draft.replace(self._note(stored.name))
        if old:
            await anyio.Path(self._folder / f"{old.blob}.blob").unlink(missing_ok=True)

    async def _find(self, name: str) -> Stored:
        try:
            return Stored(**json.loads(await anyio.Path(self._note(name)).read_text()))
        except FileNotFoundError as error:
            raise Refused(404, "NoSuchKey", "The specified key does not exist.") from error

    def _bucket(self, bucket: str) -> anyio.Path:
        return anyio.Path(self._folder / f"{bucket}.bucket")

    def _note(self, name: str) -> Path:
        # A digest as the file's name: whatever the key holds, it cannot leave the folder.
        return self._folder / f"{hashlib.sha256(name.encode()).hexdigest()}.json"


async def _receive(request: Request, path: Path) -> str:
    """Writes the body to `path`; returns its `ETag`.

    The server ends the body at its declared length, which is signed where it matters.
    """
    digest = hashlib.md5(usedforsecurity=False)
    try:
        async with await anyio.open_file(path, "wb") as file:
            async for chunk in request.stream():
                digest.update(chunk)
                await file.write(chunk)
    except ClientDisconnect as error:
        raise Refused(400, "IncompleteBody", "The body ended early.") from error
    return f'"{digest.hexdigest()}"'
