"""Numbers as students write them: `1,5` and `1.5`, with groups, exponents and units (S-A8)."""

import re
from dataclasses import dataclass
from decimal import Context, Decimal
from enum import StrEnum
from unicodedata import normalize

EXACT = Context(prec=400)
"""Differences and products of all numbers that are taken are exact in it."""
MOST_DIGITS, FARTHEST = 30, 60
_FORM = re.compile(
    r"(?P<sign>[+-]?)(?P<whole>[0-9][0-9., ']*|[.,][0-9]+)(?:[eE](?P<exponent>[+-]?[0-9]{1,3}))?"
    r"\s*(?P<unit>(?:[^0-9eE\s].*|[eE](?![+-]?[0-9]).*)?)",
    re.DOTALL,
)
_GROUPED = re.compile(r"[1-9][0-9]{0,2}(?P<mark>[., '])[0-9]{3}(?:(?P=mark)[0-9]{3})*")
_POWER = re.compile(r"(?<=[^\W\d_])\^?[+-]?[0-9]+")
"""The power of a unit, as in `s2`, `s-2` and `m^3`."""
_SIGNS = "+-*/=<>^:;,.|&~"


class DecimalMark(StrEnum):
    """What stands before the decimals where both readings are possible, as in `1,500`: the comma,
    the point, or whichever stands alone.
    """

    EITHER = "either"
    POINT = "point"
    COMMA = "comma"


@dataclass(frozen=True, slots=True)
class Read:
    """A number, and what is written behind it."""

    value: Decimal
    unit: str


def read(text: str, mark: DecimalMark = DecimalMark.EITHER) -> Read | None:
    """The number that a text begins with, and its unit; `None` for what is no number.

    Digits may be grouped in threes by spaces, apostrophes, or the mark that is not the decimal
    one. A single comma or point that cannot group (`1,5`, `0.123`) is a decimal mark in every
    language; one that could (`1,500`) is what `mark` says. At most 30 digits, exponents of at most
    60. What goes on with a sign or another number (`3/4`, `3-10`, `3 or 4`) is none.
    """
    plain = normalize("NFKC", text).replace("\u2212", "-").replace("\u2019", "'").strip()
    found = _FORM.fullmatch(re.sub(r"\s+", " ", plain))
    if found is None or not _is_unit(found["unit"]):
        return None
    digits = _decimal(found["whole"].rstrip(), mark)
    exponent = int(found["exponent"] or 0)
    if digits is None or abs(exponent) > FARTHEST:
        return None
    value = Decimal(f"{found['sign']}{digits}E{exponent}")
    return Read(value, found["unit"].strip())


def _is_unit(text: str) -> bool:
    """Whether this can stand behind a number without being more of it."""
    return text[:1] not in tuple(_SIGNS) and not re.search(r"[0-9]", _POWER.sub("", text))


def _decimal(written: str, mark: DecimalMark) -> str | None:
    """Digits with at most one point, as Python reads them."""
    whole, fraction = _split(written, mark)
    if _GROUPED.fullmatch(whole):
        whole = re.sub(r"[., ']", "", whole)
    if not re.fullmatch(r"[0-9]*", whole) or not re.fullmatch(r"[0-9]*", fraction):
        return None
    digits = whole + fraction
    return f"{whole or 0}.{fraction or 0}" if 0 < len(digits) <= MOST_DIGITS else None


def _split(written: str, mark: DecimalMark) -> tuple[str, str]:
    """What stands before the decimal mark and behind it."""
    at = max(written.rfind(","), written.rfind("."))
    if at < 0:
        return written, ""
    sign, before = written[at], written[:at]
    grouping = bool(_GROUPED.fullmatch(written))
    lone = sign not in before
    decimal = {DecimalMark.POINT: ".", DecimalMark.COMMA: ","}.get(mark, sign)
    if grouping and (not lone or sign != decimal):
        return written, ""
    return before, written[at + 1 :]


def is_near(value: Decimal, wanted: Decimal, tolerance: Decimal) -> bool:
    """Whether two numbers differ by `tolerance` or less, exactly."""
    return EXACT.abs(EXACT.subtract(value, wanted)) <= tolerance
