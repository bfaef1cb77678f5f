"""What is right, by the type of the question. No student sees any of it before its release (R1).

A key scores an answer: the share of the points that it earns, and whether anything in it is right.
"""

from collections.abc import Mapping
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import Annotated, Literal, Self
from unicodedata import normalize

from pydantic import Field, StringConstraints

from libs.errors import FieldProblem
from libs.schemas import LongText, Schema
from session_service.question_rules import answers as given
from session_service.question_rules import contents, numbers, texts
from session_service.question_rules.answers import AnyAnswer, Ids, Line, OptionId
from session_service.question_rules.contents import AnyContent, ids_of
from session_service.question_rules.scores import Credit, Score, as_kind, earned, unknown

Problem = FieldProblem | None
Number = Annotated[Decimal, Field(max_digits=30, decimal_places=20, allow_inf_nan=False)]
Variants = Annotated[
    list[Annotated[Line, StringConstraints(min_length=1)]], Field(min_length=1, max_length=50)
]


class _Key(Schema):
    def renamed(self, names: Mapping[str, str]) -> Self:
        """The same for a content with other ids."""
        del names
        return self

    def problem(self, content: AnyContent) -> Problem:
        """Why it is no key to a content of its type."""
        del content
        return None


class SingleKey(_Key):
    """The id of the right option."""

    type: Literal["single"]
    right: OptionId

    def renamed(self, names: Mapping[str, str]) -> Self:
        return self.model_copy(update={"right": names[self.right]})

    def problem(self, content: AnyContent) -> Problem:
        options = ids_of(as_kind(contents.SingleContent, content).options)
        return None if self.right in options else unknown("/key/right")

    def score(self, answer: AnyAnswer, content: AnyContent) -> Score:
        """Right = max."""
        del content
        return earned(int(as_kind(given.SingleAnswer, answer).option == self.right), 1)


class MultipleKey(_Key):
    """The ids of all right options."""

    type: Literal["multiple"]
    right: Annotated[Ids, Field(min_length=1)]
    credit: Credit = Credit.PARTIAL

    def renamed(self, names: Mapping[str, str]) -> Self:
        return self.model_copy(update={"right": [names[one] for one in self.right]})

    def problem(self, content: AnyContent) -> Problem:
        options = ids_of(as_kind(contents.MultipleContent, content).options)
        return None if set(self.right) <= options else unknown("/key/right")

    def score(self, answer: AnyAnswer, content: AnyContent) -> Score:
        """Right picked / right all - wrong picked / wrong all, not below 0 (S-A8)."""
        picked, right = set(as_kind(given.MultipleAnswer, answer).options), set(self.right)
        wrong = ids_of(as_kind(contents.MultipleContent, content).options) - right
        hits = len(picked & right)
        if self.credit is Credit.ALL:
            return Score(Fraction(int(picked == right)), hits)
        lost = Fraction(len(picked & wrong), len(wrong)) if wrong else Fraction(0)
        return Score(max(Fraction(0), Fraction(hits, len(right)) - lost), hits)


class TrueFalseKey(_Key):
    """Whether the statement is true."""

    type: Literal["true_false"]
    right: bool

    def score(self, answer: AnyAnswer, content: AnyContent) -> Score:
        """Right = max."""
        del content
        return earned(int(as_kind(given.TrueFalseAnswer, answer).value is self.right), 1)


class Unit(Schema):
    """A unit that may be used; `factor` of them make one of the key's value's own."""

    unit: Annotated[str, StringConstraints(min_length=1, max_length=20)]
    factor: Annotated[Number, Field(gt=0)] = Decimal(1)


class Tolerance(StrEnum):
    """Whether a tolerance is a number, or a percentage of the right value."""

    ABSOLUTE = "absolute"
    RELATIVE = "relative"


class NumericKey(_Key):
    """The right number, give or take `tolerance`: a number, or a percentage of the value. Without
    `units` nobody looks at a unit. With them another one is wrong; a value in one of them is
    multiplied by its factor (`cm`, 0.01, where the value is in metres); none at all means the
    value's own, unless `unit_needed`.
    """

    type: Literal["numeric"]
    value: Number
    tolerance: Annotated[Number, Field(ge=0)] = Decimal(0)
    tolerance_kind: Tolerance = Tolerance.ABSOLUTE
    units: Annotated[list[Unit], Field(max_length=20, default_factory=list)]
    unit_needed: bool = False

    def problem(self, content: AnyContent) -> Problem:
        del content
        if self.unit_needed and not self.units:
            return FieldProblem("/key/units", "missing", "a unit that is needed must be listed")
        return None

    def score(self, answer: AnyAnswer, content: AnyContent) -> Score:
        """Right = max; what cannot be read as a number is wrong."""
        written = as_kind(given.NumericAnswer, answer)
        mark = as_kind(contents.NumericContent, content).decimal_mark
        read = numbers.read(f"{written.value} {written.unit}", mark)
        factor = None if read is None else self._factor(read.unit)
        if read is None or factor is None:
            return earned(0, 1)
        value = numbers.EXACT.multiply(read.value, factor)
        return earned(int(numbers.is_near(value, self.value, self._allowed())), 1)

    def _factor(self, unit: str) -> Decimal | None:
        if not self.units or (not unit and not self.unit_needed):
            return Decimal(1)
        return next((one.factor for one in self.units if _unit(one.unit) == _unit(unit)), None)

    def _allowed(self) -> Decimal:
        if self.tolerance_kind is Tolerance.ABSOLUTE:
            return self.tolerance
        percent = numbers.EXACT.multiply(self.tolerance, abs(self.value))
        return numbers.EXACT.multiply(percent, Decimal("0.01"))


