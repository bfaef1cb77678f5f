"""The object store's gateway, over S3's protocol: addresses for clients, and calls of our own.

There are two buckets. What lies in the private one is reached by signed addresses only. The public
one serves anybody who knows a key, so keys there cannot be guessed, nothing but what we have made
ourselves goes there, and a key's bytes never change. Browsers meet both on an origin of their own
(`ObjectsSettings.objects_public_url`), never on the API's.

botocore signs, which needs no network; httpx carries the bytes. Whatever is slow here must not be
awaited inside a transaction.
"""

import hashlib
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
from botocore.auth import S3SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from libs.clock import Clock
from libs.crashpoint import reach
from libs.errors import NotFound, Unavailable
from libs.files import CHUNK, chunks
from libs.settings import ObjectsSettings

LONGEST_KEY = 400
KEY = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*(/[A-Za-z0-9][A-Za-z0-9._-]*)*")
OWN_CALLS = timedelta(minutes=2)
"""How long the addresses of our own calls are good."""
TIMEOUT = httpx.Timeout(15, connect=3)
EXISTS = 409
MISSING = 404


class ObjectMissing(NotFound):
    """There is no such object."""

    code = "object_missing"


class ObjectTooLarge(Exception):
    """An object is larger than the caller takes; it was not read to its end."""


@dataclass(frozen=True)
class Upload:
    """Leave to store one object: a PUT to `url` with exactly these headers, until `expires_at`.

    `Content-Length` stands among the headers, so the body has exactly the promised size. Browsers
    send it by themselves.
    """

    url: str
    headers: Mapping[str, str]
    expires_at: datetime


class _Signer(S3SigV4QueryAuth):  # type: ignore[misc]  # botocore has no types
    """Signs as of a given instant instead of the machine's clock."""

    def __init__(self, credentials: Credentials, region: str, at: datetime, lives: timedelta):
        super().__init__(credentials, "s3", region, expires=int(lives.total_seconds()))
        self._at = at

    def _modify_request_before_signing(self, request: AWSRequest) -> None:
        request.context["timestamp"] = self._at.strftime("%Y%m%dT%H%M%SZ")
        super()._modify_request_before_signing(request)


