"""A session_service with its people, for tests."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
from sqlalchemy import text

from libs.clock import FixedClock, SystemClock
from libs.effects import handle_all
from libs.events.base import Event
from libs.events.payment import SubscriptionPaid
from libs.events.user import AccountRegistered
from libs.ids import new_id
from session_service.app import create_app
from session_service.background import HANDLERS
from session_service.resources import Resources
from session_service.settings import Settings
from tests.stack import Stack, User, running


@dataclass
class World:
    """The app, its database, and a tutor, a student and an admin."""

    client: httpx.AsyncClient
    parts: Resources
    clock: FixedClock
    tutor: User
    student: User
    admin: User

    async def post(self, user: User, path: str, body: Any = None, expect: int = 201) -> Any:
        """Posts as a user and checks the status."""
        answer = await self.client.post(path, json=body, headers=user.headers)
        assert answer.status_code == expect, answer.text
        return answer.json()

    async def get(self, user: User, path: str, expect: int = 200) -> Any:
        """Gets as a user and checks the status."""
        answer = await self.client.get(path, headers=user.headers)
        assert answer.status_code == expect, answer.text
        return answer.json()

    async def handle(self, event: Event) -> None:
        """Gives an event to its handler, in a transaction."""
        await self.parts.database.run(lambda s: handle_all(s, [event], HANDLERS))

    async def study_session(self, *, paid: bool = True, approved: bool = True) -> dict[str, Any]:
        """A class of the tutor's, active unless told otherwise."""
        made: dict[str, Any] = await self.post(
            self.tutor, "/v1/study-sessions", {"name": "Maths for all", "zone": "Asia/Kolkata"}
        )
        if paid:
            await self.handle(self.paid(UUID(made["id"])))
        if approved:
            path = f"/v1/study-sessions/{made['id']}/approval"
            await self.post(self.admin, path, expect=200)
        return made

    def paid(self, study_session_id: UUID) -> SubscriptionPaid:
        """The event that payment_service sends."""
        return SubscriptionPaid(
            study_session_id=study_session_id,
            tutor_id=self.tutor.id,
            payment_id=new_id(),
            plan_id=new_id(),
            amount=49_900,
            currency="INR",
            paid_at=self.clock.now(),
        )

    async def member(self, made: dict[str, Any], student: User | None = None) -> dict[str, Any]:
        """Lets a student into a class."""
        asked = await self.post(
            student or self.student, "/v1/memberships", {"join_code": made["session_code"]}
        )
        path = f"/v1/memberships/{asked['id']}/approval"
        approved: dict[str, Any] = await self.post(self.tutor, path, expect=200)
        return approved

    async def known(self, user: User, name: str = "Somebody") -> User:
        """A person of whom user_service has told."""
        event = AccountRegistered(
            account_id=user.id, user_code=user.code, role=user.principal.role, name=name,
            email="m@example.org", locale="en", zone="UTC", revision=1,
        )  # fmt: skip
        await self.handle(event)
        return user

    async def role(self, made: dict[str, Any], user: User, role: str) -> dict[str, Any]:
        """Gives somebody a role in a class of the tutor's; an observer observes the student."""
        await self.known(user)
        body = {"user_code": user.code, "role": role}
        if role == "observer":
            body["student_id"] = str(self.student.id)
        offered = await self.post(self.tutor, f"/v1/study-sessions/{made['id']}/roles", body)
        path = f"/v1/class-roles/{offered['id']}/acceptance"
        taken: dict[str, Any] = await self.post(user, path, expect=200)
        return taken

    async def task(self, made: dict[str, Any]) -> dict[str, Any]:
        """A task of ten points, due in a day."""
        due = (self.clock.now() + timedelta(days=1)).isoformat()
        body = {"study_session_id": made["id"], "title": "Fractions", "due_at": due}
        task: dict[str, Any] = await self.post(self.tutor, "/v1/tasks", body)
        return task

    async def seats(
        self, made: dict[str, Any], capacity: int | None, admission: str = "approve"
    ) -> None:
        """Sets a class's seats, and how students get in."""
        values = {"id": made["id"], "capacity": capacity, "admission": admission}
        async with self.parts.database.transaction() as session:
            await session.execute(
                text(
                    "UPDATE study_sessions SET capacity = :capacity, admission = :admission "
                    "WHERE id = :id"
                ),
                values,
            )

    async def series(
        self, made: dict[str, Any], local_start: str, expect: int = 201, **fields: Any
    ) -> Any:
        """Lessons of an hour in Berlin unless told otherwise: weekly for ten weeks."""
        body = {
            "study_session_id": made["id"],
            "title": "Algebra",
            "local_start": local_start,
            "zone": "Europe/Berlin",
            "rule": "FREQ=WEEKLY;COUNT=10",
        }
        return await self.post(self.tutor, "/v1/lesson-series", body | fields, expect)

    async def published(self) -> list[str]:
        """Types of the events in the outbox, in order."""
        statement = text("SELECT body::jsonb ->> 'type' FROM outbox ORDER BY seq")
        async with self.parts.database.transaction() as session:
            return list(await session.scalars(statement))


@asynccontextmanager
async def open_world(
    stack: Stack, clock: FixedClock | None = None, **extra: Any
) -> AsyncIterator[World]:
    """A fresh world, whose database goes with it; `extra` are settings."""
    async with stack.passing():
        settings = await stack.settings_for(Settings, "session_service", **extra)
        async with open_on(stack, settings, clock) as made:
            yield made


@asynccontextmanager
async def open_on(
    stack: Stack, settings: Settings, clock: FixedClock | None = None
) -> AsyncIterator[World]:
    """A world with these settings, whose database stays."""
    clock = clock or FixedClock(SystemClock().now())
    app = create_app(settings, clock)
    async with running(app) as client:
        parts = app.state.resources
        await parts.redis.flushdb()
        people = [stack.as_user(role) for role in ("tutor", "student", "admin")]
        yield World(client, parts, clock, *people)
