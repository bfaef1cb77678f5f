"""The background process of user_service: the relay, what services answer about a person's
data, and the copy of revocations in Redis.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

from libs import background, postgres
from libs.consumer import Consumer
from libs.effects import Handler
from libs.events.base import Event
from libs.events.payment_prices import CouponChanged, PlanPriced, PlanWithdrawn
from libs.events.privacy import ErasureConfirmed, ExportPartReady
from libs.inbox import PostgresStore
from libs.job_sender import JobSender
from libs.kafka import Producer
from libs.outbox import PostgresOutbox
from libs.relay import LostJobs, Relay
from libs.settings import load
from user_service.audit import handlers as audit
from user_service.erasures import watch
from user_service.erasures.handlers import on_erasure_confirmed
from user_service.exports.handlers import on_export_part_ready
from user_service.logins import revocations
from user_service.resources import open_resources
from user_service.settings import Settings
from user_service.tokens import repository as tokens

HANDLERS: dict[type[Event], Handler] = {
    ExportPartReady: on_export_part_ready,
    ErasureConfirmed: on_erasure_confirmed,
    PlanPriced: audit.on_plan_priced,
    PlanWithdrawn: audit.on_plan_withdrawn,
    CouponChanged: audit.on_coupon_changed,
}


@asynccontextmanager
async def build(settings: Settings) -> AsyncIterator[background.Background]:
    """Wires the process together."""
    async with open_resources(settings) as resources:
        producer = Producer(settings)
        jobs = JobSender(settings.celery_broker_url.get_secret_value(), "user")
        relay = Relay(
            PostgresOutbox(resources.database.url),
            producer,
            jobs.send,
            lost=LostJobs(jobs.oldest, timedelta(seconds=settings.lost_job_seconds)),
            replay_hours=settings.outbox_replay_hours,
        )
        head = postgres.migration_head("user_service")
        yield background.Background(
            producer,
            relay,
            consumers=[
                Consumer("user", settings, PostgresStore(resources.database), HANDLERS, producer)
            ],
            loops=[
                lambda: revocations.keep(resources.database, resources.redis, tokens.list_revoked),
                lambda: watch.keep(resources.database),
            ],
            checks={"database": lambda: resources.database.ping(head)},
        )


def main() -> None:
    """Runs until SIGTERM."""
    settings = load(Settings)
    background.run("user_service", settings, lambda: build(settings))


if __name__ == "__main__":
    main()
