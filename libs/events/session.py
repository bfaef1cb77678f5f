"""Events of session_service: classes, memberships, material, tasks, submissions, marks. Ids and
codes only; those of bookings, lessons and attendance are in modules beside.
"""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from libs.events.base import Event


class SessionEvent(Event):
    """Base: something that happened in one study session."""

    topic: ClassVar[str] = "session.events"
    key_field: ClassVar[str] = "study_session_id"

    study_session_id: UUID
    session_code: str


class StudySessionEvent(SessionEvent):
    """Base: something that happened to a class itself. `tutor_id` is its owner by then."""

    tutor_id: UUID


class StudySessionCreated(StudySessionEvent):
    """A tutor has created a class, or handed in its draft; it waits for payment and for an
    admin.
    """

    type: ClassVar[str] = "studyzed.study_session.created"


class StudySessionApproved(StudySessionEvent):
    """An admin has approved a class."""

    type: ClassVar[str] = "studyzed.study_session.approved"


class StudySessionActivated(StudySessionEvent):
    """A class is both approved and paid for: students may join."""

    type: ClassVar[str] = "studyzed.study_session.activated"


class StudySessionRejected(StudySessionEvent):
    """An admin has refused a class for good; what was paid for it goes back."""

    type: ClassVar[str] = "studyzed.study_session.rejected"


class StudySessionChanged(StudySessionEvent):
    """A class has other settings: name, description, zone, capacity, admission or limits."""

    type: ClassVar[str] = "studyzed.study_session.changed"


class StudySessionPaused(StudySessionEvent):
    """A class is paused since `paused_at`: nobody joins, nothing new is set, but its time is not
    up. `cause` is `owner`, `blocked` or `leaving`: its owner's wish, block, or coming erasure.
    """

    type: ClassVar[str] = "studyzed.study_session.paused"

    cause: str
    paused_at: datetime


class StudySessionResumed(StudySessionEvent):
    """A paused class goes on. `kept_seconds` is how long, all pauses together, its owner was
    blocked or leaving: what was paid for is good for so much longer.
    """

    type: ClassVar[str] = "studyzed.study_session.resumed"

    paused_at: datetime
    resumed_at: datetime
    kept_seconds: int


class StudySessionSuspended(StudySessionEvent):
    """An active class rests until it is restored: nobody joins, hands in or sets work."""

    type: ClassVar[str] = "studyzed.study_session.suspended"


class StudySessionRestored(StudySessionEvent):
    """A suspended class is active again."""

    type: ClassVar[str] = "studyzed.study_session.restored"


class StudySessionOwnerChanged(StudySessionEvent):
    """A class has another owner: `tutor_id`, and not `old_tutor_id` any more, who has no part in it
    now.
    """

    type: ClassVar[str] = "studyzed.study_session.owner_changed"

    old_tutor_id: UUID


class OwnerOfferEvent(SessionEvent):
    """Base: something happened to an offer to own a class; `tutor_id` owns it, `to_id` may."""

    key_field: ClassVar[str] = "offer_id"

    offer_id: UUID
    tutor_id: UUID
    to_id: UUID


class OwnerOffered(OwnerOfferEvent):
    """A tutor may own a class from now on, by accepting."""

    type: ClassVar[str] = "studyzed.owner_offer.made"


class OwnerOfferAccepted(OwnerOfferEvent):
    """A tutor owns a class from now on; `tutor_id` has owned it until now."""

    type: ClassVar[str] = "studyzed.owner_offer.accepted"


class OwnerOfferDeclined(OwnerOfferEvent):
    """A tutor does not want to own a class."""

    type: ClassVar[str] = "studyzed.owner_offer.declined"


class StudySessionEnded(StudySessionEvent):
    """A class is over; what was done in it stays readable."""

    type: ClassVar[str] = "studyzed.study_session.ended"


class StudySessionArchived(StudySessionEvent):
    """An ended class was put away by its owner."""

    type: ClassVar[str] = "studyzed.study_session.archived"


