"""Questions as our own table; see `table`."""

import csv
import io
from collections.abc import Sequence
from decimal import Decimal
from functools import singledispatch

from session_service.question_files.cells import guard, join, protect
from session_service.question_files.table import COLUMNS
from session_service.question_rules import contents, keys
from session_service.question_rules.contents import AnyContent, Option
from session_service.question_rules.keys import AnyKey
from session_service.questions.schemas import QuestionCreate

Cells = dict[str, str]


def write(question: QuestionCreate) -> str | None:
    """One line; `None` for a question in which two options cannot be told apart by their texts, or
    that holds a bare carriage return.
    """
    found = cells(question.key, question.content)
    if found is None:
        return None
    about = {
        "type": question.content.type,
        "prompt": question.content.prompt,
        "explanation": question.explanation,
        "points": f"{question.points:f}",
        "negative": f"{question.negative:f}",
        "tags": join([protect(one) for one in question.tags]),
    }
    line = line_of({**about, **found})
    return None if "\r" in line else line


def header() -> str:
    """The first line."""
    return line_of({name: name for name in COLUMNS})


def line_of(row: Cells) -> str:
    """A line of the file, guarded against formulas."""
    file = io.StringIO(newline="")
    csv.writer(file, lineterminator="\n").writerow([guard(row.get(name, "")) for name in COLUMNS])
    return file.getvalue()


def _texts(options: Sequence[Option]) -> str:
    return join([protect(one.text) for one in options])


def _place(options: Sequence[Option], of: str) -> str:
    return str([one.id for one in options].index(of) + 1)


def _plain(number: Decimal) -> str:
    return f"{number:f}"


@singledispatch
def cells(key: AnyKey, content: AnyContent) -> Cells | None:
    """The cells that depend on the type."""
    raise TypeError(f"no cells for {key.type} and {content.type}")


@cells.register
def _(key: keys.SingleKey, content: contents.SingleContent) -> Cells | None:
    right = _place(content.options, key.right)
    return {"options": _texts(content.options), "right": right}


@cells.register
def _(key: keys.MultipleKey, content: contents.MultipleContent) -> Cells | None:
    right = join([_place(content.options, one) for one in key.right])
    return {"options": _texts(content.options), "right": right, "credit": key.credit.value}


@cells.register
def _(key: keys.TrueFalseKey, _: contents.TrueFalseContent) -> Cells | None:
    return {"right": "true" if key.right else "false"}


@cells.register
def _(key: keys.NumericKey, content: contents.NumericContent) -> Cells | None:
    relative = key.tolerance_kind is keys.Tolerance.RELATIVE
    units = [f"{protect(one.unit)}={_plain(one.factor)}" for one in key.units]
    return {
        "right": _plain(key.value),
        "tolerance": _plain(key.tolerance) + ("%" if relative else ""),
        "units": join(units),
        "unit_needed": "yes" if key.unit_needed else "",
        "decimal_mark": content.decimal_mark.value,
    }


@cells.register
def _(key: keys.ShortTextKey, _: contents.ShortTextContent) -> Cells | None:
    return {"right": join([protect(one) for one in key.variants])}


@cells.register(keys.EssayKey)
@cells.register(keys.FileKey)
def _(key: keys.EssayKey | keys.FileKey, _: AnyContent) -> Cells | None:
    return {"right": key.guidance}


@cells.register
def _(key: keys.OrderingKey, content: contents.OrderingContent) -> Cells | None:
    by_id = {one.id: one for one in content.items}
    return {"options": _texts([by_id[one] for one in key.order]), "credit": key.credit.value}


@cells.register
def _(key: keys.MatchingKey, content: contents.MatchingContent) -> Cells | None:
    right = {one.id: protect(one.text) for one in content.right}
    if len(set(right.values())) < len(right):
        return None
    rows = [f"{protect(one.text)}={right[key.pairs[one.id]]}" for one in content.left]
    rows += [f"={text}" for one, text in right.items() if one not in key.pairs.values()]
    return {"options": join(rows), "credit": key.credit.value}


@cells.register
def _(key: keys.ClozeKey, content: contents.ClozeContent) -> Cells | None:
    gaps = [f"{one.id}={_variants(one.choices)}" for one in content.gaps]
    right = [f"{one}={_variants(variants)}" for one, variants in key.gaps.items()]
    return {"options": join(gaps), "right": join(right), "credit": key.credit.value}


def _variants(texts: Sequence[str]) -> str:
    return join([protect(one) for one in texts], "/")
