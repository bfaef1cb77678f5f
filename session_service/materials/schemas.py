"""What clients send and get about material, and the jobs."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import (
    AfterValidator,
    AnyUrl,
    Field,
    NaiveDatetime,
    StringConstraints,
    TypeAdapter,
    UrlConstraints,
)

from libs.jobs import Job
from libs.schemas import PLAIN, Instant, LongText, Schema, ShortText


class Kind(StrEnum):
    """An uploaded file with its versions, an address elsewhere, or a text."""

    FILE = "file"
    LINK = "link"
    NOTE = "note"


class MaterialState(StrEnum):
    """Seen by those who teach and help, seen by all, or gone."""

    DRAFT = "draft"
    PUBLISHED = "published"
    DELETED = "deleted"


class VersionState(StrEnum):
    """`asked`: we wait for the upload and for `complete`; `pending`: it is looked at; `ready`: it
    has its number; `refused`: see `refusal`; `gone`: shown to nobody, its objects go.
    """

    ASKED = "asked"
    PENDING = "pending"
    READY = "ready"
    REFUSED = "refused"
    GONE = "gone"


_HTTPS: TypeAdapter[AnyUrl] = TypeAdapter(
    Annotated[AnyUrl, UrlConstraints(allowed_schemes=["https"], host_required=True)]
)


def _address(text: str) -> str:
    url = _HTTPS.validate_python(text)
    if url.username or url.password:
        raise ValueError("an address with a name or a password in it is not taken")
    return str(url)


Link = Annotated[
    str,
    StringConstraints(max_length=2_000, pattern=PLAIN),
    AfterValidator(_address),
    Field(json_schema_extra={"format": "uri"}),
]
"""An https address; it is shown, and never fetched by us."""


class MaterialCreate(Schema):
    """New material, which only those who teach and help see until it is published. A link has a
    `link` and a note a `text`; a file's versions are uploaded afterwards. On a lesson that one
    student has booked, no other student sees it.
    """

    study_session_id: UUID
    kind: Kind
    title: ShortText
    description: LongText = ""
    folder_id: UUID | None = None
    lesson_id: UUID | None = None
    link: Link | None = None
    text: LongText | None = None


class MaterialUpdate(Schema):
    """What changes; what is left out stays. `folder_id` null moves it into the class itself,
    `lesson_id` null takes it off its lesson; null in any other field changes nothing.
    """

    title: ShortText | None = None
    description: LongText | None = None
    folder_id: UUID | None = None
    lesson_id: UUID | None = None
    link: Link | None = None
    text: LongText | None = None


class PublicationCreate(Schema):
    """When to publish: at once, at an instant, or at a `local` time of the class's zone, such as
    `2026-11-30T08:00`. Where a clock is put forward over it, the time after the change is meant;
    where it comes twice, the first one. Without `notify` nobody is told.
    """

    notify: bool = True
    at: Instant | None = None
    local: NaiveDatetime | None = None


class FileOut(Schema):
    """The version of a file that the caller sees: the newest, for students the newest published.
    `size` is in bytes, `sha256` in hexadecimal.
    """

    id: UUID
    number: int
    file_name: str
    content_type: str
    size: int
    sha256: str


class MaterialOut(Schema):
    """Material in a list. `publish_at` is shown to those who teach and help; versions count from
    1, and students are shown the number of the published one only.
    """

    id: UUID
    study_session_id: UUID
    folder_id: UUID | None
    lesson_id: UUID | None
    kind: Kind
    title: str
    description: str
    state: MaterialState
    publish_at: datetime | None
    published_at: datetime | None
    published_number: int | None
    newest_number: int | None
    created_at: datetime
    file: FileOut | None


class MaterialDetail(MaterialOut):
    """Material with what is in it; a file has an address of its own."""

    link: str | None
    text: str | None


class ViewOut(Schema):
    """A student's first look at a material; the name is null until it is known here."""

    id: UUID
    account_id: UUID
    name: str | None
    opened_at: datetime
    downloaded_at: datetime | None = Field(description="The first download of a file.")


class PublishDue(Job):
    """Publish what is due; from the schedule."""

    type: ClassVar[str] = "session.materials.publish_due"


class ClearVersion(Job):
    """Take away what is left of a file's version that is gone."""

    type: ClassVar[str] = "session.materials.clear_version"

    version_id: UUID
