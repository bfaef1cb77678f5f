"""What clients send and get about images of classes, and the jobs."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, ClassVar, Literal
from uuid import UUID

from pydantic import Field, StringConstraints

from libs.jobs import Job
from libs.schemas import PLAIN, Schema

MAX_BYTES = 5_000_000


class ImageState(StrEnum):
    """`asked`: we wait for the upload and for `complete`; `pending`: it is looked at; `ready`: it
    was shown; `refused`: `refusal` says why; `gone`: shown to nobody, its objects are taken away.
    """

    ASKED = "asked"
    PENDING = "pending"
    READY = "ready"
    REFUSED = "refused"
    GONE = "gone"


class ClassImageCreate(Schema):
    """What will be uploaded. `alt` says what the image shows, for those who cannot see it."""

    content_type: Literal["image/jpeg", "image/png", "image/webp"]
    size: int = Field(ge=1, le=MAX_BYTES, description="Bytes; the upload has exactly so many.")
    alt: Annotated[str, StringConstraints(max_length=200, pattern=PLAIN)] = ""


class ClassImageUpload(Schema):
    """A PUT to `url` with exactly these headers stores the image, until `expires_at`."""

    method: Literal["PUT"] = "PUT"
    url: str
    headers: dict[str, str]
    expires_at: datetime


class ClassImageOut(Schema):
    """How far an upload has come. The class itself has the addresses of what is shown."""

    id: UUID
    study_session_id: UUID
    state: ImageState
    refusal: (
        Literal[
            "missing", "too_large", "not_a_picture", "more_than_a_picture", "too_many_pixels",
            "too_small", "unreadable", "gave_up",
        ]
        | None
    )  # fmt: skip


class ClassImageAsked(ClassImageOut):
    """A new upload and where it goes."""

    upload: ClassImageUpload


class ConvertClassImage(Job):
    """Look at an upload and show it, or refuse it."""

    type: ClassVar[str] = "session.class_images.convert"

    image_id: UUID


class ClearClassImage(Job):
    """Take away what is left of an image that is gone."""

    type: ClassVar[str] = "session.class_images.clear"

    image_id: UUID


class SweepClassImages(Job):
    """Finish what crashes and forgetful clients have left."""

    type: ClassVar[str] = "session.class_images.sweep"
