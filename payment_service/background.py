"""The background process of payment_service: the relay, and the copy of classes."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

from libs import background, idempotency, postgres
from libs.consumer import Consumer
from libs.effects import Handler, Together
from libs.events.base import Event
from libs.events.session import (
    StudySessionActivated,
    StudySessionApproved,
    StudySessionCreated,
    StudySessionEnded,
    StudySessionOwnerChanged,
    StudySessionPaused,
    StudySessionRejected,
    StudySessionResumed,
)
from libs.events.user import AccountErased, ExportRequested
from libs.inbox import PostgresStore
from libs.job_sender import JobSender
from libs.kafka import Producer
from libs.outbox import PostgresOutbox
from libs.relay import LostJobs, Relay
from libs.settings import load
from payment_service.checkouts import handlers as checkouts
from payment_service.classes import handlers as classes
from payment_service.deliveries import handlers as deliveries
from payment_service.deliveries.deliverer import Deliverer
from payment_service.deliveries.endpoint_gateway import EndpointGateway
from payment_service.deliveries.messages import TOLD
from payment_service.endpoints.service import seal_of
from payment_service.privacy import handlers as privacy
from payment_service.quotes.repository import OLD_QUOTES
from payment_service.resources import open_resources
from payment_service.settings import Settings
from payment_service.subscriptions import handlers as subscriptions

HANDLERS: dict[type[Event], Handler] = {
    StudySessionCreated: classes.on_study_session_created,
    StudySessionApproved: classes.on_study_session_approved,
    StudySessionActivated: subscriptions.on_study_session_activated,
    StudySessionPaused: subscriptions.on_study_session_paused,
    StudySessionResumed: subscriptions.on_study_session_resumed,
    StudySessionEnded: checkouts.on_study_session_ended,
    StudySessionOwnerChanged: checkouts.on_study_session_owner_changed,
    StudySessionRejected: checkouts.on_study_session_rejected,
    ExportRequested: privacy.on_export_requested,
    AccountErased: privacy.on_account_erased,
}
OUTGOING: dict[type[Event], Handler] = dict.fromkeys(TOLD, Together(deliveries.on_told))
"""Our own events, told to people's endpoints: by a consumer of its own, beside all else."""


@asynccontextmanager
async def build(settings: Settings) -> AsyncIterator[background.Background]:
    """Wires the process together."""
    async with open_resources(settings) as resources:
        producer = Producer(settings)
        jobs = JobSender(settings.celery_broker_url.get_secret_value(), "payment")
        relay = Relay(
            PostgresOutbox(resources.database.url, sweeps=[idempotency.OLD_KEYS, OLD_QUOTES]),
            producer,
            jobs.send,
            lost=LostJobs(jobs.oldest, timedelta(seconds=settings.lost_job_seconds)),
            replay_hours=settings.outbox_replay_hours,
        )
        store = PostgresStore(resources.database)
        gateway = EndpointGateway(settings)
        deliverer = Deliverer(resources.database, gateway, seal_of(settings))
        head = postgres.migration_head("payment_service")
        try:
            yield background.Background(
                producer,
                relay,
                consumers=[
                    Consumer("payment", settings, store, HANDLERS, producer),
                    Consumer("payment-webhooks", settings, store, OUTGOING, producer),
                ],
                loops=[deliverer.run],
                checks={"database": lambda: resources.database.ping(head)},
            )
        finally:
            await gateway.close()


def main() -> None:
    """Runs until SIGTERM."""
    settings = load(Settings)
    background.run("payment_service", settings, lambda: build(settings))


if __name__ == "__main__":
    main()
