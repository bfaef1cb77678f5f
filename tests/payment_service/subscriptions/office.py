"""What the tests of subscriptions stand on: the service at an hour of their choice, and classes
that are paid for without the provider.
"""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
from sqlalchemy import select, text, update

from libs.clock import FixedClock
from libs.effects import handle_all
from libs.events.base import Event
from libs.events.session import (
    StudySessionActivated,
    StudySessionCreated,
    StudySessionEnded,
    StudySessionPaused,
    StudySessionResumed,
)
from libs.ids import new_id
from payment_service.app import create_app
from payment_service.background import HANDLERS
from payment_service.payments import service as payments
from payment_service.payments.models import Payment
from payment_service.payments.states import Finding, Outcome, PaymentStatus, Verdict
from payment_service.resources import Resources
from payment_service.settings import Settings
from payment_service.subscriptions.jobs import sweep_subscriptions
from payment_service.subscriptions.models import Subscription
from payment_service.subscriptions.schemas import SweepSubscriptions
from tests.payment_service.shop import MONTH, stripe_settings
from tests.stack import Stack, User, running

START = datetime(2027, 1, 31, 6, 30, tzinfo=UTC)
"""Noon of 31 January in Kolkata, the billing zone."""
DAY, YEARS = timedelta(days=1), timedelta(days=3_650)


def at(day: str, hour: str = "00:00") -> datetime:
    """An hour of a date in the billing zone, by a fixed offset and not by the code under test."""
    return datetime.fromisoformat(f"{day}T{hour}:00+05:30").astimezone(UTC)


@dataclass
class Office:
    """The running service, its clock, and whoever asks."""

    stack: Stack
    client: httpx.AsyncClient
    parts: Resources
    clock: FixedClock
    tutor: User
    admin: User

    async def handle(self, *events: Event) -> None:
        """Gives events to their handlers, in one transaction."""
        await self.parts.database.run(lambda session: handle_all(session, events, HANDLERS))

    async def study_session(self, tutor: User | None = None) -> UUID:
        """A class, new and not paid for."""
        made = StudySessionCreated(
            study_session_id=new_id(), session_code="S-TEST", tutor_id=(tutor or self.tutor).id,
            revision=1,
        )  # fmt: skip
        await self.handle(made)
        return made.study_session_id

    async def intend(
        self, study_session_id: UUID, months: int = 1, period: int | None = None
    ) -> UUID:
        """A payment that is on its way, for the next period unless one is named."""
        now, found = self.clock.now(), await self.find(study_session_id)
        payment = Payment(
            id=new_id(), study_session_id=study_session_id, tutor_id=self.tutor.id, plan_id=MONTH,
            description="Some months", months=months, amount=49_900, currency="INR",
            period=period or (found.period + 1 if found else 1),
            status=PaymentStatus.FAILED.value, created_at=now, expires_at=now + DAY,
            checked_at=now, revision=1,
        )  # fmt: skip
        async with self.parts.database.transaction() as session:
            session.add(payment)
        return payment.id

    async def arrive(self, payment_id: UUID) -> Outcome:
        """The provider says that a payment was paid; late, since it was given up here."""
        found = Finding(
            Verdict.PAID, payment_intent=f"pi_{payment_id.hex}", amount=49_900, currency="INR"
        )
        async with self.parts.database.transaction() as session:
            return await payments.settle(session, payment_id, found, self.clock.now())

    async def pay(self, study_session_id: UUID, months: int = 1) -> Outcome:
        """Pays for the next period."""
        return await self.arrive(await self.intend(study_session_id, months))

    async def activate(self, study_session_id: UUID, revision: int = 3) -> None:
        """The class is active from now on."""
        await self.handle(StudySessionActivated(**self.about(study_session_id), revision=revision))

    async def opened(self, months: int = 1) -> UUID:
        """A class that is paid for and active since now."""
        study_session_id = await self.study_session()
        await self.pay(study_session_id, months)
        await self.activate(study_session_id)
        return study_session_id

    def about(self, study_session_id: UUID) -> dict[str, Any]:
        """The ids in an event about a class."""
        return {
            "study_session_id": study_session_id,
            "session_code": "S-TEST",
            "tutor_id": self.tutor.id,
        }

    async def pause(self, study_session_id: UUID, cause: str, revision: int) -> None:
        """The class is paused from now on."""
        await self.handle(
            StudySessionPaused(
                **self.about(study_session_id), cause=cause, paused_at=self.clock.now(),
                revision=revision,
            )
        )  # fmt: skip

    async def resume(self, study_session_id: UUID, kept: timedelta, revision: int) -> None:
        """The class goes on; so much time is kept of all its pauses."""
        now = self.clock.now()
        await self.handle(
            StudySessionResumed(
                **self.about(study_session_id), paused_at=now, resumed_at=now,
                kept_seconds=int(kept.total_seconds()), revision=revision,
            )
        )  # fmt: skip

    async def end(self, study_session_id: UUID, revision: int = 20) -> None:
        """The class has ended."""
        await self.handle(StudySessionEnded(**self.about(study_session_id), revision=revision))

    async def sweep(self, now: datetime | None = None) -> None:
        """A round of the sweeper, at another hour if that is given."""
        self.clock.at = now or self.clock.at
        await sweep_subscriptions(self.parts.database, SweepSubscriptions())

    async def live(self, until: datetime) -> None:
        """Lets time go by, with a round of the sweeper every six hours."""
        while self.clock.at < until:
            await self.sweep(min(until, self.clock.at + timedelta(hours=6)))

    async def find(self, study_session_id: UUID) -> Subscription | None:
        """The subscription of a class."""
        statement = select(Subscription).where(Subscription.study_session_id == study_session_id)
        async with self.parts.database.transaction() as session:
            return await session.scalar(statement)

    async def get(self, study_session_id: UUID) -> Subscription:
        """The subscription of a class that has one."""
        found = await self.find(study_session_id)
        assert found is not None
        return found

    async def put(self, study_session_id: UUID, **values: object) -> None:
        """Writes values into a class's subscription."""
        statement = update(Subscription).where(Subscription.study_session_id == study_session_id)
        async with self.parts.database.transaction() as session:
            await session.execute(statement.values(**values))

    async def events(self, study_session_id: UUID) -> list[dict[str, Any]]:
        """What was told about a class, in order: each event's data, with its `type`."""
        async with self.parts.database.transaction() as session:
            rows = await session.scalars(
                text("SELECT body FROM outbox WHERE key = :key ORDER BY seq"),
                {"key": str(study_session_id)},
            )
            bodies = [json.loads(row) for row in rows]
        return [{**body["data"], "type": body["type"].removeprefix("studyzed.")} for body in bodies]

    async def kinds(self, study_session_id: UUID) -> list[str]:
        """The types of those events."""
        return [one["type"] for one in await self.events(study_session_id)]

    async def news(self, study_session_id: UUID) -> list[str]:
        """The types of those events without `subscription.`, from activation on."""
        kinds = [one.removeprefix("subscription.") for one in await self.kinds(study_session_id)]
        return kinds[kinds.index("activated") + 1 :]


@asynccontextmanager
async def open_office(stack: Stack, **extra: Any) -> AsyncIterator[Office]:
    """The service at `START`, with a database of its own; `extra` are settings."""
    clock = FixedClock(START)
    async with stack.passing():
        extra = stripe_settings() | extra
        settings = await stack.settings_for(Settings, "payment_service", **extra)
        app = create_app(settings, clock)
        async with running(app) as client:
            people = [stack.as_user(role, lives=YEARS) for role in ("tutor", "admin")]
            yield Office(stack, client, app.state.resources, clock, *people)
