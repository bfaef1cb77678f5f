"""Looking at an upload, and keeping it under a key of its own."""

import asyncio
import tempfile
from pathlib import Path
from typing import Protocol

from libs.objects import ObjectMissing, Objects, ObjectTooLarge
from session_service.file_versions import kinds


class Refused(Exception):
    """Not taken; `code` is shown to who uploaded it."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Uploaded(Protocol):
    """What was promised of an upload: its size in bytes and SHA-256 in hexadecimal; and its keys,
    as uploaded and as kept.
    """

    @property
    def upload(self) -> str: ...
    @property
    def kept(self) -> str: ...
    @property
    def size(self) -> int: ...
    @property
    def sha256(self) -> str | None: ...
    @property
    def content_type(self) -> str: ...


async def keep(objects: Objects, uploaded: Uploaded) -> None:
    """Copies an upload to its own key. Raises `Refused` when it is not what was promised, and
    `Unavailable` when the object store is away.
    """
    with tempfile.TemporaryDirectory(prefix="upload-") as folder:
        path = Path(folder) / "upload"
        try:
            digest = await objects.get_file(uploaded.upload, path, uploaded.size)
        except ObjectMissing as error:
            raise Refused("missing") from error
        except ObjectTooLarge as error:
            raise Refused("too_large") from error
        if digest != uploaded.sha256:
            raise Refused("wrong_checksum")
        if not await asyncio.to_thread(kinds.fits, path, uploaded.content_type):
            raise Refused("wrong_type")
        size = (await asyncio.to_thread(path.stat)).st_size
        await objects.put_file(uploaded.kept, path, size, uploaded.content_type)
