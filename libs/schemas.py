"""Bases of what clients send and get. Unknown fields are refused; JSON names are snake_case."""

from datetime import UTC, datetime
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, StringConstraints


class Schema(BaseModel):
    """Base of every request and response body; reads ORM objects by attribute."""

    model_config = ConfigDict(from_attributes=True, extra="forbid", str_strip_whitespace=True)


class Problem(Schema):
    """An error (RFC 9457). `code` is stable; `trace_id` finds the request in our logs."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    trace_id: str
    fields: list["FieldError"] | None = None


class FieldError(Schema):
    """One wrong field: `pointer` is a JSON pointer into the body, or `query/name`, `path/name`,
    `header/name`. `suggestions` are values that would do, if we know any.
    """

    pointer: str
    code: str
    detail: str
    suggestions: list[str] | None = None


# No control characters but tab and line ends: PostgreSQL refuses NUL in text, and nobody means the
# others.
PLAIN = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]*$"

LINE = r"^[^\x00-\x1f\x7f\x85\u2028\u2029]*$"
"""The same for what stands on one line, as in a mail's subject: nothing that ends a line, in no
script, and no tab.
"""

ShortText = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=LINE)]
LongText = Annotated[str, StringConstraints(max_length=20_000, pattern=PLAIN)]


def _to_utc(instant: datetime) -> datetime:
    try:
        return instant.astimezone(UTC)
    except OverflowError as error:  # by its offset it lies before year 1 or after year 9999
        raise ValueError("not an instant of the years 1 to 9999 in UTC") from error


Instant = Annotated[AwareDatetime, AfterValidator(_to_utc)]
"""A moment with its offset, kept in UTC: every store can hold it."""
