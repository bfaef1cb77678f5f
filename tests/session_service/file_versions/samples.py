"""Files as clients send them, good and bad."""

import io
import zipfile
from collections.abc import Mapping

from session_service.file_versions.kinds import OFFICE, OPEN

OFFICE_PARTS = {
    f"{OFFICE}wordprocessingml.document": "word/document.xml",
    f"{OFFICE}spreadsheetml.sheet": "xl/workbook.xml",
    f"{OFFICE}presentationml.presentation": "ppt/presentation.xml",
}
OPEN_KINDS = (f"{OPEN}text", f"{OPEN}spreadsheet", f"{OPEN}presentation", "application/epub+zip")


def archive(entries: Mapping[str, str], comment: bytes = b"") -> bytes:
    """A ZIP file; its first entry is not compressed."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as made:
        for n, (name, body) in enumerate(entries.items()):
            made.writestr(name, body, zipfile.ZIP_STORED if n == 0 else None)
        made.comment = comment
    return target.getvalue()


def office(part: str, *more: str, comment: bytes = b"") -> bytes:
    """An office file of today."""
    names = ("[Content_Types].xml", "_rels/.rels", part, *more)
    return archive(dict.fromkeys(names, "<x/>"), comment)


def open_document(kind: str) -> bytes:
    """An OpenDocument file, or a book."""
    return archive({"mimetype": kind, "content.xml": "<x/>"})


GOOD: dict[str, bytes] = {
    "application/pdf": b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n",
    "image/png": b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR",
    "image/jpeg": b"\xff\xd8\xff\xe0\0\x10JFIF",
    "image/gif": b"GIF89a\1\0\1\0",
    "image/webp": b"RIFF\x24\0\0\0WEBPVP8 ",
    "text/plain": "Drei Viertel, तीन चौथाई\r\n".encode(),
    "text/csv": b"name,mark\nAsha,7\n",
    "text/markdown": b"# Title\n\n<b>bold</b>\n",
    "audio/mpeg": b"ID3\4\0\0\0\0\0\0",
    "audio/mp4": b"\0\0\0\x20ftypM4A \0\0\0\0",
    "video/mp4": b"\0\0\0\x20ftypisom\0\0\0\0",
    "video/webm": b"\x1a\x45\xdf\xa3\x9f\x42\x86\x81\1\x42\xf7\x81\1\x42\x82\x84webm\x42\x87\x81\4",
    **{kind: office(part) for kind, part in OFFICE_PARTS.items()},
    **{kind: open_document(kind) for kind in OPEN_KINDS},
}
"""A file of each kind."""
