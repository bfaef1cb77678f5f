"""Questions as GIFT; see `gift`."""

import re
from decimal import Decimal

from session_service.question_rules import contents, keys
from session_service.question_rules.contents import AnyContent
from session_service.question_rules.keys import AnyKey
from session_service.question_rules.numbers import DecimalMark
from session_service.question_rules.scores import Credit

_SPECIAL = re.compile(r"[\\~=#{}:]")


def write(number: int, content: AnyContent, key: AnyKey, explanation: str) -> str | None:
    """One question; `None` for what GIFT cannot hold."""
    answers = _answers(content, key)
    if answers is None:
        return None
    end = "" if answers.endswith("\n") else "\n"  # a blank line would end the question
    told = f"{end}####{_safe(explanation)}" if explanation else ""
    made = f"::Q{number}::[plain]{_safe(content.prompt)} {{{answers}{told}}}\n"
    return None if "\r" in made else made


def _answers(content: AnyContent, key: AnyKey) -> str | None:
    if isinstance(key, keys.TrueFalseKey):
        return "TRUE" if key.right else "FALSE"
    if isinstance(key, keys.EssayKey):
        return None if key.guidance else ""
    if isinstance(content, contents.NumericContent) and isinstance(key, keys.NumericKey):
        return _number(content, key)
    if isinstance(key, keys.ShortTextKey):
        return _pairs([(_weighted("=", 100, one), "") for one in key.variants])
    return _choices(content, key)


def _number(content: contents.NumericContent, key: keys.NumericKey) -> str | None:
    plain = key.tolerance_kind is keys.Tolerance.ABSOLUTE and not key.units
    if not plain or content.decimal_mark is not DecimalMark.EITHER:
        return None
    return f"#{key.value:f}:{key.tolerance:f}"


def _choices(content: AnyContent, key: AnyKey) -> str | None:
    if isinstance(content, contents.SingleContent) and isinstance(key, keys.SingleKey):
        signs = {one.id: ("=", 100) if one.id == key.right else ("~", 0) for one in content.options}
        rows = [_weighted(*signs[one.id], one.text) for one in content.options]
        return _lines(rows)
    if isinstance(content, contents.MultipleContent) and isinstance(key, keys.MultipleKey):
        return _multiple(content, key)
    if isinstance(content, contents.MatchingContent) and isinstance(key, keys.MatchingKey):
        return _matching(content, key)
    return None


def _multiple(content: contents.MultipleContent, key: keys.MultipleKey) -> str | None:
    if key.credit is Credit.ALL:
        return None
    wrong = len(content.options) - len(key.right)
    rows = []
    for one in content.options:
        share = Decimal(100) / len(key.right) if one.id in key.right else Decimal(-100) / wrong
        rows.append(f"~%{share.quantize(Decimal('0.00001'))}%{_safe(one.text)}")
    return _lines(rows)


def _matching(content: contents.MatchingContent, key: keys.MatchingKey) -> str | None:
    right = {one.id: one.text for one in content.right}
    if key.credit is Credit.ALL or len(set(right.values())) < len(right):
        return None
    rows = [(f"={_safe(one.text)}", right[key.pairs[one.id]]) for one in content.left]
    rows += [("=", text) for one, text in right.items() if one not in key.pairs.values()]
    return _pairs([(left, f" -> {_safe(text)}") for left, text in rows])


def _pairs(rows: list[tuple[str, str]]) -> str | None:
    """Rows whose first halves hold no arrow."""
    if any("->" in left for left, _ in rows):
        return None
    return _lines([left + right for left, right in rows])


def _weighted(sign: str, weight: int, text: str) -> str:
    """With its weight only where the text could be taken for one."""
    return f"{sign}%{weight}%{_safe(text)}" if text.startswith("%") else f"{sign}{_safe(text)}"


def _lines(rows: list[str]) -> str:
    return "\n" + "".join(f"\t{row}\n" for row in rows)


def _safe(text: str) -> str:
    return _SPECIAL.sub(lambda one: "\\" + one[0], text).replace("\n", "\\n")
