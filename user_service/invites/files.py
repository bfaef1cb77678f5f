"""Reading a CSV file of people to invite (RFC 4180, as spreadsheets really write it).

UTF-8, with or without a byte order mark; `,`, `;` or tab between the fields, told from the header.
Columns by name, in any order: `email`, and `first_name`, `last_name`, `locale` if wanted.
"""

import csv
import io
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from pydantic import TypeAdapter, ValidationError

from libs.errors import FieldProblem
from user_service.codes.models import email_key
from user_service.codes.schemas import Email, Locale
from user_service.invites.errors import CsvRefused

COLUMNS = ("email", "first_name", "last_name", "locale")
MAX_ROWS = 10_000
MAX_NAME = 200

_EMAIL: TypeAdapter[str] = TypeAdapter(Email)
_LOCALE: TypeAdapter[str] = TypeAdapter(Locale)


@dataclass(frozen=True, slots=True)
class Person:
    """A row that can become an invite."""

    line: int
    email: str
    first_name: str
    last_name: str
    locale: str

    @property
    def key(self) -> str:
        """The form in which addresses are compared."""
        return email_key(self.email)


@dataclass(frozen=True, slots=True)
class Wrong:
    """A row that cannot, and why."""

    line: int
    code: str
    detail: str


Row = Person | Wrong


def _refusal(line: int, code: str, detail: str) -> CsvRefused:
    return CsvRefused(fields=[FieldProblem(f"/{line}", code, f"Line {line}: {detail}")])


def decode(raw: bytes) -> str:
    """The text of a file. Raises `CsvRefused` for what is not UTF-8 or holds a NUL, which no
    database takes, naming the line.
    """
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _refusal(_line(raw, error.start), "not_utf8", "save the file as UTF-8.") from error
    if (place := raw.find(b"\0")) >= 0:
        raise _refusal(_line(raw, place), "not_csv", "a zero byte is no text.")
    return text


def _line(raw: bytes, place: int) -> int:
    return raw.count(b"\n", 0, place) + 1


def read(text: str) -> list[Row]:
    """All rows of a file, in order. An address that stands in the file twice is wrong the second
    time. Raises `CsvRefused` when the header or the file as a whole is wrong.
    """
    names, reader = _open(text)
    rows: list[Row] = []
    seen: dict[str, int] = {}
    for line, fields in _records(reader):
        row = _row(line, names, fields)
        if isinstance(row, Person):
            before = seen.setdefault(row.key, line)
            if before != line:
                row = Wrong(line, "address_repeated", f"The address stands in line {before} too.")
        rows.append(row)
        if len(rows) > MAX_ROWS:
            raise _refusal(line, "too_many_rows", f"a file has {MAX_ROWS} rows at most.")
    return rows


def _open(text: str) -> tuple[list[str], "Reader"]:
    header = text.split("\n", 1)[0]
    delimiter = max(",;\t", key=header.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    names = [name.strip().lower() for _, fields in _records(reader, 1) for name in fields]
    for name in names:
        if name not in COLUMNS:
            raise _refusal(1, "unknown_column", f"there is no column {name[:40]!r}.")
    if "email" not in names or len(set(names)) != len(names):
        raise _refusal(1, "wrong_header", f"name the columns once each: {', '.join(COLUMNS)}.")
    return names, reader


Reader = Iterator[list[str]]


def _records(reader: "Reader", limit: int | None = None) -> Iterator[tuple[int, list[str]]]:
    """Records that are not blank, with the line on which each begins."""
    count = 0
    while limit is None or count < limit:
        begun = getattr(reader, "line_num") + 1  # noqa: B009  (csv's type has no name to annotate)
        try:
            fields = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise _refusal(begun, "not_csv", f"{error}.") from error
        if any(field.strip() for field in fields):
            count += 1
            yield begun, fields


def _row(line: int, names: list[str], fields: list[str]) -> Row:
    if len(fields) != len(names):
        return Wrong(line, "wrong_length", f"There are {len(fields)} fields, not {len(names)}.")
    found = dict.fromkeys(COLUMNS, "") | {
        name: unicodedata.normalize("NFC", field.strip())
        for name, field in zip(names, fields, strict=True)
    }
    for name in ("first_name", "last_name"):
        if len(found[name]) > MAX_NAME or not found[name].isprintable():
            return Wrong(line, "bad_name", f"The {name} is too long or has control characters.")
    try:
        email = _EMAIL.validate_python(found["email"])
    except ValidationError:
        return Wrong(line, "bad_email", "This is no e-mail address.")
    try:
        locale = _LOCALE.validate_python(found["locale"] or "en")
    except ValidationError:
        return Wrong(line, "bad_locale", "Use a language tag such as en or hi-IN.")
    return Person(line, email, found["first_name"], found["last_name"], locale)
