"""What clients send and get about saved comments."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import StringConstraints

from libs.schemas import PLAIN, Schema


class SavedCommentIn(Schema):
    """A comment to write again."""

    text: Annotated[str, StringConstraints(min_length=1, max_length=2_000, pattern=PLAIN)]


class SavedCommentOut(Schema):
    """A comment in one's own bank."""

    id: UUID
    text: str
    created_at: datetime
