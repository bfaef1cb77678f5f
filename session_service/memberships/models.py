"""Memberships: a person's place in a class, and how it changes."""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ForeignKey, Index, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from session_service.base import Base
from session_service.memberships.errors import (
    DeclinedLately,
    MembershipRemoved,
    MembershipStateWrong,
)
from session_service.memberships.schemas import SEATED, MembershipState

ASK_AGAIN = timedelta(days=1)
"""How long a declined student waits before asking again. Who left may ask again at once; who was
removed may not, but the tutor can approve again.
"""


class Act(StrEnum):
    """What can happen to a membership."""

    ASK = "ask"
    PROMOTE = "promote"
    APPROVE = "approve"
    DECLINE = "decline"
    REMOVE = "remove"
    LEAVE = "leave"


_S = MembershipState
TRANSITIONS: Mapping[Act, Mapping[MembershipState, Collection[MembershipState]]] = {
    Act.ASK: dict.fromkeys((_S.DECLINED, _S.LEFT), (_S.PENDING, _S.WAITING, _S.APPROVED)),
    Act.PROMOTE: {_S.WAITING: SEATED},
    Act.APPROVE: dict.fromkeys((_S.PENDING, _S.DECLINED, _S.REMOVED), (_S.APPROVED,)),
    Act.DECLINE: dict.fromkeys((_S.PENDING, _S.WAITING), (_S.DECLINED,)),
    Act.REMOVE: {_S.APPROVED: (_S.REMOVED,)},
    Act.LEAVE: dict.fromkeys((_S.PENDING, _S.WAITING, _S.APPROVED), (_S.LEFT,)),
}
"""All that may happen, by act and state; a first request makes a membership in any of the three
states of `ASK`.
"""


class Membership(Base):
    """A student's place in a class; one per student and class. `waiting_number` grows in the order
    of arrival and is null unless the membership waits. Who is `pre_approved` needs only a seat.
    """

    __tablename__ = "memberships"
    __table_args__ = (
        UniqueConstraint("study_session_id", "student_id"),
        Index("ix_memberships_seats", "study_session_id", "state", "waiting_number"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    study_session_id: Mapped[UUID] = mapped_column(ForeignKey("study_sessions.id"))
    student_id: Mapped[UUID] = mapped_column(index=True)
    student_code: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(Text)
    pre_approved: Mapped[bool] = mapped_column(server_default="false")
    waiting_number: Mapped[int | None]
    requested_at: Mapped[datetime]
    approved_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    reason: Mapped[str | None] = mapped_column(Text)
    revision: Mapped[int]

    @property
    def seated(self) -> bool:
        """Whether it holds a seat."""
        return self.state in SEATED

    @property
    def over(self) -> bool:
        """Whether nothing is left of it: the student may have to ask again."""
        return self.state not in (*SEATED, MembershipState.WAITING)

    def check_may_ask(self, now: datetime) -> None:
        """Raises `MembershipRemoved`, or `DeclinedLately` for a day after a decline."""
        if self.state == MembershipState.REMOVED:
            raise MembershipRemoved
        if self.state == MembershipState.DECLINED and self.ended_at is not None:
            left = self.ended_at + ASK_AGAIN - now
            if left > timedelta():
                raise DeclinedLately(retry_after=-(-left // timedelta(seconds=1)))

    def move(self, act: Act, to: MembershipState, now: datetime) -> None:
        """Does what `TRANSITIONS` allow. Raises `MembershipStateWrong`."""
        if to not in TRANSITIONS[act].get(MembershipState(self.state), ()):
            raise MembershipStateWrong(f"It is {self.state}: {act.value} is not possible.")
        self.state = to.value
        self.revision += 1
        if act is Act.ASK:
            self.requested_at, self.approved_at = now, None
        if to is not MembershipState.WAITING:
            self.waiting_number = None
        if to is MembershipState.APPROVED:
            self.approved_at = now
        self.ended_at = now if self.over else None
        if not self.over:
            self.reason = None
