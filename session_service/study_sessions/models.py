"""Study sessions, which people call classes, and their life cycle."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from uuid import UUID

from sqlalchemy import ARRAY, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from libs.events.session import (
    StudySessionActivated,
    StudySessionArchived,
    StudySessionCreated,
    StudySessionEnded,
    StudySessionEvent,
    StudySessionRejected,
    StudySessionRestored,
    StudySessionSuspended,
)
from session_service.base import Base
from session_service.study_sessions.errors import (
    AlreadyApproved,
    StudySessionIsPaused,
    StudySessionIsSuspended,
    StudySessionNotOpen,
    StudySessionOver,
    TransitionForbidden,
)
from session_service.study_sessions.schemas import Admission, PauseCause, State

TRANSITIONS: Mapping[tuple[State, State], type[StudySessionEvent]] = MappingProxyType(
    {
        (State.DRAFT, State.PENDING): StudySessionCreated,
        (State.PENDING, State.ACTIVE): StudySessionActivated,
        (State.PENDING, State.REJECTED): StudySessionRejected,
        (State.ACTIVE, State.SUSPENDED): StudySessionSuspended,
        (State.SUSPENDED, State.ACTIVE): StudySessionRestored,
        (State.ACTIVE, State.ENDED): StudySessionEnded,
        (State.SUSPENDED, State.ENDED): StudySessionEnded,
        (State.ENDED, State.ARCHIVED): StudySessionArchived,
    }
)
"""The life cycle of S1: every way from one state to another, and the one event that tells of it.
A class starts as a draft, or pending, of which `StudySessionCreated` tells too.
"""


OVER = (State.REJECTED, State.ENDED, State.ARCHIVED)
"""Nothing of such a class changes any more."""
PAUSABLE = (State.PENDING, State.ACTIVE, State.SUSPENDED)


def check_open(state: str) -> None:
    """Raises `StudySessionNotOpen` (for a suspended class as `StudySessionIsSuspended`) unless
    students may work in a class in this state.
    """
    if state == State.SUSPENDED:
        raise StudySessionIsSuspended
    if state != State.ACTIVE:
        raise StudySessionNotOpen


def check_takes_new(state: str, paused_at: datetime | None) -> None:
    """Raises `StudySessionNotOpen` or `StudySessionIsPaused` unless students may join, and lessons
    and tasks may be added.
    """
    check_open(state)
    if paused_at is not None:
        raise StudySessionIsPaused


class StudySession(Base):
    """A tutor's class. `session_code` is its permanent public code; `capacity` its number of seats,
    null for no limit. `subscription_revision` numbers what payment_service has told of its
    subscription.

    `paused_at` is a flag beside the state (S1): set while `paused_for` names any cause. The seconds
    for which a cause that is not the owner's own wish holds are kept: `kept_seconds` are those of
    the past, `kept_from` is since when they are counted, if they are now.
    """

    __tablename__ = "study_sessions"
    __table_args__ = (UniqueConstraint("session_code"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    session_code: Mapped[str] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text)
    description: Mapped[str] = mapped_column(Text)
    zone: Mapped[str] = mapped_column(Text)
    tutor_id: Mapped[UUID] = mapped_column(index=True)
    state: Mapped[str] = mapped_column(Text, index=True)
    paid_at: Mapped[datetime | None]
    approved_at: Mapped[datetime | None]
    approved_by: Mapped[UUID | None]
    rejected_at: Mapped[datetime | None]
    rejected_by: Mapped[UUID | None]
    rejection_reason: Mapped[str] = mapped_column(Text, server_default="")
    ended_at: Mapped[datetime | None]
    paused_at: Mapped[datetime | None]
    paused_for: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default="{}")
    kept_from: Mapped[datetime | None]
    kept_seconds: Mapped[int] = mapped_column(server_default="0")
    capacity: Mapped[int | None]
    admission: Mapped[str] = mapped_column(Text, server_default=Admission.APPROVE.value)
    attendance_percent: Mapped[int] = mapped_column(server_default="75")
    late_minutes: Mapped[int] = mapped_column(server_default="10")
    early_minutes: Mapped[int] = mapped_column(server_default="10")
    image_folder: Mapped[str | None] = mapped_column(Text)
    image_alt: Mapped[str] = mapped_column(Text, server_default="")
    created_at: Mapped[datetime]
    revision: Mapped[int]
    subscription_revision: Mapped[int] = mapped_column(server_default="0")

    def move(self, to: State) -> type[StudySessionEvent]:
        """Goes to another state; returns the class of the event that tells of it. The only code
        that changes `state`. Raises `TransitionForbidden`.
        """
        event = TRANSITIONS.get((State(self.state), to))
        if event is None:
            raise TransitionForbidden(f"This class is {self.state}: it cannot become {to}.")
        self.state = to.value
        self.revision += 1
        return event

    def approve(self, by: UUID, now: datetime) -> None:
        """Notes an admin's approval. Raises `AlreadyApproved`, or `TransitionForbidden` unless
        the class waits for it.
        """
        if self.approved_at is not None:
            raise AlreadyApproved
        if self.state != State.PENDING:
            raise TransitionForbidden(f"This class is {self.state}: it waits for no approval.")
        self.approved_at, self.approved_by = now, by
        self.revision += 1

    def reject(self, by: UUID, reason: str, now: datetime) -> type[StudySessionEvent]:
        """An admin's no, as `move`; `reason` is shown to the owner. Raises
        `TransitionForbidden`.
        """
        event = self.move(State.REJECTED)
        self.rejected_at, self.rejected_by, self.rejection_reason = now, by, reason
        return event

    def pay(self, at: datetime) -> bool:
        """Notes the first payment, in whatever state; false if there was one already."""
        if self.paid_at is not None:
            return False
        self.paid_at = at
        self.revision += 1
        return True

    def hear(self, revision: int) -> bool:
        """Notes what was told last of its subscription; false for what is older, or known."""
        if revision <= self.subscription_revision:
            return False
        self.subscription_revision = revision
        return True

    @property
    def is_ready(self) -> bool:
        """Whether nothing is missing any more for a pending class to become active."""
        complete = self.paid_at is not None and self.approved_at is not None
        return complete and self.state == State.PENDING

    def restore(self) -> type[StudySessionEvent]:
        """Ends a suspension, as `move`. Raises `TransitionForbidden`, also for a pending class,
        which becomes active by payment and approval alone.
        """
        if self.state != State.SUSPENDED:
            raise TransitionForbidden(f"This class is {self.state}: it is not suspended.")
        return self.move(State.ACTIVE)

    def end(self, now: datetime) -> type[StudySessionEvent]:
        """Ends the class and any pause, as `move`. Raises `TransitionForbidden`."""
        event = self.move(State.ENDED)
        self.ended_at = now
        self._set_pause((), now)
        return event

    def change(self, settings: Mapping[str, object]) -> None:
        """Takes other settings, by the names of their columns."""
        for name, value in settings.items():
            setattr(self, name, value)
        self.revision += 1

    def pause(self, cause: PauseCause, at: datetime) -> bool:
        """Adds a cause of pausing; returns whether the class became paused by it. Raises
        `TransitionForbidden` for a draft, and for what is over.
        """
        if self.state not in PAUSABLE:
            raise TransitionForbidden(f"This class is {self.state}: it cannot be paused.")
        return self._set_pause({*self.paused_for, cause.value}, at)

    def resume(self, causes: Collection[PauseCause], at: datetime) -> bool:
        """Takes causes of pausing away; returns whether the class goes on by it."""
        return self._set_pause(set(self.paused_for) - set(causes), at)

    def _set_pause(self, causes: Collection[str], at: datetime) -> bool:
        """Returns whether the flag has changed."""
        was, kept = self.paused_at, bool(set(causes) - {PauseCause.OWNER})
        if sorted(causes) == self.paused_for:
            return False
        self.paused_for = sorted(causes)
        self.paused_at = (was or at) if causes else None
        if self.kept_from is not None and not kept:
            self.kept_seconds += max(0, int((at - self.kept_from).total_seconds()))
        self.kept_from = (self.kept_from or at) if kept else None
        self.revision += 1
        return (was is None) != (self.paused_at is None)

    @property
    def is_open(self) -> bool:
        """Whether students may join, and lessons and tasks may be added."""
        return self.state == State.ACTIVE and self.paused_at is None

    def check_open(self) -> None:
        """Raises `StudySessionNotOpen` or `StudySessionIsPaused` unless students may join, and
        lessons and tasks may be added.
        """
        check_takes_new(self.state, self.paused_at)

    def check_changeable(self) -> None:
        """Raises `StudySessionOver` when the class is rejected, ended or archived."""
        if self.state in OVER:
            raise StudySessionOver


@dataclass(frozen=True, slots=True)
class Taught:
    """A class as its tutor's acts need it: what goes into it, and into events."""

    study_session_id: UUID
    session_code: str
    tutor_id: UUID
    state: str
    paused_at: datetime | None

    def check_open(self) -> None:
        """Raises `StudySessionNotOpen` or `StudySessionIsPaused` unless something may be added."""
        check_takes_new(self.state, self.paused_at)
