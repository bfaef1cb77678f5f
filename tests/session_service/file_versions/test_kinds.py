"""What uploads are, whatever they are said to be; and names under which they are safe to save."""

import re
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from session_service.file_versions import kinds, names
from session_service.file_versions.kinds import KINDS, OFFICE, OPEN
from tests.session_service.file_versions.samples import (
    GOOD,
    OFFICE_PARTS,
    archive,
    office,
    open_document,
)

DOCX = f"{OFFICE}wordprocessingml.document"
TEXTS = {"text/plain", "text/csv", "text/markdown"}
MP4 = {"audio/mp4", "video/mp4"}


def fits(folder: Path, body: bytes, kind: str) -> bool:
    path = folder / "upload"
    path.write_bytes(body)
    return kinds.fits(path, kind)


@pytest.mark.parametrize("kind", KINDS)
def test_s25_each_kind_is_known_by_its_bytes_and_as_no_other(tmp_path: Path, kind: str) -> None:
    alike = next((same for same in (TEXTS, MP4) if kind in same), {kind})
    assert {other for other in KINDS if fits(tmp_path, GOOD[kind], other)} == alike


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("text/plain", b"a\x00b"),
        ("text/plain", b"\xff\xfea\0"),
        ("text/plain", b"caf\xe9"),
        ("text/plain", "ends in the middle: ä".encode()[:-1]),
        ("text/plain", b"\x1b[2J"),
        ("text/plain", b"\x7fELF\2\1\1"),
        ("application/pdf", b"\n%PDF-1.7"),
        ("application/pdf", b"<script>%PDF-1.7"),
        ("image/png", b"<svg xmlns='http://www.w3.org/2000/svg'/>"),
        ("image/webp", b"RIFF\x24\0\0\0WAVEfmt "),
        ("video/webm", b"\x1a\x45\xdf\xa3\x42\x82\x88matroska"),
        ("audio/mpeg", b"\xff\xd8\xff"),
        (DOCX, archive({"[Content_Types].xml": "<x/>", "other.xml": "<x/>"})),
        (DOCX, office("word/document.xml", "word/vbaProject.bin")),
        (DOCX, office("word/document.xml", "setup.EXE")),
        (DOCX, office("word/document.xml")[:-10]),
        (DOCX, b"PK\x03\x04" + b"\0" * 100),
        (DOCX, b"MZ" + office("word/document.xml")),
        (DOCX, b""),
        (f"{OPEN}text", archive({"content.xml": "", "mimetype": f"{OPEN}text"})),
        (f"{OPEN}text", open_document(f"{OPEN}text-template")),
        ("application/epub+zip", open_document("application/java-archive")),
    ],
)
def test_s25_x17_what_is_refused(tmp_path: Path, kind: str, body: bytes) -> None:
    assert not fits(tmp_path, body, kind)


def test_s25_an_office_file_may_have_a_comment(tmp_path: Path) -> None:
    for kind, part in OFFICE_PARTS.items():
        assert fits(tmp_path, office(part, comment=b"c" * 60_000), kind)


def test_s25_a_zip_that_costs_much_to_read_is_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One whose end record promises a large directory, or points to ZIP64's."""
    body = office("word/document.xml")
    at = body.rindex(b"PK\x05\x06")

    def never(*_: object) -> None:
        raise AssertionError("it was read")

    monkeypatch.setattr(zipfile, "ZipFile", never)
    for start, value in ((10, b"\xff\xff"), (12, b"\0\0\0\1")):
        changed = body[: at + start] + value + body[at + start + len(value) :]
        assert not fits(tmp_path, changed, DOCX)
    assert not fits(tmp_path, body[:at] + b"PK\x06\x07" + b"\0" * 16 + body[at:], DOCX)


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x7f"), min_size=1))
def test_s25_text_is_known_across_chunks(letters: str) -> None:
    """The whole file decides, not how it is read: chunks of every size agree with `decode`."""
    body = letters.encode()
    plain = not any(byte in kinds.CONTROLS for byte in body)
    for size in (1, 2, 3, 5):
        assert _by_chunks(body, size) is plain
        assert not _by_chunks(body + b"\xc3", size)


def _by_chunks(body: bytes, size: int) -> bool:
    rest = b""
    for start in range(0, len(body), size):
        chunk = body[start : start + size]
        if any(byte in kinds.CONTROLS for byte in chunk):
            return False
        whole = rest + chunk
        end = len(whole) - kinds._begun(whole)
        try:
            whole[:end].decode()
        except UnicodeDecodeError:
            return False
        rest = whole[end:]
    return not rest


@pytest.mark.parametrize(
    ("name", "cleaned", "plain"),
    [
        ("Sheet 1.pdf", "Sheet 1.pdf", "Sheet-1.pdf"),
        ("Übung\u00a07.PDF", "Übung 7.pdf", "Ubung-7.pdf"),
        ("भिन्न.pdf", "भिन्न.pdf", "file.pdf"),
        ("../../etc/passwd", "_.._etc_passwd.pdf", "etc_passwd.pdf"),
        ("C:\\Users\\a.pdf", "C__Users_a.pdf", "C__Users_a.pdf"),
        ("evil\u202efdp.exe", "evilfdp.exe.pdf", "evilfdp.exe.pdf"),
        ("a.html", "a.html.pdf", "a.html.pdf"),
        ("a\r\nSet-Cookie: x.pdf", "aSet-Cookie_ x.pdf", "aSet-Cookie_-x.pdf"),
        ('a"; filename="b.exe.pdf', "a_; filename=_b.exe.pdf", "a_-filename-_b.exe.pdf"),
        (".pdf", "pdf.pdf", "pdf.pdf"),
        ("...", "file.pdf", "file.pdf"),
        ("\u200b", "file.pdf", "file.pdf"),
        ("x" * 200 + ".pdf", "x" * 150 + ".pdf", "x" * 150 + ".pdf"),
    ],
)
def test_s25_names_that_are_safe(name: str, cleaned: str, plain: str) -> None:
    found = names.clean(name, ("pdf",))
    assert found == cleaned
    assert names.plain(found) == plain


@given(st.text(max_size=200), st.sampled_from(sorted(KINDS)))
def test_s25_no_name_is_unsafe(name: str, kind: str) -> None:
    extensions = KINDS[kind].extensions
    found = names.clean(name, extensions)
    assert names.clean(found, extensions) == found
    assert found.rpartition(".")[2] in extensions
    assert not re.search(r"[\x00-\x1f\x7f/\\:*?\"<>|\u202a-\u202e\u2066-\u2069]", found)
    assert not found.startswith((".", " "))
    assert re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]*\.[a-z0-9]+", names.plain(found))
