"""What becomes a notification: for each event its audience and template, or nothing. Pure, so
easily tested.

A new rule is a function here, a line in `RULES`, and a line in `background.py`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from libs.events import (
    message,
    payment,
    payment_disputes,
    payment_invoices,
    payment_plan_changes,
    payment_refunds,
    payment_subscriptions,
    payment_wallets,
    payment_webhooks,
    session,
    session_assessments,
    session_attempts,
    session_attendance,
    session_bookings,
    session_lessons,
    session_marks,
    session_tasks,
    user,
)
from libs.events.base import Event
from notification_service.notifications import (
    assessment_templates,
    attempt_templates,
    booking_templates,
    dispute_templates,
    invoice_templates,
    lesson_templates,
    mark_templates,
    refund_templates,
    role_templates,
    subscription_templates,
    task_templates,
    templates,
    wallet_templates,
    webhook_templates,
)
from notification_service.notifications.templates import Template
from notification_service.rules.audiences import Admins, Audience, People, StudentsOf


@dataclass(frozen=True, slots=True)
class Draft:
    """Who is told what; with a group also these people."""

    audience: Audience
    template: Template
    also: tuple[UUID, ...] = ()


def _fill(template: type[Template], event: Event) -> Template:
    """A template from the event's fields of the same names."""
    return template.model_validate(event.model_dump(mode="json"))


def _welcome(event: user.AccountRegistered) -> Draft:
    return Draft(People((event.account_id,)), _fill(templates.Welcome, event))


def _class_created(event: session.StudySessionCreated) -> Draft:
    return Draft(Admins(), _fill(templates.ClassAwaitsApproval, event))


def _refund_failed(event: payment.RefundFailed) -> Draft:
    return Draft(Admins(), _fill(templates.RefundNeedsHelp, event))


def _dispute_opened(event: payment_disputes.DisputeOpened) -> Draft:
    return _to_admins_and_owner(dispute_templates.DisputeBegun, event)


def _dispute_ended(event: payment_disputes.DisputeEnded) -> Draft:
    lost = event.state == "lost"
    template = dispute_templates.DisputeLost if lost else dispute_templates.DisputeWon
    return _to_admins_and_owner(template, event)


def _to_admins_and_owner(template: type[Template], event: payment_disputes.DisputeEvent) -> Draft:
    return Draft(Admins(), _fill(template, event), (event.owner_id,))


def _invoice_issued(event: payment_invoices.InvoiceIssued) -> Draft:
    if event.kind == "credit_note":
        return _to_tutor(invoice_templates.CreditNoteReady)(event)
    return _to_tutor(invoice_templates.InvoiceReady)(event)


def _plan_changed(event: payment_plan_changes.SubscriptionPlanChanged) -> Draft:
    if event.credit > event.charge:
        return _to_tutor(subscription_templates.PlanChangedWithCredit)(event)
    return _to_tutor(subscription_templates.PlanChanged)(event)


def _to_owner(template: type[Template]) -> Callable[[Any], Draft]:
    return lambda event: Draft(People((event.owner_id,)), _fill(template, event))


def _to_tutor(template: type[Template]) -> Callable[[Any], Draft]:
    return lambda event: Draft(People((event.tutor_id,)), _fill(template, event))


def _to_student(template: type[Template]) -> Callable[[Any], Draft]:
    return lambda event: Draft(People((event.student_id,)), _fill(template, event))


def _to_helper(template: type[Template]) -> Callable[[Any], Draft]:
    return lambda event: Draft(People((event.account_id,)), _fill(template, event))


def _role_ended(event: session.ClassRoleEnded) -> Draft | None:
    """Whoever did not end it is told; who owns the class now has asked for that."""
    if event.how == "promoted":
        return None
    if event.how in ("declined", "resigned"):
        return _to_tutor(role_templates.RoleGivenUp)(event)
    return _to_helper(role_templates.RoleTakenAway)(event)


def _to_students(template: type[Template]) -> Callable[[Any], Draft]:
    return lambda event: Draft(StudentsOf(event.study_session_id), _fill(template, event))


