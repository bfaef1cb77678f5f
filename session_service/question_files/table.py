"""Our own table (CSV, RFC 4180), which holds every type of question whole; see `cells` for lists.

| type       | options                     | right                          |
|------------|-----------------------------|--------------------------------|
| single     | `Three|Four`                | `2`                            |
| multiple   | `Two|Three|Four`            | `1|2`                          |
| true_false |                             | `true`                         |
| numeric    |                             | `1.5`                          |
| short_text |                             | `colour|color`                 |
| ordering   | `first|second|third`        |                                |
| matching   | `cat=Katze|dog=Hund|=Pferd` |                                |
| cloze      | `1=is/are|2=`               | `1=is|2=red/crimson`           |
| essay, file|                             | what those who mark look for   |
"""

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from types import MappingProxyType
from typing import Any

from session_service.question_files.cells import bare, pair, split, unguard
from session_service.question_files.reading import Reading, Wrong, lines_of, options

COLUMNS = (
    "type", "prompt", "options", "right", "explanation", "points", "negative", "tags", "credit",
    "tolerance", "units", "unit_needed", "decimal_mark",
)  # fmt: skip
NEEDED = {"type", "prompt"}
Row = Mapping[str, str]


def read(text: str) -> Reading:
    """The questions of a file, whose first line names the columns; comma or semicolon between
    them.
    """
    made = Reading()
    lines = "\n".join(lines_of(text))
    header = lines.partition("\n")[0]
    sign = ";" if header.count(";") > header.count(",") else ","
    reader = csv.reader(io.StringIO(lines, newline=""), delimiter=sign, strict=True)
    try:
        names = [one.strip().lower() for one in next(reader, [])]
        _check_names(names)
        last = reader.line_num
        for row in reader:
            line, last = last + 1, reader.line_num
            if any(cell.strip() for cell in row):
                _take(made, line, names, row)
    except csv.Error as error:
        made.error(reader.line_num, "not_csv", str(error))
    except Wrong as wrong:
        made.fail(wrong)
    return made


def _check_names(names: Sequence[str]) -> None:
    unknown = [one for one in names if one not in COLUMNS]
    if unknown or not set(names) >= NEEDED or len(set(names)) < len(names):
        raise Wrong(1, "columns", f"the first line names columns of {', '.join(COLUMNS)}, once")


def _take(made: Reading, line: int, names: Sequence[str], cells: Sequence[str]) -> None:
    if len(cells) > len(names):
        made.error(line, "too_many_cells", f"there are {len(names)} columns")
        return
    row = dict.fromkeys(COLUMNS, "") | dict(zip(names, map(unguard, cells), strict=False))
    kind = row["type"].strip().lower()
    if kind not in _TYPES:
        made.error(line, "type_unknown", f"one of {', '.join(_TYPES)}")
        return
    try:
        content, key = _TYPES[kind](row)
        question = {
            "content": {"type": kind, "prompt": row["prompt"], **content},
            "key": {"type": kind, **key},
            "explanation": row["explanation"],
            "tags": [bare(one) for one in split(row["tags"])],
            **_numbers(row, "points", "negative"),
        }
    except (ValueError, InvalidOperation) as error:
        made.error(line, "cell", str(error) or "not a number")
        return
    made.take(line, question)


def _number(written: str) -> Decimal:
    """A decimal, with a comma or a point."""
    try:
        return Decimal(written.strip().replace(",", "."))
    except InvalidOperation as error:
        raise ValueError(f"{written.strip()[:40]!r} is not a number") from error


def _numbers(row: Row, *names: str) -> dict[str, Decimal]:
    return {name: _number(row[name]) for name in names if row[name].strip()}


def _texts(cell: str, sign: str = "|") -> list[str]:
    return [bare(one) for one in split(cell, sign)]


def _given(row: Row, *names: str) -> dict[str, str]:
    return {name: row[name].strip().lower() for name in names if row[name].strip()}


def _place(written: str) -> str:
    return f"o{int(written)}"


Made = tuple[dict[str, Any], dict[str, Any]]


def _single(row: Row) -> Made:
    return {"options": options(_texts(row["options"]))}, {"right": _place(row["right"])}


def _multiple(row: Row) -> Made:
    right = [_place(one) for one in split(row["right"])]
    return {"options": options(_texts(row["options"]))}, {"right": right, **_given(row, "credit")}


def _true_false(row: Row) -> Made:
    word = row["right"].strip().lower()
    if word not in ("true", "false"):
        raise ValueError("right is true or false")
    return {}, {"right": word == "true"}


def _numeric(row: Row) -> Made:
    key: dict[str, Any] = {"value": _number(row["right"])}
    tolerance = row["tolerance"].strip()
    if tolerance:
        key["tolerance"] = _number(tolerance.removesuffix("%"))
        key["tolerance_kind"] = "relative" if tolerance.endswith("%") else "absolute"
    units = [pair(one) for one in split(row["units"])]
    key["units"] = [
        {"unit": bare(unit), "factor": _number(factor or "1")} for unit, factor in units
    ]
    key["unit_needed"] = row["unit_needed"].strip().lower() in ("yes", "true", "1")
    return _given(row, "decimal_mark"), key


def _short_text(row: Row) -> Made:
    return {}, {"variants": _texts(row["right"])}


def _by_people(row: Row) -> Made:
    return {}, {"guidance": row["right"]}


def _ordering(row: Row) -> Made:
    items = options(_texts(row["options"]), "i")
    return {"items": items}, {"order": [one["id"] for one in items], **_given(row, "credit")}


def _matching(row: Row) -> Made:
    sides = [tuple(bare(side) for side in pair(one)) for one in split(row["options"])]
    right = list(dict.fromkeys(side for _, side in sides))
    known = [(left, side) for left, side in sides if left]
    content = {"left": options([left for left, _ in known], "l"), "right": options(right, "r")}
    ids = {side: f"r{n}" for n, side in enumerate(right, 1)}
    pairs = {f"l{n}": ids[side] for n, (_, side) in enumerate(known, 1)}
    return content, {"pairs": pairs, **_given(row, "credit")}


def _cloze(row: Row) -> Made:
    gaps = [pair(one) for one in split(row["options"])]
    right = [pair(one) for one in split(row["right"])]
    content = {"gaps": [{"id": bare(one), "choices": _texts(texts, "/")} for one, texts in gaps]}
    key = {bare(one): _texts(texts, "/") for one, texts in right}
    return content, {"gaps": key, **_given(row, "credit")}


_TYPES: Mapping[str, Callable[[Row], Made]] = MappingProxyType(
    {
        "single": _single,
        "multiple": _multiple,
        "true_false": _true_false,
        "numeric": _numeric,
        "short_text": _short_text,
        "essay": _by_people,
        "ordering": _ordering,
        "matching": _matching,
        "cloze": _cloze,
        "file": _by_people,
    }
)
