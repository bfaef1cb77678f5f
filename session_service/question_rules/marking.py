"""Marking by rule (S-A8, R3): pure, exact, and the same however often it is done.

Points are decimals with two places, half up. An answer earns its share of the points; one that is
attempted and has nothing right loses `negative`; a blank one gets 0.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from math import floor
from types import MappingProxyType

from session_service.question_rules.answers import AnyAnswer
from session_service.question_rules.contents import AnyContent, QuestionType
from session_service.question_rules.keys import AnyKey, EssayKey, FileKey
from session_service.question_rules.scores import WrongKind

VERSIONS: Mapping[QuestionType, int] = MappingProxyType(dict.fromkeys(QuestionType, 1))
"""How each type is marked today; a rule that changes gets the next number, and old marks keep
theirs.
"""
ZERO = Decimal("0.00")
CENT = Decimal("0.01")


class Outcome(StrEnum):
    """What became of an answer. `partly`: something in it is right, though it may earn 0."""

    RIGHT = "right"
    PARTLY = "partly"
    WRONG = "wrong"
    BLANK = "blank"
    NEEDS_MARKING = "needs_marking"


@dataclass(frozen=True, slots=True)
class Marked:
    """The points of one answer, `None` while a person must give them, of `max_points`. `rule` says
    by what: the type and the rule's version, such as `multiple/1`.
    """

    points: Decimal | None
    max_points: Decimal
    outcome: Outcome
    rule: str


def mark(
    content: AnyContent,
    key: AnyKey,
    answer: AnyAnswer | None,
    points: Decimal,
    negative: Decimal = ZERO,
) -> Marked:
    """Marks one answer to a question worth `points`; `negative` is not below 0. Raises `WrongKind`
    when the three are not of one type.
    """
    rule = f"{key.type}/{VERSIONS[QuestionType(key.type)]}"
    if content.type != key.type or (answer is not None and answer.type != key.type):
        raise WrongKind(f"{content.type}, {key.type}, {answer and answer.type}")
    if answer is None or answer.is_blank:
        return Marked(ZERO, points, Outcome.BLANK, rule)
    if isinstance(key, (EssayKey, FileKey)):
        return Marked(None, points, Outcome.NEEDS_MARKING, rule)
    score = key.score(answer, content)
    if score.hits == 0:
        return Marked(ZERO - negative.quantize(CENT), points, Outcome.WRONG, rule)
    outcome = Outcome.RIGHT if score.share == 1 else Outcome.PARTLY
    return Marked(half_up(Fraction(points) * score.share), points, outcome, rule)


def total(parts: Iterable[Decimal | None], *, floor_at_zero: bool) -> Decimal | None:
    """The sum of all parts, from the parts alone; `None` while one is not marked."""
    found = list(parts)
    known = [one for one in found if one is not None]
    if len(known) < len(found):
        return None
    added = sum(known, ZERO)
    return max(ZERO, added) if floor_at_zero else added


def half_up(points: Fraction) -> Decimal:
    """A number that is not negative, with two places, half up."""
    return Decimal(floor(points * 100 + Fraction(1, 2))).scaleb(-2)