def _to_class(template: type[Template]) -> Callable[[Any], Draft]:
    """To the students, and to those whom the event names."""
    return lambda event: Draft(
        StudentsOf(event.study_session_id), _fill(template, event), event.told_ids
    )


def _hour_shifts(event: session_lessons.LessonHourShifts) -> Draft:
    return Draft(People(event.account_ids), _fill(lesson_templates.HourShifts, event))


def _class_offered(event: session.OwnerOffered) -> Draft:
    return Draft(People((event.to_id,)), _fill(templates.ClassOffered, event))


def _task_assigned(event: session.TaskAssigned) -> Draft:
    return Draft(StudentsOf(event.study_session_id), _fill(templates.TaskSet, event))


def _due_soon(event: session_tasks.TaskDueSoon) -> Draft:
    return Draft(People(event.student_ids), _fill(task_templates.DueSoon, event))


def _material_published(event: session.MaterialPublished) -> Draft | None:
    if event.silent:
        return None
    audience = (
        People((event.student_id,)) if event.student_id else StudentsOf(event.study_session_id)
    )
    return Draft(audience, _fill(templates.MaterialShared, event))


def _booking_cancelled(event: session_bookings.BookingCancelled) -> Draft:
    other = event.tutor_id if event.by == event.student_id else event.student_id
    return Draft(People((other,)), _fill(booking_templates.BookingCancelled, event))


def _attempt_closed(event: session_attempts.AttemptClosed) -> Draft | None:
    """Who hands in knows it."""
    if event.ending == "submitted":
        return None
    return _to_student(attempt_templates.AttemptExpired)(event)


def _message_sent(event: message.MessageSent) -> Draft:
    others = tuple(one for one in event.recipient_ids if one != event.sender_id)
    return Draft(People(others), _fill(templates.MessageReceived, event))


