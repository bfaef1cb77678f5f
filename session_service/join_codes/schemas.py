"""What clients send and get about join codes."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from libs.schemas import Instant, Schema

UseLimit = Annotated[int, Field(ge=1, le=100_000)]


class JoinCodeTerms(Schema):
    """Until when a code is good, and for how many requests; null: without limit."""

    expires_at: Instant | None = None
    use_limit: UseLimit | None = None


class JoinCodeOut(JoinCodeTerms):
    """A class's join code, as its owner sees it. `link` is what the QR code says; `uses` counts
    the requests that came by this code since it has terms.
    """

    code: str
    link: str
    uses: int
    rotated_at: datetime | None


class QrFormat(StrEnum):
    """How a QR code is drawn."""

    PNG = "png"
    SVG = "svg"
