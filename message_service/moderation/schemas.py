"""What clients send and get about moderation."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import Field, StringConstraints

from libs.schemas import PLAIN, Schema

Reason = Annotated[str, StringConstraints(min_length=1, max_length=500, pattern=PLAIN)]
Note = Annotated[str, StringConstraints(max_length=2_000, pattern=PLAIN)]


class Action(StrEnum):
    """What a moderator has done."""

    FROZEN = "frozen"
    THAWED = "thawed"
    MUTED = "muted"
    UNMUTED = "unmuted"
    REMOVED = "removed"
    RESOLVED = "resolved"


class ReportReason(StrEnum):
    """What is wrong with a message."""

    ABUSE = "abuse"
    SPAM = "spam"
    CHEATING = "cheating"
    DANGER = "danger"
    OTHER = "other"


class ReportState(StrEnum):
    """How a report stands: `upheld` if it was right, `dismissed` if not."""

    OPEN = "open"
    UPHELD = "upheld"
    DISMISSED = "dismissed"


class Because(Schema):
    """Why a moderator does something: it stands in the log."""

    reason: Reason


class MuteCreate(Because):
    """For how long, in seconds: a minute to 30 days."""

    seconds: Annotated[int, Field(ge=60, le=30 * 86_400)]


class FrozenOut(Schema):
    """Whether moderators alone write in a channel."""

    frozen: bool


class MuteOut(Schema):
    """Somebody who does not write in a channel until then."""

    account_id: UUID
    until: datetime


class MutesOut(Schema):
    """Who is muted in a channel now."""

    items: list[MuteOut]


class LogEntry(Schema):
    """What a moderator has done, to whom or to which message, and why."""

    id: UUID
    actor_id: UUID
    action: Action
    account_id: UUID | None
    seq: int | None
    until: datetime | None
    reason: str
    at: datetime


class ReportCreate(Schema):
    """What is wrong with a message."""

    reason: ReportReason
    note: Note = ""


class ReportMade(Schema):
    """A report of one's own; the same one if one reports the message again."""

    id: UUID
    state: ReportState
    reported_at: datetime


class ReportOut(ReportMade):
    """A report as moderators see it. `body` is what the message said when it was reported."""

    conversation_id: UUID
    seq: int
    reporter_id: UUID
    author_id: UUID
    reason: ReportReason
    note: str
    body: str
    resolved_by: UUID | None
    resolved_at: datetime | None


class Resolution(Because):
    """How a report ends."""

    upheld: bool
