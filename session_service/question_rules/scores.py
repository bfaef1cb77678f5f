"""What an answer scores by a key."""

from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from typing import TypeVar

from libs.errors import FieldProblem

T = TypeVar("T")


class Credit(StrEnum):
    """Points for each part that is right, or only for all of them together."""

    PARTIAL = "partial"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class Score:
    """The share of the points, from 0 to 1, and how many parts of the answer are right."""

    share: Fraction
    hits: int


class WrongKind(ValueError):
    """An answer, or a content, of another type than the key's."""


def as_kind(kind: type[T], thing: object) -> T:
    """The same thing. Raises `WrongKind` unless it is one of this kind."""
    if not isinstance(thing, kind):
        raise WrongKind(f"{type(thing).__name__} is no {kind.__name__}")
    return thing


def earned(hits: int, total: int, credit: Credit = Credit.PARTIAL) -> Score:
    """The score for so many right parts of all."""
    share = Fraction(hits, total)
    if credit is Credit.ALL and share < 1:
        share = Fraction(0)
    return Score(share, hits)


def unknown(pointer: str) -> FieldProblem:
    """That a key names what is not there."""
    return FieldProblem(pointer, "unknown_option", "must name what the content has")
