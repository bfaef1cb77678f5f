"""The background process of notification_service: the relay, and what becomes a notification."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta

from libs import background
from libs.consumer import Consumer
from libs.effects import Handler, Together
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
from libs.job_sender import JobSender
from libs.kafka import Producer
from libs.mongo_inbox import MongoStore
from libs.mongo_outbox import MongoOutbox
from libs.relay import LostJobs, Relay
from libs.settings import load
from notification_service import indexes
from notification_service.privacy import handlers as privacy
from notification_service.resources import open_resources, outbox_channel
from notification_service.rules.handlers import (
    announce,
    on_account_blocked,
    on_account_unblocked,
    on_accounts_registered,
    on_membership_approved,
    on_membership_ended,
    on_profile_changed,
    on_role_changed,
    on_study_session_created,
    on_study_session_owner_changed,
)
from notification_service.settings import Settings

ANNOUNCE = Together(announce)
HANDLERS: Mapping[type[Event], Handler] = {
    user.AccountRegistered: Together(on_accounts_registered),
    user.AccountBlocked: on_account_blocked,
    user.AccountUnblocked: on_account_unblocked,
    user.RoleChanged: on_role_changed,
    user.ProfileChanged: on_profile_changed,
    user.ExportRequested: privacy.on_export_requested,
    user.AccountErased: privacy.on_account_erased,
    session.StudySessionCreated: on_study_session_created,
    session.StudySessionApproved: ANNOUNCE,
    session.StudySessionRejected: ANNOUNCE,
    session.StudySessionActivated: ANNOUNCE,
    session.StudySessionPaused: ANNOUNCE,
    session.StudySessionResumed: ANNOUNCE,
    session.StudySessionSuspended: ANNOUNCE,
    session.StudySessionRestored: ANNOUNCE,
    session.StudySessionEnded: ANNOUNCE,
    session.StudySessionOwnerChanged: on_study_session_owner_changed,
    session.OwnerOffered: ANNOUNCE,
    session.OwnerOfferAccepted: ANNOUNCE,
    session.OwnerOfferDeclined: ANNOUNCE,
    session.MembershipRequested: ANNOUNCE,
    session.MembershipApproved: on_membership_approved,
    session.MembershipPromoted: ANNOUNCE,
    session.MembershipDeclined: ANNOUNCE,
    session.MembershipRemoved: on_membership_ended,
    session.MembershipLeft: on_membership_ended,
    session.ClassRoleOffered: ANNOUNCE,
    session.ClassRoleGranted: ANNOUNCE,
    session.ClassRoleEnded: ANNOUNCE,
    session.TaskAssigned: ANNOUNCE,
    session_tasks.TaskDueChanged: ANNOUNCE,
    session_tasks.TaskDueSoon: ANNOUNCE,
    session_tasks.SubmissionReturned: ANNOUNCE,
    session_tasks.ExtensionGranted: ANNOUNCE,
    session_tasks.ExtensionWithdrawn: ANNOUNCE,
    session.MaterialPublished: ANNOUNCE,
    session_assessments.AssessmentPublished: ANNOUNCE,
    session_assessments.AssessmentRescheduled: ANNOUNCE,
    session_attempts.AttemptClosed: ANNOUNCE,
    session_attempts.AttemptVoided: ANNOUNCE,
    session_attendance.AttendanceCorrected: ANNOUNCE,
    session_lessons.LessonScheduled: ANNOUNCE,
    session_lessons.LessonMoved: ANNOUNCE,
    session_lessons.LessonCancelled: ANNOUNCE,
    session_lessons.SeriesScheduled: ANNOUNCE,
    session_lessons.SeriesChanged: ANNOUNCE,
    session_lessons.SeriesEnded: ANNOUNCE,
    session_lessons.SeriesShifted: ANNOUNCE,
    session_lessons.HolidaysAdded: ANNOUNCE,
    session_lessons.HolidayRemoved: ANNOUNCE,
    session_lessons.LessonHourShifts: ANNOUNCE,
    session.SubmissionReceived: ANNOUNCE,
    session.MarkReleased: ANNOUNCE,
    session_marks.MarksReleased: ANNOUNCE,
    session_marks.MarkChanged: ANNOUNCE,
    session_bookings.BookingMade: ANNOUNCE,
    session_bookings.BookingMoved: ANNOUNCE,
    session_bookings.BookingCancelled: ANNOUNCE,
    session_bookings.CreditGranted: ANNOUNCE,
    session_bookings.RescheduleRequested: ANNOUNCE,
    session_bookings.RescheduleDecided: ANNOUNCE,
    payment.SubscriptionPaid: ANNOUNCE,
    payment.PaymentDeclined: ANNOUNCE,
    payment.PaymentRefunded: ANNOUNCE,
    payment.RefundFailed: ANNOUNCE,
    payment_refunds.RefundMovedToWallet: ANNOUNCE,
    payment_subscriptions.RenewalDue: ANNOUNCE,
    payment_subscriptions.SubscriptionPastDue: ANNOUNCE,
    payment_subscriptions.RenewalOverdue: ANNOUNCE,
    payment_subscriptions.SubscriptionSuspended: ANNOUNCE,
    payment_subscriptions.ExpiryNear: ANNOUNCE,
    payment_subscriptions.SubscriptionExpired: ANNOUNCE,
    payment_subscriptions.SubscriptionRenewed: ANNOUNCE,
    payment_subscriptions.SubscriptionRestored: ANNOUNCE,
    payment_plan_changes.SubscriptionPlanChanged: ANNOUNCE,
    payment_invoices.InvoiceIssued: ANNOUNCE,
    payment_disputes.DisputeOpened: ANNOUNCE,
    payment_disputes.DisputeEnded: ANNOUNCE,
    payment_wallets.WalletToppedUp: ANNOUNCE,
    payment_wallets.WalletFrozen: ANNOUNCE,
    payment_wallets.WalletThawed: ANNOUNCE,
    payment_webhooks.WebhookEndpointDisabled: ANNOUNCE,
    message.MessageSent: ANNOUNCE,
}


@asynccontextmanager
async def build(settings: Settings) -> AsyncIterator[background.Background]:
    """Wires the process together."""
    async with open_resources(settings) as resources:
        mongo = resources.mongo
        producer = Producer(settings)
        jobs = JobSender(settings.celery_broker_url.get_secret_value(), "notification")
        relay = Relay(
            MongoOutbox(mongo, resources.redis, outbox_channel(settings)),
            producer,
            jobs.send,
            lost=LostJobs(jobs.oldest, timedelta(seconds=settings.lost_job_seconds)),
            replay_hours=settings.outbox_replay_hours,
        )
        consumer = Consumer("notification_service", settings, MongoStore(mongo), HANDLERS, producer)
        yield background.Background(
            producer,
            relay,
            consumers=[consumer],
            checks={"database": mongo.ping, "indexes": lambda: indexes.check(mongo)},
        )


def main() -> None:
    """Runs until SIGTERM."""
    settings = load(Settings)
    background.run("notification_service", settings, lambda: build(settings))


if __name__ == "__main__":
    main()
