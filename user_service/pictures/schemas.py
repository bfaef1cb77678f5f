"""What clients send and get about pictures, and the jobs."""

from datetime import datetime
from typing import Annotated, ClassVar, Literal
from uuid import UUID

from pydantic import BeforeValidator, Field, StringConstraints

from libs.jobs import Job
from libs.schemas import LINE, Schema
from user_service.accounts.schemas import nfc

MAX_BYTES = 5_000_000


class PictureCreate(Schema):
    """What will be uploaded. `alt` says what the picture shows, for those who cannot see it."""

    content_type: Literal["image/jpeg", "image/png", "image/webp"]
    size: int = Field(ge=1, le=MAX_BYTES, description="Bytes; the upload has exactly so many.")
    alt: Annotated[str, BeforeValidator(nfc), StringConstraints(max_length=200, pattern=LINE)] = ""


class UploadOut(Schema):
    """A PUT to `url` with exactly these headers stores the picture, until `expires_at`."""

    method: Literal["PUT"] = "PUT"
    url: str
    headers: dict[str, str]
    expires_at: datetime


class PictureState(Schema):
    """How far an upload has come. `asked`: we wait for it and for `complete`; `pending`: it is
    looked at; `ready`: it was shown (`/v1/me/profile` has the addresses of the newest one);
    `refused`: `refusal` says why.
    """

    id: UUID
    state: Literal["asked", "pending", "ready", "refused"]
    refusal: (
        Literal[
            "missing", "too_large", "not_a_picture", "more_than_a_picture", "too_many_pixels",
            "too_small", "unreadable", "gave_up",
        ]
        | None
    )  # fmt: skip


class PictureAsked(PictureState):
    """A new upload and where it goes."""

    upload: UploadOut


class ConvertPicture(Job):
    """Look at an upload and show it, or refuse it."""

    type: ClassVar[str] = "user.pictures.convert"

    picture_id: UUID


class ClearPicture(Job):
    """Take away what is left of a picture that is gone."""

    type: ClassVar[str] = "user.pictures.clear"

    picture_id: UUID


class SweepPictures(Job):
    """Finish what crashes and forgetful clients have left."""

    type: ClassVar[str] = "user.pictures.sweep"
