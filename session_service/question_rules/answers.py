"""What a student answers, by the type of the question. An answer says nothing of right or wrong."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, Field, StringConstraints

from libs.schemas import PLAIN, Schema

OptionId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,24}$")]
"""Of an option, an item or a gap; the server draws those that could betray an order."""


def distinct(ids: list[str]) -> list[str]:
    """The same. Raises `ValueError` for one that stands there twice."""
    if len(set(ids)) < len(ids):
        raise ValueError("the same one twice")
    return ids


Ids = Annotated[list[OptionId], Field(max_length=50), AfterValidator(distinct)]
Line = Annotated[str, StringConstraints(max_length=1_000, pattern=PLAIN)]


class SingleAnswer(Schema):
    """One option; null for none."""

    type: Literal["single"]
    option: OptionId | None = None

    @property
    def is_blank(self) -> bool:
        """Whether nothing is answered."""
        return self.option is None


class MultipleAnswer(Schema):
    """All options that are picked."""

    type: Literal["multiple"]
    options: Ids = Field(default_factory=list)

    @property
    def is_blank(self) -> bool:
        """Whether nothing is answered."""
        return not self.options


class TrueFalseAnswer(Schema):
    """True or false; null for neither."""

    type: Literal["true_false"]
    value: bool | None = None

    @property
    def is_blank(self) -> bool:
        """Whether nothing is answered."""
        return self.value is None


class NumericAnswer(Schema):
    """A number as it is written, such as `1,5`, `1.5` or `150 cm`; the unit may stand apart."""

    type: Literal["numeric"]
    value: Annotated[str, StringConstraints(max_length=100, pattern=PLAIN)] = ""
    unit: Annotated[str, StringConstraints(max_length=20, pattern=PLAIN)] = ""

    @property
    def is_blank(self) -> bool:
        """Whether nothing is answered."""
        return not self.value


class ShortTextAnswer(Schema):
    """A word or a few."""

    type: Literal["short_text"]
    text: Line = ""

    @property
    def is_blank(self) -> bool:
        """Whether nothing is answered."""
        return not self.text.strip()


class EssayAnswer(Schema):
    """A text that a person reads."""

    type: Literal["essay"]
    text: Annotated[str, StringConstraints(max_length=50_000, pattern=PLAIN)] = ""

    @property
    def is_blank(self) -> bool:
        """Whether nothing is answered."""
        return not self.text.strip()


class OrderingAnswer(Schema):
    """The items in the order that the student means."""

    type: Literal["ordering"]
    items: Ids = Field(default_factory=list)

    @property
    def is_blank(self) -> bool:
        """Whether nothing is answered."""
        return not self.items


class MatchingAnswer(Schema):
    """What belongs to what: from an item on the left to one on the right."""

    type: Literal["matching"]
    pairs: Annotated[dict[OptionId, OptionId], Field(max_length=50, default_factory=dict)]

    @property
    def is_blank(self) -> bool:
        """Whether nothing is answered."""
        return not self.pairs


class ClozeAnswer(Schema):
    """What fills the gaps."""

    type: Literal["cloze"]
    gaps: Annotated[dict[OptionId, Line], Field(max_length=50, default_factory=dict)]

    @property
    def is_blank(self) -> bool:
        """Whether nothing is answered."""
        return not any(text.strip() for text in self.gaps.values())


class FileAnswer(Schema):
    """Uploaded files, by their ids."""

    type: Literal["file"]
    file_ids: Annotated[list[UUID], Field(max_length=10, default_factory=list)]

    @property
    def is_blank(self) -> bool:
        """Whether nothing is answered."""
        return not self.file_ids


AnyAnswer = (
    SingleAnswer
    | MultipleAnswer
    | TrueFalseAnswer
    | NumericAnswer
    | ShortTextAnswer
    | EssayAnswer
    | OrderingAnswer
    | MatchingAnswer
    | ClozeAnswer
    | FileAnswer
)
Answer = Annotated[AnyAnswer, Field(discriminator="type")]
