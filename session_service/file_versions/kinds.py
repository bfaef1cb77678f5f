"""What files may be, and how their bytes show what they are.

Only what begins as its kind does is taken, whatever name it goes by. What a browser would run
(HTML, SVG, scripts), programs, archives of anything and office files with macros are no kinds at
all. Nothing is decoded here: a file goes out as it came in, as an attachment from an origin of its
own.
"""

import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

OFFICE = "application/vnd.openxmlformats-officedocument."
OPEN = "application/vnd.oasis.opendocument."
HEAD = 4_096
CHUNK = 1 << 16
LONGEST_TAIL = 22 + 0xFFFF
"""Bytes of a ZIP's end record with its comment (APPNOTE.TXT, section 4.3.16)."""
LARGEST_DIRECTORY = 2_000_000
MOST_ENTRIES = 20_000
CONTROLS = bytes({*range(32), 127} - {9, 10, 12, 13})


@dataclass(frozen=True, slots=True)
class Kind:
    """`extensions` are those of its names, the usual one first; `fits` looks at a file."""

    extensions: tuple[str, ...]
    fits: Callable[[BinaryIO], bool]


def begins(*starts: bytes, at: int = 0) -> Callable[[BinaryIO], bool]:
    """That one of these bytes stands at a place in a file."""
    return lambda file: _head(file)[at:].startswith(starts)


def _head(file: BinaryIO) -> bytes:
    file.seek(0)
    return file.read(HEAD)


def _is_riff(name: bytes) -> Callable[[BinaryIO], bool]:
    return lambda file: _head(file)[:4] == b"RIFF" and _head(file)[8:12] == name


def _is_mp3(file: BinaryIO) -> bool:
    """An ID3 tag, or the sync word and layer III of a frame (ISO/IEC 11172-3, 2.4.2.3)."""
    head = _head(file)
    return head[:3] == b"ID3" or (head[:1] == b"\xff" and head[1:2] in (b"\xfb", b"\xfa", b"\xf3"))


def _is_webm(file: BinaryIO) -> bool:
    """EBML whose DocType, near its beginning, is WebM (RFC 8794, section 11.2.6)."""
    head = _head(file)
    return head[:4] == b"\x1a\x45\xdf\xa3" and b"\x42\x82\x84webm" in head[:64]


def _is_text(file: BinaryIO) -> bool:
    """UTF-8 without control characters."""
    file.seek(0)
    rest = b""
    while chunk := file.read(CHUNK):
        if chunk.translate(None, CONTROLS) != chunk:
            return False
        whole = rest + chunk
        end = len(whole) - _begun(whole)
        try:
            whole[:end].decode()
        except UnicodeDecodeError:
            return False
        rest = whole[end:]
    return not rest


def _begun(body: bytes) -> int:
    """How many bytes at the end begin a character that goes on in the next chunk."""
    for length in range(1, min(3, len(body)) + 1):
        byte = body[-length]
        if byte >= 0xC0:
            needed = 2 if byte < 0xE0 else 3 if byte < 0xF0 else 4
            return length if needed > length else 0
        if byte < 0x80:
            return 0
    return 0


def _is_open_document(kind: str) -> Callable[[BinaryIO], bool]:
    """A ZIP whose first entry is its type, not compressed (ODF 1.3 part 2, section 3.3; the same
    goes for EPUB, OCF 3.3, section 4.3).
    """
    wanted = b"mimetype" + kind.encode() + b"PK"

    def fits(file: BinaryIO) -> bool:
        head = _head(file)
        return head[:4] == b"PK\x03\x04" and head[30:].startswith(wanted)

    return fits


def _is_office(part: str) -> Callable[[BinaryIO], bool]:
    """A ZIP with the parts of an office file (ECMA-376) and no macros."""

    def fits(file: BinaryIO) -> bool:
        names = _entries(file)
        has_macros = any(name.lower().endswith(("vbaproject.bin", ".exe")) for name in names)
        return {"[Content_Types].xml", part} <= names and not has_macros

    return fits


def _entries(file: BinaryIO) -> set[str]:
    """The names in a ZIP; none if it is no ZIP, or one that would cost much to read."""
    if _head(file)[:4] != b"PK\x03\x04" or not _is_small_directory(file):
        return set()
    try:
        with zipfile.ZipFile(file) as archive:
            return set(archive.namelist())
    except (zipfile.BadZipFile, ValueError, NotImplementedError, EOFError):
        return set()


def _is_small_directory(file: BinaryIO) -> bool:
    """Whether the end record promises a directory that is read at little cost."""
    size = file.seek(0, 2)
    file.seek(max(0, size - LONGEST_TAIL))
    tail = file.read()
    found = tail.rfind(b"PK\x05\x06")
    record = tail[found : found + 22]
    if found < 0 or len(record) < 22 or b"PK\x06\x07" in tail:  # the last is ZIP64's
        return False
    entries, length = (
        int.from_bytes(record[10:12], "little"),
        int.from_bytes(record[12:16], "little"),
    )
    return entries <= MOST_ENTRIES and length <= LARGEST_DIRECTORY


KINDS = {
    "application/pdf": Kind(("pdf",), begins(b"%PDF-")),
    "image/png": Kind(("png",), begins(b"\x89PNG\r\n\x1a\n")),
    "image/jpeg": Kind(("jpg", "jpeg"), begins(b"\xff\xd8\xff")),
    "image/gif": Kind(("gif",), begins(b"GIF87a", b"GIF89a")),
    "image/webp": Kind(("webp",), _is_riff(b"WEBP")),
    "text/plain": Kind(("txt",), _is_text),
    "text/csv": Kind(("csv",), _is_text),
    "text/markdown": Kind(("md",), _is_text),
    "audio/mpeg": Kind(("mp3",), _is_mp3),
    "audio/mp4": Kind(("m4a", "mp4"), begins(b"ftyp", at=4)),
    "video/mp4": Kind(("mp4", "m4v"), begins(b"ftyp", at=4)),
    "video/webm": Kind(("webm",), _is_webm),
    f"{OFFICE}wordprocessingml.document": Kind(("docx",), _is_office("word/document.xml")),
    f"{OFFICE}spreadsheetml.sheet": Kind(("xlsx",), _is_office("xl/workbook.xml")),
    f"{OFFICE}presentationml.presentation": Kind(("pptx",), _is_office("ppt/presentation.xml")),
    f"{OPEN}text": Kind(("odt",), _is_open_document(f"{OPEN}text")),
    f"{OPEN}spreadsheet": Kind(("ods",), _is_open_document(f"{OPEN}spreadsheet")),
    f"{OPEN}presentation": Kind(("odp",), _is_open_document(f"{OPEN}presentation")),
    "application/epub+zip": Kind(("epub",), _is_open_document("application/epub+zip")),
}
"""By content type."""


def fits(path: Path, content_type: str) -> bool:
    """Whether a file is what it is said to be."""
    with path.open("rb") as file:
        return KINDS[content_type].fits(file)
