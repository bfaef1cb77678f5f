"""What clients send and get about profiles."""

import re
from enum import StrEnum
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints

from libs.auth import Role
from libs.schemas import PLAIN, Schema
from user_service.accounts.schemas import LastName, Locale, Name, ZoneName, nfc
from user_service.profiles.week_starts import WeekStart

MOST_CODES = 100


class Need(StrEnum):
    """What somebody needs so that they can take part."""

    SCREEN_READER = "screen_reader"
    CAPTIONS = "captions"
    SIGN_LANGUAGE = "sign_language"
    EXTRA_TIME = "extra_time"
    BREAKS = "breaks"
    HIGH_CONTRAST = "high_contrast"
    LARGE_TEXT = "large_text"
    REDUCED_MOTION = "reduced_motion"
    KEYBOARD_ONLY = "keyboard_only"


def _phone(written: str) -> str:
    """E.164 (15 digits at most) without what people put between the digits; may be empty."""
    number = re.sub(r"[ ()./-]", "", written)
    if number and not re.fullmatch(r"\+?[0-9]{5,15}", number):
        raise ValueError("use 5 to 15 digits, with + and the country's code in front")
    return number


def _in_order(needs: list[Need]) -> list[Need]:
    return [need for need in Need if need in needs]


Note = Annotated[str, BeforeValidator(nfc), StringConstraints(max_length=500, pattern=PLAIN)]
Bio = Annotated[str, BeforeValidator(nfc), StringConstraints(max_length=2_000, pattern=PLAIN)]
Phone = Annotated[str, StringConstraints(max_length=40), AfterValidator(_phone)]
Needs = Annotated[list[Need], Field(max_length=len(Need)), AfterValidator(_in_order)]
UserCode = Annotated[str, StringConstraints(min_length=1, max_length=40, pattern=PLAIN)]


class ProfileUpdate(Schema):
    """What is to change; what is not named, or null, stays. But `week_start: null` goes back to the
    usual first day of the place.
    """

    first_name: Name | None = None
    last_name: LastName | None = None
    locale: Locale | None = None
    zone: ZoneName | None = None
    week_start: WeekStart | None = None
    needs: Needs | None = None
    needs_note: Note | None = None
    phone: Phone | None = None
    bio: Bio | None = None


class PictureOut(Schema):
    """Addresses of a square picture, by the length of its edge in pixels. They change with the
    picture, and may be kept for as long as one likes.
    """

    large: str = Field(description="512 pixels")
    small: str = Field(description="96 pixels")
    alt: str


class ProfileOut(Schema):
    """One's own profile. `phone` and `needs` are shown to nobody else."""

    user_code: str
    username: str
    email: str
    role: Role
    first_name: str
    last_name: str
    locale: str
    zone: str
    week_start: WeekStart
    needs: list[Need]
    needs_note: str
    phone: str
    bio: str
    picture: PictureOut | None


class ProfileCard(Schema):
    """What people see of each other."""

    user_code: str
    name: str
    role: Role
    bio: str
    picture: PictureOut | None


class ProfileCards(Schema):
    """Those who were found, in the order in which they were asked for."""

    items: list[ProfileCard]
