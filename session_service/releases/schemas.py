"""What clients send and get about releases of marks."""

from datetime import datetime, timedelta
from typing import Annotated
from uuid import UUID

from pydantic import Field

from libs.schemas import Schema

UNDO = timedelta(minutes=10)
"""How long a release can be taken back (S-A12)."""
Ids = Annotated[list[UUID], Field(max_length=500, default_factory=list)]


class ReleaseCreate(Schema):
    """Which drafts students are to see: all whole ones of these columns, and these marks."""

    item_ids: Ids
    mark_ids: Ids


class ReleaseOut(Schema):
    """One batch of marks that were shown together, and how many. `released_by` is null where the
    rule of a column has done it. Until `undo_until` it can be taken back.
    """

    id: UUID
    study_session_id: UUID
    released_by: UUID | None
    released_at: datetime
    undo_until: datetime
    undone_by: UUID | None
    undone_at: datetime | None
    marks: int
