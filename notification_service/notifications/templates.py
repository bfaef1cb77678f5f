"""What a notification is about, typed: one class per kind, holding ids and codes only.

The words for each kind stand in `catalogue.py`; its placeholders are the fields below, and `person`
and `study_session`, which are looked up when a notification is shown, so that a name that arrives
late or is erased is right either way.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict

TEMPLATES: dict[str, type["Template"]] = {}
"""Every kind by its name."""


class Template(BaseModel):
    """Base of all kinds. `person_field` and `study_session_field` name fields to look up; `moments`
    are placeholders for instants in the reader's zone, with the fields that hold them.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    kind: ClassVar[str]
    person_field: ClassVar[str] = ""
    study_session_field: ClassVar[str] = ""
    moments: ClassVar[Mapping[str, str]] = {}

    @classmethod
    def __pydantic_init_subclass__(cls, **_: object) -> None:
        if "kind" in cls.__dict__:
            TEMPLATES[cls.kind] = cls

    @property
    def person_id(self) -> UUID | None:
        """The account that did it, if the words name one."""
        return getattr(self, self.person_field) if self.person_field else None

    @property
    def unnamed_class_id(self) -> UUID | None:
        """The class whose code must be looked up, if the event did not carry it."""
        return getattr(self, self.study_session_field) if self.study_session_field else None


class Welcome(Template):
    """To a new account."""

    kind: ClassVar[str] = "welcome"

    user_code: str


class _OfClass(Template):
    study_session_id: UUID
    session_code: str


class ClassAwaitsApproval(_OfClass):
    """To admins."""

    kind: ClassVar[str] = "class_awaits_approval"


class ClassApproved(_OfClass):
    """To the tutor."""

    kind: ClassVar[str] = "class_approved"


class ClassRejected(_OfClass):
    """To the tutor. The reason is shown with the class, and nowhere else."""

    kind: ClassVar[str] = "class_rejected"


class ClassActivated(_OfClass):
    """To the tutor."""

    kind: ClassVar[str] = "class_activated"


class ClassPaused(_OfClass):
    """To all students of a class."""

    kind: ClassVar[str] = "class_paused"


class ClassResumed(_OfClass):
    """To all students of a class."""

    kind: ClassVar[str] = "class_resumed"


class ClassSuspended(_OfClass):
    """To the tutor."""

    kind: ClassVar[str] = "class_suspended"


class ClassRestored(_OfClass):
    """To the tutor."""

    kind: ClassVar[str] = "class_restored"


class ClassEnded(_OfClass):
    """To all students of a class."""

    kind: ClassVar[str] = "class_ended"


class ClassHandedOver(_OfClass):
    """To all students of a class."""

    kind: ClassVar[str] = "class_handed_over"
    person_field: ClassVar[str] = "tutor_id"

    tutor_id: UUID


class ClassOffered(_OfClass):
    """To the tutor who may own it."""

    kind: ClassVar[str] = "class_offered"
    person_field: ClassVar[str] = "tutor_id"

    offer_id: UUID
    tutor_id: UUID


class OfferAnswered(_OfClass):
    """To the tutor who owned the class when it was offered."""

    kind: ClassVar[str] = "class_offer_accepted"
    person_field: ClassVar[str] = "to_id"

    offer_id: UUID
    to_id: UUID


class OfferRefused(OfferAnswered):
    """To the tutor who owns it."""

    kind: ClassVar[str] = "class_offer_declined"


class JoinRequested(_OfClass):
    """To the tutor."""

    kind: ClassVar[str] = "join_requested"
    person_field: ClassVar[str] = "student_id"

    membership_id: UUID
    student_id: UUID


class JoinApproved(_OfClass):
    """To the student."""

    kind: ClassVar[str] = "join_approved"

    membership_id: UUID


class JoinDeclined(_OfClass):
    """To the student. The reason is not in it."""

    kind: ClassVar[str] = "join_declined"

    membership_id: UUID


class MemberRemoved(_OfClass):
    """To the student. The reason is not in it."""

    kind: ClassVar[str] = "member_removed"

    membership_id: UUID


class MemberLeft(_OfClass):
    """To the tutor."""

    kind: ClassVar[str] = "member_left"
    person_field: ClassVar[str] = "student_id"

    membership_id: UUID
    student_id: UUID


class SeatFreed(_OfClass):
    """To the student who has got a seat after waiting for it."""

    kind: ClassVar[str] = "seat_freed"

    membership_id: UUID


class TaskSet(_OfClass):
    """To all students of a class."""

    kind: ClassVar[str] = "task_set"
    moments: ClassVar[Mapping[str, str]] = {"due": "due_at"}

    task_id: UUID
    due_at: datetime


class MaterialShared(_OfClass):
    """To all students of a class."""

    kind: ClassVar[str] = "material_shared"

    material_id: UUID


class AttendanceChanged(_OfClass):
    """To the student. What it is now is not in it."""

    kind: ClassVar[str] = "attendance_changed"

    attendance_id: UUID
    lesson_id: UUID


class WorkHandedIn(_OfClass):
    """To the tutor. `number` counts the versions from 1."""

    kind: ClassVar[str] = "work_handed_in"
    person_field: ClassVar[str] = "student_id"

    task_id: UUID
    submission_id: UUID
    student_id: UUID
    number: int


class MarkShown(_OfClass):
    """To the student. The mark itself is not in it."""

    kind: ClassVar[str] = "mark_shown"

    task_id: UUID
    submission_id: UUID
    mark_id: UUID


class ClassPaid(Template):
    """To the tutor."""

    kind: ClassVar[str] = "class_paid"
    study_session_field: ClassVar[str] = "study_session_id"

    study_session_id: UUID
    payment_id: UUID


class PaymentRefused(ClassPaid):
    """To the tutor."""

    kind: ClassVar[str] = "payment_refused"


class PaymentReturned(ClassPaid):
    """To the tutor. The sum is in the list of payments."""

    kind: ClassVar[str] = "payment_refunded"


class RefundNeedsHelp(Template):
    """To admins."""

    kind: ClassVar[str] = "refund_failed"
    study_session_field: ClassVar[str] = "study_session_id"

    study_session_id: UUID
    refund_id: UUID


class MessageReceived(Template):
    """To everybody else in the conversation."""

    kind: ClassVar[str] = "message_received"
    person_field: ClassVar[str] = "sender_id"

    conversation_id: UUID
    message_id: UUID
    sender_id: UUID


def load(kind: str, about: dict[str, Any]) -> Template:
    """The template of a stored notification. Raises `KeyError` for a kind that there never was."""
    return TEMPLATES[kind].model_validate(about)
