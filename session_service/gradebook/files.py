"""A gradebook as a CSV file (RFC 4180), out and back in.

The first column is `student code`; a column of a work ends in its id in brackets, by which it is
known whatever it is called. `,`, `;` or tab stand between the fields, told from the header; a
number may be written `8.5` or `8,5`. What is empty stays as it is.
"""

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from libs.errors import FieldProblem
from libs.hot_reads import Row
from libs.spreadsheets import safe, unsafe
from session_service.gradebook.errors import GradeFileRefused

CODE, NAME, PERCENT = "student code", "student", "percent"
EXCUSED = "excused"
CENT = Decimal("0.01")
MAX_ROWS, MAX_COLUMNS, MAX_CELL = 2_000, 300, 200
NUMBER = re.compile(r"[0-9]{1,6}([.,][0-9]{1,2})?")
ITEM = re.compile(r"\[([0-9a-f-]{36})\]$")


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a file: what it says of a student, by column."""

    line: int
    student_code: str
    cells: Sequence[tuple[UUID, str]]


def write(items: Sequence[Row], rows: Sequence[tuple[Row, Sequence[str], object]]) -> str:
    """The file: a row is a student, the cells in the order of the items, and the percentage. It
    begins with a byte order mark, by which Excel knows UTF-8.
    """
    file = io.StringIO(newline="")
    writer = csv.writer(file)
    titles = [safe(f"{item['title']} ({item['points']}) [{item['id']}]") for item in items]
    writer.writerow([CODE, NAME, *titles, PERCENT])
    for student, cells, percent in rows:
        named = (student["student_code"], student["student_name"])
        writer.writerow([safe(value) for value in (*named, *cells, percent)])
    return "\ufeff" + file.getvalue()


def read(raw: bytes) -> list[Entry]:
    """What a file says. Raises `GradeFileRefused`, naming the line, for what is no such file."""
    text = _decode(raw)
    first = text.partition("\n")[0]
    delimiter = max(",;\t", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    entries, line = [], 1
    try:
        columns = _columns(next(reader, []))
        for values in reader:
            line, begun = reader.line_num + 1, line + 1 if line == 1 else line
            if any(value.strip() for value in values):
                entries.append(_entry(begun, columns, values))
            if len(entries) > MAX_ROWS:
                raise _refused(begun, "too_many_rows", f"at most {MAX_ROWS} rows")
    except csv.Error as error:
        raise _refused(reader.line_num, "not_csv", str(error)) from error
    return entries


def number(text: str) -> Decimal | None:
    """Points as people write them; null for what is no such number."""
    found = NUMBER.fullmatch(text)
    return Decimal(text.replace(",", ".")).quantize(CENT) if found else None


def _decode(raw: bytes) -> str:
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise _refused(line, "not_utf8", "save the file as UTF-8") from error
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise _refused(line, "not_csv", "a zero byte is no text")
    return text


def _columns(header: Sequence[str]) -> list[UUID | None]:
    if not header or header[0].strip().lower() != CODE:
        raise _refused(1, "no_student_code", f"the first column must be `{CODE}`")
    if len(header) > MAX_COLUMNS + 3:
        raise _refused(1, "too_many_columns", f"at most {MAX_COLUMNS} columns")
    columns = [_column(title.strip()) for title in header]
    known = [one for one in columns if one is not None]
    if len(set(known)) < len(known):
        raise _refused(1, "repeated_column", "a column stands there twice")
    return columns


def _column(title: str) -> UUID | None:
    if title.lower() in (CODE, NAME, PERCENT, ""):
        return None
    found = ITEM.search(title)
    if found is None:
        raise _refused(1, "unknown_column", f"`{title[:60]}` does not end in an id in brackets")
    try:
        return UUID(found[1])
    except ValueError as error:
        raise _refused(1, "unknown_column", f"`{found[1]}` is no id") from error


def _entry(line: int, columns: Sequence[UUID | None], values: Sequence[str]) -> Entry:
    if len(values) > len(columns):
        raise _refused(line, "too_many_fields", "more fields than the header has")
    if any(len(value) > MAX_CELL for value in values):
        raise _refused(line, "too_long", f"a field has more than {MAX_CELL} characters")
    cells = [
        (column, unsafe(value.strip()))
        for column, value in zip(columns, values, strict=False)
        if column is not None and value.strip()
    ]
    return Entry(line, unsafe(values[0].strip()), cells)


def _refused(line: int, code: str, detail: str) -> GradeFileRefused:
    problem = FieldProblem(f"/{line}", code, f"Line {line}: {detail}.")
    return GradeFileRefused(fields=[problem])
