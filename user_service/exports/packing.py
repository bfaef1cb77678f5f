"""One file of an export's parts, in bounded memory."""

import asyncio
import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from libs.export_parts import key_of
from libs.objects import Objects
from user_service.exports.models import ExportPart

KIND = "application/zip"


class PartDamaged(Exception):
    """A part is not what its service said that it is; the service may be writing it anew."""


def zip_key(folder: UUID) -> str:
    """Where an export's file lies."""
    return f"exports/{folder}/export.zip"


async def fetch(
    objects: Objects, folder: UUID, parts: Sequence[ExportPart], place: Path
) -> list[Path]:
    """Gets the parts as files. Raises `PartDamaged`, and what the object store raises."""
    files = []
    for part in parts:
        file = place / f"{part.service}.json"
        digest = await objects.get_file(key_of(folder, part.service), file, part.size)
        if digest != part.sha256:
            raise PartDamaged
        files.append(file)
    return files


async def pack(files: Sequence[Path], parts: Sequence[ExportPart], at: datetime) -> Path:
    """Makes the file, with a manifest: `{"format", "made_at", "parts": [{name, size, sha256}]}`."""
    manifest = {
        "format": 1,
        "made_at": at.isoformat(),
        "parts": [
            {"name": f"{part.service}.json", "size": part.size, "sha256": part.sha256}
            for part in parts
        ],
    }
    return await asyncio.to_thread(_pack, files, json.dumps(manifest, indent=1), at)


def _pack(files: Sequence[Path], manifest: str, at: datetime) -> Path:
    target = files[0].parent / "export.zip"
    moment = at.astimezone(UTC).timetuple()[:6]
    with ZipFile(target, "w", ZIP_DEFLATED) as made:
        made.writestr(ZipInfo("manifest.json", moment), manifest, ZIP_DEFLATED)
        for file in files:
            made.write(file, file.name)
    return target
