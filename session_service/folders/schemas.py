"""What clients send and get about folders."""

from uuid import UUID

from pydantic import Field

from libs.schemas import Schema, ShortText

MOST = 500
"""Folders of a class."""


class FolderCreate(Schema):
    """A folder, which becomes the last one in `parent_id`, or in the class itself."""

    name: ShortText
    parent_id: UUID | None = None


class FolderUpdate(Schema):
    """Another name."""

    name: ShortText


class FolderPlacement(Schema):
    """Where a folder goes: into `parent_id` (null: the class itself), so that `position` folders
    stand before it there; more than there are means last.
    """

    parent_id: UUID | None
    position: int = Field(ge=0, le=MOST)


class FolderOut(Schema):
    """A folder; siblings are shown by `position`, which counts from 0. To students only folders
    with something to see are shown, so positions may have gaps there.
    """

    id: UUID
    study_session_id: UUID
    parent_id: UUID | None
    position: int
    name: str
