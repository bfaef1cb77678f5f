"""What clients send and get to check in."""

from datetime import datetime
from typing import Annotated

from pydantic import Field, StringConstraints

from libs.schemas import PLAIN, Schema


class CheckInCode(Schema):
    """What the tutor shows: a code to type, and the same as a QR code (SVG). It is good until the
    next one has been shown for as long as itself; ask again at `next_at`.
    """

    code: str
    qr_text: str
    qr_svg: str
    next_at: datetime


class CheckIn(Schema):
    """The code that the tutor shows; in any case, with or without a dash."""

    code: Annotated[str, StringConstraints(min_length=1, max_length=40, pattern=PLAIN)]
    scanned: bool = Field(False, description="Read from the QR code.")