class MembershipEvent(SessionEvent):
    """Base: something that happened to a student's place in a class."""

    key_field: ClassVar[str] = "membership_id"

    membership_id: UUID
    student_id: UUID
    tutor_id: UUID


class MembershipRequested(MembershipEvent):
    """A student asks to join, and holds a seat until the tutor decides."""

    type: ClassVar[str] = "studyzed.membership.requested"


class MembershipWaitlisted(MembershipEvent):
    """A student asks to join a class that is full, and waits for a seat."""

    type: ClassVar[str] = "studyzed.membership.waitlisted"


class MembershipPromoted(MembershipEvent):
    """A student who waited has got a seat; a request or an approval with the same revision
    follows.
    """

    type: ClassVar[str] = "studyzed.membership.promoted"


class MembershipApproved(MembershipEvent):
    """A student is a member now: tutor and student may chat."""

    type: ClassVar[str] = "studyzed.membership.approved"


class MembershipDeclined(MembershipEvent):
    """A tutor has declined a student's request."""

    type: ClassVar[str] = "studyzed.membership.declined"


class MembershipRemoved(MembershipEvent):
    """A tutor has removed a student from a class: what the membership gave is over."""

    type: ClassVar[str] = "studyzed.membership.removed"


class MembershipLeft(MembershipEvent):
    """A student has left a class, or taken a request back: what the membership gave is over."""

    type: ClassVar[str] = "studyzed.membership.left"


class ClassRoleEvent(SessionEvent):
    """Base: something that happened to a person's role in a class. `tutor_id` is the owner's,
    `student_id` whom an observer observes.
    """

    key_field: ClassVar[str] = "class_role_id"

    class_role_id: UUID
    account_id: UUID
    role: str
    student_id: UUID | None
    tutor_id: UUID


class ClassRoleOffered(ClassRoleEvent):
    """A class's owner asks somebody to take on a role (`co_tutor`, `assistant`, `observer`)."""

    type: ClassVar[str] = "studyzed.class_role.offered"


class ClassRoleGranted(ClassRoleEvent):
    """Somebody has taken on a role in a class."""

    type: ClassVar[str] = "studyzed.class_role.granted"


class ClassRoleEnded(ClassRoleEvent):
    """A role is over: `declined` or `resigned` by the person, `withdrawn` or `removed` by the
    owner; or the person is `promoted`, and owns the class now.
    """

    type: ClassVar[str] = "studyzed.class_role.ended"

    how: str


class TaskAssigned(SessionEvent):
    """A task is published to all students of a class. `due_at` is an instant in UTC."""

    type: ClassVar[str] = "studyzed.task.assigned"
    key_field: ClassVar[str] = "task_id"

    task_id: UUID
    tutor_id: UUID
    due_at: datetime


class MaterialPublished(SessionEvent):
    """Students of a class may see a material now, or a newer version of it; if `silent`, they are
    not told. With `student_id` it is this one student's: it hangs on a lesson that was booked.
    """

    type: ClassVar[str] = "studyzed.material.published"
    key_field: ClassVar[str] = "material_id"

    material_id: UUID
    silent: bool
    student_id: UUID | None = None


class MaterialWithdrawn(SessionEvent):
    """Students may see a material no more: it was taken back, or deleted."""

    type: ClassVar[str] = "studyzed.material.withdrawn"
    key_field: ClassVar[str] = "material_id"

    material_id: UUID


class SubmissionReceived(SessionEvent):
    """A student has handed in a version (from 1) of the work on a task."""

    type: ClassVar[str] = "studyzed.submission.received"
    key_field: ClassVar[str] = "submission_id"

    submission_id: UUID
    task_id: UUID
    student_id: UUID
    tutor_id: UUID
    number: int


class MarkReleased(SessionEvent):
    """A student may see a mark now. The mark itself stays in session_service."""

    type: ClassVar[str] = "studyzed.mark.released"
    key_field: ClassVar[str] = "mark_id"

    mark_id: UUID
    submission_id: UUID
    task_id: UUID
    student_id: UUID
