"""What a question shows, by its type. Nothing here says what is right: students get it as it is."""

import re
from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from libs.schemas import PLAIN, Schema
from session_service.question_rules import answers as given
from session_service.question_rules.answers import AnyAnswer, OptionId, distinct
from session_service.question_rules.numbers import DecimalMark
from session_service.question_rules.scores import as_kind

Text = Annotated[str, StringConstraints(min_length=1, max_length=2_000, pattern=PLAIN)]
Prompt = Annotated[str, StringConstraints(min_length=1, max_length=10_000, pattern=PLAIN)]
Order = Callable[[str, list[str]], list[str]]
"""Puts ids in an order of one's own; the text says of which list."""
GAP = re.compile(r"\[\[([A-Za-z0-9_-]{1,24})\]\]")


class QuestionType(StrEnum):
    """How a question is answered. `essay` and `file` are marked by people, the others at once."""

    SINGLE = "single"
    MULTIPLE = "multiple"
    TRUE_FALSE = "true_false"
    NUMERIC = "numeric"
    SHORT_TEXT = "short_text"
    ESSAY = "essay"
    ORDERING = "ordering"
    MATCHING = "matching"
    CLOZE = "cloze"
    FILE = "file"


BY_PEOPLE = frozenset({QuestionType.ESSAY, QuestionType.FILE})


class Option(Schema):
    """One of several things to choose from."""

    id: OptionId
    text: Text


def _distinct_options(options: list[Option]) -> list[Option]:
    distinct([one.id for one in options])
    return options


Options = Annotated[
    list[Option], Field(min_length=2, max_length=26), AfterValidator(_distinct_options)
]


def ids_of(options: list[Option]) -> set[str]:
    """The ids of options."""
    return {one.id for one in options}


def _arranged(options: list[Option], ids: list[str]) -> list[Option]:
    by_id = {one.id: one for one in options}
    return [by_id[one] for one in ids]


def _renamed(options: list[Option], names: Mapping[str, str]) -> list[Option]:
    return [Option(id=names[one.id], text=one.text) for one in options]


class _Content(Schema):
    """What all types have: a prompt, and nothing to put in order."""

    prompt: Prompt

    @property
    def hidden_ids(self) -> list[str]:
        """Ids that the server must draw, as the author's could betray what is right."""
        return []

    def renamed(self, names: Mapping[str, str]) -> Self:
        """The same with other ids for those that are hidden."""
        del names
        return self

    def arranged(self, order: Order, *, shuffle: bool) -> Self:
        """As one paper shows it. Without `shuffle` only what is no question otherwise moves."""
        del order, shuffle
        return self

    def misfit(self, answer: AnyAnswer) -> str | None:
        """Why this can be no answer to it: `wrong_type`, or `unknown_option` for one that the
        question does not have; `None` if it can.
        """
        if answer.type != getattr(self, "type"):  # noqa: B009  (each subclass has its own)
            return "wrong_type"
        return None if self._known(answer) else "unknown_option"

    def _known(self, answer: AnyAnswer) -> bool:
        del answer
        return True


class _Choice(_Content):
    options: Options

    @property
    def hidden_ids(self) -> list[str]:
        return [one.id for one in self.options]

    def renamed(self, names: Mapping[str, str]) -> Self:
        return self.model_copy(update={"options": _renamed(self.options, names)})

    def arranged(self, order: Order, *, shuffle: bool) -> Self:
        if not shuffle:
            return self
        ids = order("options", self.hidden_ids)
        return self.model_copy(update={"options": _arranged(self.options, ids)})


class SingleContent(_Choice):
    """One of several options is right."""

    type: Literal["single"]

    def _known(self, answer: AnyAnswer) -> bool:
        chosen = as_kind(given.SingleAnswer, answer)
        return chosen.option is None or chosen.option in ids_of(self.options)


class MultipleContent(_Choice):
    """Some of several options are right."""

    type: Literal["multiple"]

    def _known(self, answer: AnyAnswer) -> bool:
        chosen = as_kind(given.MultipleAnswer, answer)
        return set(chosen.options) <= ids_of(self.options)


class TrueFalseContent(_Content):
    """A statement."""

    type: Literal["true_false"]


