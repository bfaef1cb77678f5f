"""The background process of message_service: the relay, the copies, and hints of notifications."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

from libs import background
from libs.consumer import Consumer
from libs.effects import Handler, Together
from libs.events.base import Event
from libs.events.notification import NotificationAdded
from libs.events.session import (
    ClassRoleEnded,
    ClassRoleGranted,
    MembershipApproved,
    MembershipLeft,
    MembershipRemoved,
    StudySessionActivated,
    StudySessionEnded,
    StudySessionOwnerChanged,
)
from libs.events.user import AccountErased, AccountRegistered, ExportRequested
from libs.job_sender import JobSender
from libs.kafka import Producer
from libs.mongo_inbox import MongoStore
from libs.mongo_outbox import MongoOutbox
from libs.relay import LostJobs, Relay
from libs.settings import load
from message_service.channels import handlers as channels
from message_service.contacts import handlers as contacts
from message_service.privacy import handlers as privacy
from message_service.resources import open_resources
from message_service.settings import Settings, outbox_channel
from message_service.sockets import handlers as sockets

HANDLERS: dict[type[Event], Handler] = {
    AccountRegistered: Together(contacts.on_accounts_registered),
    StudySessionActivated: Together(channels.on_study_sessions_activated),
    ClassRoleGranted: Together(channels.on_class_roles_changed),
    ClassRoleEnded: Together(channels.on_class_roles_changed),
    MembershipApproved: Together(channels.on_memberships_approved),
    MembershipRemoved: Together(channels.on_memberships_ended),
    MembershipLeft: Together(channels.on_memberships_ended),
    StudySessionEnded: channels.on_study_session_ended,
    StudySessionOwnerChanged: channels.on_study_session_owner_changed,
    ExportRequested: privacy.on_export_requested,
    AccountErased: privacy.on_account_erased,
}
HINTS: dict[type[Event], Handler] = {NotificationAdded: Together(sockets.on_notifications_added)}
"""What is only passed on to open sockets, and may be lost."""


@asynccontextmanager
async def build(settings: Settings) -> AsyncIterator[background.Background]:
    """Wires the process together."""
    async with open_resources(settings) as parts:
        producer = Producer(settings)
        jobs = JobSender(settings.celery_broker_url.get_secret_value(), "message")
        outbox = MongoOutbox(parts.mongo, parts.redis, outbox_channel(settings))
        copies = Consumer(
            "message_service",
            settings,
            MongoStore(parts.mongo),
            HANDLERS,
            producer,
        )
        hints = Consumer(
            "message_service.signals",
            settings,
            sockets.SignalStore(parts.signals),
            HINTS,
            producer,
        )
        yield background.Background(
            producer,
            Relay(
                outbox,
                producer,
                jobs.send,
                lost=LostJobs(jobs.oldest, timedelta(seconds=settings.lost_job_seconds)),
                replay_hours=settings.outbox_replay_hours,
            ),
            [copies, hints],
            checks={"mongo": parts.mongo.ping},
        )


def main() -> None:
    """Runs until SIGTERM."""
    settings = load(Settings)
    background.run("message_service", settings, lambda: build(settings))


if __name__ == "__main__":
    main()
