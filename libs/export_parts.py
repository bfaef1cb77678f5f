"""One service's part of an export: a JSON file of UTF-8 that is written row by row.

    {"format": 1, "service": "…", "account_id": "…", "made_at": "…", "lists": {"name": [{…}, …]}}

Instants and dates are ISO 8601, decimals and ids strings. Memory stays small, however much there
is.
"""

import hashlib
import json
import tempfile
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from libs.events.privacy import ExportPartReady
from libs.objects import Objects
from libs.personal_jobs import CollectJob

FORMAT = 1
KIND = "application/json"


@dataclass(frozen=True, slots=True)
class Section:
    """One list of an export."""

    name: str
    rows: AsyncIterator[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Part:
    """A part that lies in the object store; `sha256` in hexadecimal, `size` in bytes."""

    key: str
    sha256: str
    size: int


@dataclass(frozen=True, slots=True)
class Draft:
    """A part in a file of ours."""

    path: Path
    sha256: str
    size: int


def key_of(folder: UUID, service: str) -> str:
    """Where a service's part lies."""
    return f"exports/{folder}/{service}.json"


class _File:
    """A file that knows its digest and size."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.size = 0
        self._file = path.open("wb")
        self._digest = hashlib.sha256()

    def write(self, text: str) -> None:
        raw = text.encode()
        self._file.write(raw)
        self._digest.update(raw)
        self.size += len(raw)

    def close(self) -> str:
        """Closes the file; returns its digest."""
        self._file.close()
        return self._digest.hexdigest()


@contextmanager
def scratch() -> Iterator[Path]:
    """A folder for files that are in the making."""
    with tempfile.TemporaryDirectory(prefix="export-") as folder:
        yield Path(folder)


async def write(
    folder: Path, service: str, job: CollectJob, at: datetime, found: AsyncIterator[Section]
) -> Draft:
    """Writes a part to a file in `folder`."""
    file = _File(folder / f"{service}.json")
    head = {"format": FORMAT, "service": service, "account_id": job.account_id, "made_at": at}
    file.write(_json(head)[:-1] + ', "lists": {')
    before = ""
    async for section in found:
        file.write(f"{before}\n{_json(section.name)}: [")
        await _write_rows(file, section)
        before = ","
    file.write("\n}}\n")
    return Draft(file.path, file.close(), file.size)


async def store(objects: Objects, service: str, job: CollectJob, draft: Draft) -> Part:
    """Puts a part into the object store. Raises `Unavailable`."""
    key = key_of(job.folder, service)
    await objects.put_file(key, draft.path, draft.size, KIND)
    return Part(key, draft.sha256, draft.size)


def announce(job: CollectJob, service: str, part: Part) -> ExportPartReady:
    """The answer to user_service."""
    return ExportPartReady(
        export_id=job.export_id,
        service=service,
        object_key=part.key,
        sha256=part.sha256,
        size=part.size,
        revision=1,
    )


async def _write_rows(file: _File, section: Section) -> None:
    before = ""
    async for row in section.rows:
        file.write(f"{before}\n  {_json(row)}")
        before = ","
    file.write("]")


def _json(value: Any) -> str:
    return json.dumps(value, default=_plain, ensure_ascii=False)


def _plain(value: Any) -> str:
    return value.isoformat() if isinstance(value, (date, datetime)) else str(value)