class Objects:
    """Both buckets. Keys are 1 to 400 letters, digits, `.`, `_` and `-` in parts joined by `/`."""

    def __init__(self, settings: ObjectsSettings, clock: Clock) -> None:
        self._clock = clock
        self._inside = settings.objects_url.rstrip("/")
        self._outside = settings.objects_public_url.rstrip("/")
        self._private, self._public = settings.objects_bucket, settings.objects_public_bucket
        self._region = settings.objects_region
        self._credentials = Credentials(
            settings.objects_access_key.get_secret_value(),
            settings.objects_secret_key.get_secret_value(),
        )
        self._made: httpx.AsyncClient | None = None

    def upload_address(self, key: str, kind: str, size: int, lives: timedelta) -> Upload:
        """Leave for a client to store one object of a content type and a size in bytes."""
        headers = {"Content-Type": kind, "Content-Length": str(size)}
        url = self._sign("PUT", f"{self._outside}/{self._private}/{_checked(key)}", lives, headers)
        return Upload(url, headers, self._clock.now() + lives)

    def download_address(self, key: str, name: str, lives: timedelta, full_name: str = "") -> str:
        """An address at which whoever has it gets a private object as a file of this name.

        `name` is made of letters, digits, `.`, `_` and `-`; `full_name` is what browsers take in
        its place if they can, and may have any letters (RFC 6266, section 4.3; RFC 8187).
        """
        told = f'attachment; filename="{_checked(name)}"'
        if full_name:
            told += f"; filename*=UTF-8''{quote(full_name, safe='')}"
        query = {"response-content-disposition": told}
        address = f"{self._outside}/{self._private}/{_checked(key)}"
        return self._sign("GET", address, lives, query=query)

    def public_address(self, key: str) -> str:
        """Where everybody finds an object of the public bucket."""
        return f"{self._outside}/{self._public}/{_checked(key)}"

    async def put(self, key: str, body: bytes, kind: str) -> None:
        """Stores a private object. Raises `Unavailable`."""
        headers = {"Content-Type": kind, "Content-Length": str(len(body))}
        address = self._own("PUT", self._private, key, headers)
        with _away_is_unavailable():
            await reach("objects.before_put")
            answer = await self._client().put(address, content=body, headers=headers)
            await reach("objects.after_put")
        _check(answer)

    async def put_file(self, key: str, path: Path, size: int, kind: str) -> None:
        """Stores a file of a size in bytes as a private object, chunk by chunk. Raises
        `Unavailable`.
        """
        headers = {"Content-Type": kind, "Content-Length": str(size)}
        address = self._own("PUT", self._private, key, headers)
        with _away_is_unavailable():
            await reach("objects.before_put_file")
            answer = await self._client().put(address, content=chunks(path), headers=headers)
            await reach("objects.after_put_file")
        _check(answer)

    async def get_file(self, key: str, path: Path, most: int) -> str:
        """Writes a private object of at most `most` bytes to a file; returns its SHA-256 in
        hexadecimal.

        Raises `ObjectMissing`, `ObjectTooLarge` or `Unavailable`.
        """
        address, size, digest = self._own("GET", self._private, key), 0, hashlib.sha256()
        with _away_is_unavailable(), path.open("wb") as file:
            await reach("objects.before_get_file")
            async with self._client().stream("GET", address) as answer:
                _check(answer)
                async for chunk in answer.aiter_bytes(CHUNK):
                    size += len(chunk)
                    if size > most:
                        raise ObjectTooLarge
                    digest.update(chunk)
                    file.write(chunk)
            await reach("objects.after_get_file")
        return digest.hexdigest()

    async def publish(self, key: str, body: bytes, kind: str) -> None:
        """Stores a public object, for good: browsers may keep it for a year. Raises `Unavailable`.

        A key may be published again with the same bytes only.
        """
        headers = {
            "Content-Type": kind,
            "Content-Length": str(len(body)),
            "Content-Disposition": "inline",
            "Cache-Control": "public, max-age=31536000, immutable",
        }
        address = self._own("PUT", self._public, key, headers)
        with _away_is_unavailable():
            await reach("objects.before_publish")
            answer = await self._client().put(address, content=body, headers=headers)
            await reach("objects.after_publish")
        _check(answer)

    async def get(self, key: str, most: int) -> bytes:
        """The bytes of a private object, at most `most` of them.

        Raises `ObjectMissing`, `ObjectTooLarge` or `Unavailable`.
        """
        address, body = self._own("GET", self._private, key), bytearray()
        with _away_is_unavailable():
            await reach("objects.before_get")
            async with self._client().stream("GET", address) as answer:
                _check(answer)
                async for chunk in answer.aiter_bytes():
                    body += chunk
                    if len(body) > most:
                        raise ObjectTooLarge
            await reach("objects.after_get")
        return bytes(body)

    async def delete(self, key: str) -> None:
        """Takes a private object away; well if there is none. Raises `Unavailable`."""
        address = self._own("DELETE", self._private, key)
        with _away_is_unavailable():
            await reach("objects.before_delete")
            answer = await self._client().delete(address)
            await reach("objects.after_delete")
        _check(answer, but=MISSING)

    async def withdraw(self, key: str) -> None:
        """Takes a public object away; well if there is none. Raises `Unavailable`."""
        address = self._own("DELETE", self._public, key)
        with _away_is_unavailable():
            await reach("objects.before_withdraw")
            answer = await self._client().delete(address)
            await reach("objects.after_withdraw")
        _check(answer, but=MISSING)

    async def ensure_buckets(self) -> None:
        """Makes the buckets that are not there. Raises `Unavailable`.

        Who may read the public one without a signature is the store's own configuration.
        """
        for bucket in (self._private, self._public):
            address = self._sign("PUT", f"{self._inside}/{bucket}", OWN_CALLS)
            with _away_is_unavailable():
                await reach("objects.before_making_a_bucket")
                answer = await self._client().put(address)
                await reach("objects.after_making_a_bucket")
            _check(answer, but=EXISTS)

    async def close(self) -> None:
        """Closes the connections."""
        if self._made is not None:
            await self._made.aclose()

    def _client(self) -> httpx.AsyncClient:
        """Made by the first call: most processes only sign."""
        if self._made is None:
            self._made = httpx.AsyncClient(timeout=TIMEOUT, trust_env=False)
        return self._made

    def _own(
        self, method: str, bucket: str, key: str, headers: Mapping[str, str] | None = None
    ) -> str:
        return self._sign(method, f"{self._inside}/{bucket}/{_checked(key)}", OWN_CALLS, headers)

    def _sign(
        self,
        method: str,
        address: str,
        lives: timedelta,
        headers: Mapping[str, str] | None = None,
        query: Mapping[str, str] | None = None,
    ) -> str:
        request: Any = AWSRequest(method, address, dict(headers or {}), params=dict(query or {}))
        _Signer(self._credentials, self._region, self._clock.now(), lives).add_auth(request)
        return str(request.url)


def _checked(key: str) -> str:
    if len(key) > LONGEST_KEY or not KEY.fullmatch(key):
        raise ValueError("not a key of an object")
    return key


@contextmanager
def _away_is_unavailable() -> Iterator[None]:
    try:
        yield
    except httpx.HTTPError as error:
        raise Unavailable("the object store does not answer") from error


def _check(answer: httpx.Response, but: int = 0) -> None:
    """Raises for any answer that is neither a success nor `but`; the text says nothing of keys."""
    if answer.is_success or answer.status_code == but:
        return
    if answer.status_code == MISSING:
        raise ObjectMissing
    if answer.is_server_error or answer.status_code == httpx.codes.TOO_MANY_REQUESTS:
        raise Unavailable("the object store does not answer")
    raise RuntimeError(f"the object store refused a {answer.request.method}: {answer.status_code}")
