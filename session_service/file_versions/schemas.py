"""What clients send and get about versions of files, and the jobs."""

from datetime import datetime
from typing import Annotated, ClassVar, Literal
from uuid import UUID

from pydantic import AfterValidator, Field, StringConstraints

from libs.jobs import Job
from libs.schemas import PLAIN, Schema
from session_service.file_versions.kinds import KINDS
from session_service.materials.schemas import VersionState

MAX_BYTES = 100_000_000


def _known(content_type: str) -> str:
    if content_type not in KINDS:
        raise ValueError("not a type of file that is taken here")
    return content_type


class VersionCreate(Schema):
    """What will be uploaded."""

    file_name: Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=PLAIN)]
    content_type: Annotated[str, StringConstraints(max_length=100), AfterValidator(_known)] = Field(
        description="One of: " + ", ".join(KINDS)
    )
    size: int = Field(ge=1, le=MAX_BYTES, description="Bytes; the upload has exactly so many.")


class UploadOut(Schema):
    """A PUT to `url` with exactly these headers stores the file, until `expires_at`."""

    method: Literal["PUT"] = "PUT"
    url: str
    headers: dict[str, str]
    expires_at: datetime


class VersionOut(Schema):
    """A version of a file and how far it has come. It gets its `number` once it is ready; if it is
    refused, `refusal` says why.
    """

    id: UUID
    material_id: UUID
    number: int | None
    state: VersionState
    refusal: Literal["missing", "too_large", "wrong_checksum", "wrong_type", "gave_up"] | None
    file_name: str
    content_type: str
    size: int
    sha256: str | None
    asked_at: datetime


class VersionAsked(VersionOut):
    """A new version and where it goes."""

    upload: UploadOut


class VersionComplete(Schema):
    """The word that the upload is there, and what it should be."""

    sha256: Annotated[
        str, StringConstraints(pattern=r"^[0-9a-fA-F]{64}$"), AfterValidator(str.lower)
    ] = Field(description="SHA-256 of the file, in hexadecimal.")


class DownloadCreate(Schema):
    """Which version; the newest that one may see, if none is named."""

    version_id: UUID | None = None


class DownloadOut(Schema):
    """An address that saves the file, for five minutes."""

    url: str
    expires_at: datetime
    file_name: str
    content_type: str
    size: int
    sha256: str


class TakeVersion(Job):
    """Look at an upload, and keep or refuse it."""

    type: ClassVar[str] = "session.file_versions.take"

    version_id: UUID


class SweepVersions(Job):
    """Finish what crashes and forgetful clients have left."""

    type: ClassVar[str] = "session.file_versions.sweep"