RULES: Mapping[type[Event], Callable[[Any], Draft | None]] = {
    user.AccountRegistered: _welcome,
    session.StudySessionCreated: _class_created,
    session.StudySessionApproved: _to_tutor(templates.ClassApproved),
    session.StudySessionRejected: _to_tutor(templates.ClassRejected),
    session.StudySessionActivated: _to_tutor(templates.ClassActivated),
    session.StudySessionPaused: _to_students(templates.ClassPaused),
    session.StudySessionResumed: _to_students(templates.ClassResumed),
    session.StudySessionSuspended: _to_tutor(templates.ClassSuspended),
    session.StudySessionRestored: _to_tutor(templates.ClassRestored),
    session.StudySessionEnded: _to_students(templates.ClassEnded),
    session.StudySessionOwnerChanged: _to_students(templates.ClassHandedOver),
    session.OwnerOffered: _class_offered,
    session.OwnerOfferAccepted: _to_tutor(templates.OfferAnswered),
    session.OwnerOfferDeclined: _to_tutor(templates.OfferRefused),
    session.MembershipRequested: _to_tutor(templates.JoinRequested),
    session.MembershipApproved: _to_student(templates.JoinApproved),
    session.MembershipPromoted: _to_student(templates.SeatFreed),
    session.MembershipDeclined: _to_student(templates.JoinDeclined),
    session.MembershipRemoved: _to_student(templates.MemberRemoved),
    session.MembershipLeft: _to_tutor(templates.MemberLeft),
    session.ClassRoleOffered: _to_helper(role_templates.RoleOffered),
    session.ClassRoleGranted: _to_tutor(role_templates.RoleTakenOn),
    session.ClassRoleEnded: _role_ended,
    session.TaskAssigned: _task_assigned,
    session_tasks.TaskDueChanged: _to_students(task_templates.DuePostponed),
    session_tasks.TaskDueSoon: _due_soon,
    session_tasks.SubmissionReturned: _to_student(task_templates.WorkReturned),
    session_tasks.ExtensionGranted: _to_student(task_templates.TimeGranted),
    session_tasks.ExtensionWithdrawn: _to_student(task_templates.TimeWithdrawn),
    session.MaterialPublished: _material_published,
    session_assessments.AssessmentPublished: _to_students(assessment_templates.AssessmentSet),
    session_assessments.AssessmentRescheduled: _to_students(assessment_templates.AssessmentMoved),
    session_attempts.AttemptClosed: _attempt_closed,
    session_attempts.AttemptVoided: _to_student(attempt_templates.AttemptAnnulled),
    session_attendance.AttendanceCorrected: _to_student(templates.AttendanceChanged),
    session_lessons.LessonScheduled: _to_class(lesson_templates.LessonSet),
    session_lessons.LessonMoved: _to_class(lesson_templates.LessonPostponed),
    session_lessons.LessonCancelled: _to_class(lesson_templates.LessonOff),
    session_lessons.SeriesScheduled: _to_class(lesson_templates.SeriesSet),
    session_lessons.SeriesChanged: _to_class(lesson_templates.SeriesAltered),
    session_lessons.SeriesEnded: _to_class(lesson_templates.SeriesOff),
    session_lessons.SeriesShifted: _to_class(lesson_templates.SeriesElsewhen),
    session_lessons.HolidaysAdded: _to_class(lesson_templates.HolidaysSet),
    session_lessons.HolidayRemoved: _to_class(lesson_templates.HolidayLifted),
    session_lessons.LessonHourShifts: _hour_shifts,
    session.SubmissionReceived: _to_tutor(templates.WorkHandedIn),
    session.MarkReleased: _to_student(templates.MarkShown),
    session_marks.MarksReleased: _to_student(mark_templates.MarksShown),
    session_marks.MarkChanged: _to_student(mark_templates.MarkAltered),
    session_bookings.BookingMade: _to_tutor(booking_templates.LessonBooked),
    session_bookings.BookingMoved: _to_student(booking_templates.BookingMoved),
    session_bookings.BookingCancelled: _booking_cancelled,
    session_bookings.CreditGranted: _to_student(booking_templates.CreditGranted),
    session_bookings.RescheduleRequested: _to_tutor(booking_templates.RescheduleAsked),
    session_bookings.RescheduleDecided: _to_student(booking_templates.RescheduleDecided),
    payment.SubscriptionPaid: _to_tutor(templates.ClassPaid),
    payment.PaymentDeclined: _to_tutor(templates.PaymentRefused),
    payment.PaymentRefunded: _to_tutor(templates.PaymentReturned),
    payment.RefundFailed: _refund_failed,
    payment_refunds.RefundMovedToWallet: _to_tutor(refund_templates.RefundInWallet),
    payment_disputes.DisputeOpened: _dispute_opened,
    payment_disputes.DisputeEnded: _dispute_ended,
    payment_subscriptions.RenewalDue: _to_tutor(subscription_templates.RenewalWanted),
    payment_subscriptions.SubscriptionPastDue: _to_tutor(subscription_templates.PeriodOver),
    payment_subscriptions.RenewalOverdue: _to_tutor(subscription_templates.RenewalMissing),
    payment_subscriptions.SubscriptionSuspended: _to_tutor(subscription_templates.ReadOnly),
    payment_subscriptions.ExpiryNear: _to_tutor(subscription_templates.EndNear),
    payment_subscriptions.SubscriptionExpired: _to_tutor(subscription_templates.Expired),
    payment_subscriptions.SubscriptionRenewed: _to_tutor(subscription_templates.Renewed),
    payment_subscriptions.SubscriptionRestored: _to_tutor(subscription_templates.Renewed),
    payment_plan_changes.SubscriptionPlanChanged: _plan_changed,
    payment_invoices.InvoiceIssued: _invoice_issued,
    payment_wallets.WalletToppedUp: _to_owner(wallet_templates.WalletFilled),
    payment_wallets.WalletFrozen: _to_owner(wallet_templates.WalletLocked),
    payment_wallets.WalletThawed: _to_owner(wallet_templates.WalletUnlocked),
    payment_webhooks.WebhookEndpointDisabled: _to_owner(webhook_templates.EndpointSwitchedOff),
    message.MessageSent: _message_sent,
}