class NumericContent(_Content):
    """A number is asked for. `decimal_mark` decides what `1,500` means, where it could mean two
    things.
    """

    type: Literal["numeric"]
    decimal_mark: DecimalMark = DecimalMark.EITHER


class ShortTextContent(_Content):
    """A word or a few are asked for."""

    type: Literal["short_text"]


class EssayContent(_Content):
    """A text is asked for, which a person marks."""

    type: Literal["essay"]


class OrderingContent(_Content):
    """Items to be put in order; every paper shows them shuffled."""

    type: Literal["ordering"]
    items: Options

    @property
    def hidden_ids(self) -> list[str]:
        return [one.id for one in self.items]

    def renamed(self, names: Mapping[str, str]) -> Self:
        return self.model_copy(update={"items": _renamed(self.items, names)})

    def arranged(self, order: Order, *, shuffle: bool) -> Self:
        del shuffle
        ids = order("items", self.hidden_ids)
        return self.model_copy(update={"items": _arranged(self.items, ids)})

    def _known(self, answer: AnyAnswer) -> bool:
        chosen = as_kind(given.OrderingAnswer, answer)
        return set(chosen.items) <= ids_of(self.items)


class MatchingContent(_Content):
    """Each item on the left belongs to one on the right, where there may be more; every paper
    shows those on the right shuffled.
    """

    type: Literal["matching"]
    left: Annotated[
        list[Option], Field(min_length=1, max_length=26), AfterValidator(_distinct_options)
    ]
    right: Options

    @model_validator(mode="after")
    def _sides_apart(self) -> Self:
        distinct(self.hidden_ids)  # an id on both sides would betray a pair
        return self

    @property
    def hidden_ids(self) -> list[str]:
        return [one.id for one in [*self.left, *self.right]]

    def renamed(self, names: Mapping[str, str]) -> Self:
        left, right = _renamed(self.left, names), _renamed(self.right, names)
        return self.model_copy(update={"left": left, "right": right})

    def arranged(self, order: Order, *, shuffle: bool) -> Self:
        left = [one.id for one in self.left]
        sides = {
            "left": _arranged(self.left, order("left", left) if shuffle else left),
            "right": _arranged(self.right, order("right", [one.id for one in self.right])),
        }
        return self.model_copy(update=sides)

    def _known(self, answer: AnyAnswer) -> bool:
        chosen = as_kind(given.MatchingAnswer, answer)
        on_right = set(chosen.pairs.values()) <= ids_of(self.right)
        return on_right and chosen.pairs.keys() <= ids_of(self.left)


class Gap(Schema):
    """A gap in a text: to be filled by one of `choices`, or freely if there are none."""

    id: OptionId
    choices: Annotated[
        list[Text], Field(max_length=26, default_factory=list), AfterValidator(distinct)
    ]


class ClozeContent(_Content):
    """A text with gaps, which stand in the prompt as `[[id]]`."""

    type: Literal["cloze"]
    gaps: Annotated[list[Gap], Field(min_length=1, max_length=26)]

    @model_validator(mode="after")
    def _gaps_stand_in_the_prompt(self) -> Self:
        if sorted(GAP.findall(self.prompt)) != sorted(distinct([one.id for one in self.gaps])):
            raise ValueError("each gap must stand in the prompt once, as [[id]]")
        return self

    def arranged(self, order: Order, *, shuffle: bool) -> Self:
        if not shuffle:
            return self
        gaps = [Gap(id=one.id, choices=order(one.id, one.choices)) for one in self.gaps]
        return self.model_copy(update={"gaps": gaps})

    def _known(self, answer: AnyAnswer) -> bool:
        chosen = as_kind(given.ClozeAnswer, answer)
        return chosen.gaps.keys() <= {one.id for one in self.gaps}


class FileContent(_Content):
    """Files are asked for, which a person marks."""

    type: Literal["file"]


AnyContent = (
    SingleContent
    | MultipleContent
    | TrueFalseContent
    | NumericContent
    | ShortTextContent
    | EssayContent
    | OrderingContent
    | MatchingContent
    | ClozeContent
    | FileContent
)
Content = Annotated[AnyContent, Field(discriminator="type")]
