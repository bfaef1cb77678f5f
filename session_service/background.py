"""The background process of session_service: the relay, the table of handlers, and the clock of
attempts.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from libs import background, idempotency, postgres
from libs.consumer import Consumer
from libs.effects import Handler
from libs.events.base import Event
from libs.events.message import CallAttended
from libs.events.payment import (
    PaymentRefunded,
    PaymentsClosed,
    RefundFailed,
    RefundRequested,
    SubscriptionPaid,
)
from libs.events.payment_refunds import RefundCanceled, RefundMovedToWallet
from libs.events.payment_subscriptions import (
    SubscriptionExpired,
    SubscriptionRestored,
    SubscriptionSuspended,
)
from libs.events.session import (
    MembershipLeft,
    MembershipRemoved,
    StudySessionChanged,
    StudySessionEnded,
    StudySessionRestored,
    StudySessionResumed,
)
from libs.events.session_assessments import AssessmentClosed, AssessmentRescheduled
from libs.events.session_marks import ReleaseRuleChanged
from libs.events.session_tasks import (
    ExtensionGranted,
    ExtensionWithdrawn,
    TaskDueChanged,
    TaskLatePolicyChanged,
)
from libs.events.user import (
    AccountBlocked,
    AccountErased,
    AccountRegistered,
    AccountUnblocked,
    ErasureScheduled,
    ErasureUndone,
    ExportRequested,
    ProfileChanged,
    RoleChanged,
)
from libs.inbox import PostgresStore
from libs.job_sender import JobSender
from libs.kafka import Producer
from libs.outbox import PostgresOutbox
from libs.relay import LostJobs, Relay
from libs.settings import load
from session_service.approvals import handlers as approvals
from session_service.attempts import closing
from session_service.attempts import handlers as attempts
from session_service.attendance.handlers import on_call_attended
from session_service.memberships.handlers import on_seats_freed
from session_service.owner_holds.handlers import (
    on_account_blocked,
    on_account_unblocked,
    on_erasure_scheduled,
    on_erasure_undone,
)
from session_service.people.handlers import (
    on_account_registered,
    on_profile_changed,
    on_role_changed,
)
from session_service.privacy import handlers as privacy
from session_service.releases import handlers as releases
from session_service.resources import open_resources
from session_service.series.handlers import on_study_session_ended
from session_service.settings import Settings
from session_service.study_sessions.handlers import (
    on_subscription_expired,
    on_subscription_paid,
    on_subscription_restored,
    on_subscription_suspended,
)
from session_service.submission_marks import handlers as submission_marks


async def on_extension(session: AsyncSession, event: ExtensionGranted | ExtensionWithdrawn) -> None:
    """What one student is granted moves deadlines, and changes what was late. Repeatable."""
    await attempts.on_extension(session, event)
    await submission_marks.on_extension(session, event)


async def on_account_erased(session: AsyncSession, event: AccountErased) -> None:
    """A person goes, for whom nobody waits any more. Repeatable."""
    await privacy.on_account_erased(session, event)
    await releases.on_account_erased(session, event)


HANDLERS: dict[type[Event], Handler] = {
    AccountRegistered: on_account_registered,
    ProfileChanged: on_profile_changed,
    RoleChanged: on_role_changed,
    AccountBlocked: on_account_blocked,
    AccountUnblocked: on_account_unblocked,
    ErasureScheduled: on_erasure_scheduled,
    ErasureUndone: on_erasure_undone,
    SubscriptionPaid: on_subscription_paid,
    SubscriptionSuspended: on_subscription_suspended,
    SubscriptionRestored: on_subscription_restored,
    SubscriptionExpired: on_subscription_expired,
    PaymentsClosed: approvals.on_payments_closed,
    RefundRequested: approvals.on_refund_requested,
    PaymentRefunded: approvals.on_payment_refunded,
    RefundFailed: approvals.on_refund_failed,
    RefundMovedToWallet: approvals.on_refund_moved_to_wallet,
    RefundCanceled: approvals.on_refund_canceled,
    CallAttended: on_call_attended,
    StudySessionChanged: on_seats_freed,
    StudySessionResumed: on_seats_freed,
    StudySessionRestored: on_seats_freed,
    StudySessionEnded: on_study_session_ended,
    AssessmentRescheduled: attempts.on_window_moved,
    AssessmentClosed: attempts.on_window_moved,
    ExtensionGranted: on_extension,
    ExtensionWithdrawn: on_extension,
    MembershipLeft: releases.on_student_gone,
    MembershipRemoved: releases.on_student_gone,
    ReleaseRuleChanged: releases.on_rule_changed,
    TaskDueChanged: submission_marks.on_due_changed,
    TaskLatePolicyChanged: submission_marks.on_policy_changed,
    ExportRequested: privacy.on_export_requested,
    AccountErased: on_account_erased,
}


@asynccontextmanager
async def build(settings: Settings) -> AsyncIterator[background.Background]:
    """Wires the process together."""
    async with open_resources(settings) as resources:
        database, producer = resources.database, Producer(settings)
        store = PostgresOutbox(database.url, sweeps=[idempotency.OLD_KEYS])
        jobs = JobSender(settings.celery_broker_url.get_secret_value(), "session")
        relay = Relay(
            store,
            producer,
            jobs.send,
            lost=LostJobs(jobs.oldest, timedelta(seconds=settings.lost_job_seconds)),
            replay_hours=settings.outbox_replay_hours,
        )
        consumer = Consumer("session", settings, PostgresStore(database), HANDLERS, producer)
        head = postgres.migration_head("session_service")
        yield background.Background(
            producer,
            relay,
            [consumer],
            loops=[lambda: closing.keep(database)],
            checks={"database": lambda: database.ping(head)},
        )


def main() -> None:
    """Runs until SIGTERM."""
    settings = load(Settings)
    background.run("session_service", settings, lambda: build(settings))


if __name__ == "__main__":
    main()