def _unit(written: str) -> str:
    """A unit without spaces; its case matters: mm and Mm are two."""
    return "".join(normalize("NFKC", written).split())


class ShortTextKey(_Key):
    """All texts that are right; case, spaces and forms of Unicode make no difference."""

    type: Literal["short_text"]
    variants: Variants

    def score(self, answer: AnyAnswer, content: AnyContent) -> Score:
        """Right = max."""
        del content
        text = as_kind(given.ShortTextAnswer, answer).text
        return earned(int(texts.is_one_of(text, self.variants)), 1)


class EssayKey(_Key):
    """What those who mark should look for."""

    type: Literal["essay"]
    guidance: LongText = ""


class OrderingKey(_Key):
    """The ids of all items in the right order."""

    type: Literal["ordering"]
    order: Ids
    credit: Credit = Credit.PARTIAL

    def renamed(self, names: Mapping[str, str]) -> Self:
        return self.model_copy(update={"order": [names[one] for one in self.order]})

    def problem(self, content: AnyContent) -> Problem:
        items = ids_of(as_kind(contents.OrderingContent, content).items)
        return None if set(self.order) == items else unknown("/key/order")

    def score(self, answer: AnyAnswer, content: AnyContent) -> Score:
        """The share of the items that stand in their places."""
        del content
        items = as_kind(given.OrderingAnswer, answer).items
        hits = sum(one == right for one, right in zip(items, self.order, strict=False))
        return earned(hits, len(self.order), self.credit)


class MatchingKey(_Key):
    """For each item on the left the one on the right that belongs to it."""

    type: Literal["matching"]
    pairs: Annotated[dict[OptionId, OptionId], Field(min_length=1, max_length=26)]
    credit: Credit = Credit.PARTIAL

    def renamed(self, names: Mapping[str, str]) -> Self:
        pairs = {names[left]: names[right] for left, right in self.pairs.items()}
        return self.model_copy(update={"pairs": pairs})

    def problem(self, content: AnyContent) -> Problem:
        sides = as_kind(contents.MatchingContent, content)
        complete = self.pairs.keys() == ids_of(sides.left)
        known = complete and set(self.pairs.values()) <= ids_of(sides.right)
        return None if known else unknown("/key/pairs")

    def score(self, answer: AnyAnswer, content: AnyContent) -> Score:
        """The share of the pairs that are right."""
        del content
        pairs = as_kind(given.MatchingAnswer, answer).pairs
        hits = sum(pairs.get(left) == right for left, right in self.pairs.items())
        return earned(hits, len(self.pairs), self.credit)


class ClozeKey(_Key):
    """For each gap all texts that are right in it."""

    type: Literal["cloze"]
    gaps: Annotated[dict[OptionId, Variants], Field(min_length=1, max_length=26)]
    credit: Credit = Credit.PARTIAL

    def problem(self, content: AnyContent) -> Problem:
        gaps = {one.id: one for one in as_kind(contents.ClozeContent, content).gaps}
        if self.gaps.keys() != gaps.keys():
            return unknown("/key/gaps")
        for name, variants in self.gaps.items():
            choices = gaps[name].choices
            if choices and not any(texts.is_one_of(one, choices) for one in variants):
                return unknown(f"/key/gaps/{name}")
        return None

    def score(self, answer: AnyAnswer, content: AnyContent) -> Score:
        """The share of the gaps that are filled rightly."""
        del content
        gaps = as_kind(given.ClozeAnswer, answer).gaps
        hits = sum(
            texts.is_one_of(gaps.get(name, ""), variants) for name, variants in self.gaps.items()
        )
        return earned(hits, len(self.gaps), self.credit)


class FileKey(_Key):
    """What those who mark should look for."""

    type: Literal["file"]
    guidance: LongText = ""


ByRule = (
    SingleKey
    | MultipleKey
    | TrueFalseKey
    | NumericKey
    | ShortTextKey
    | OrderingKey
    | MatchingKey
    | ClozeKey
)
AnyKey = ByRule | EssayKey | FileKey
Key = Annotated[AnyKey, Field(discriminator="type")]
