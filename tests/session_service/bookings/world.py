"""A class whose tutor can be booked around the clock in half hours."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from session_service.bookings.schemas import WEEK
from tests.session_service.world import World, open_world
from tests.stack import Stack, User

ALWAYS = [{"weekday": day.value, "start": "00:00", "end": "00:00"} for day in WEEK]
AVAILABLE = {
    "zone": "UTC",
    "slot_minutes": 30,
    "notice_minutes": 60,
    "horizon_days": 60,
    "windows": ALWAYS,
}


@dataclass
class Bookable:
    """The world, its class, and a second student of it."""

    world: World
    made: dict[str, Any]
    second: User
    day: datetime

    def slot(self, number: int) -> str:
        """The start of a half hour of the day after tomorrow, from 0."""
        return (self.day + number * timedelta(minutes=30)).isoformat()

    async def ask(
        self, user: User, method: str, path: str, body: Any = None, **more: Any
    ) -> httpx.Response:
        """Sends a request as a user."""
        return await self.world.client.request(
            method, f"/v1{path}", json=body, headers=user.headers, **more
        )

    async def set(self, user: User | None = None, **changes: Any) -> None:
        """Says when somebody can be booked."""
        answer = await self.ask(
            user or self.world.tutor, "PUT", "/me/availability", AVAILABLE | changes
        )
        assert answer.status_code == 200, answer.text

    async def book(self, user: User, number: int = 0, **more: Any) -> httpx.Response:
        """Tries to book a slot."""
        body = {"starts_at": self.slot(number), **more}
        return await self.ask(user, "POST", f"/study-sessions/{self.made['id']}/bookings", body)

    async def booked(self, user: User, number: int = 0, **more: Any) -> dict[str, Any]:
        """Books a slot."""
        answer = await self.book(user, number, **more)
        assert answer.status_code == 201, answer.text
        return dict(answer.json())

    async def free(self, user: User) -> list[str]:
        """The starts of what is free on that day."""
        query = {"from": self.slot(0), "to": self.slot(48)}
        path = f"/study-sessions/{self.made['id']}/slots"
        answer = await self.ask(user, "GET", path, params=query)
        assert answer.status_code == 200, answer.text
        return [one["starts_at"] for one in answer.json()["items"]]

    async def credit(self, student: User | None = None) -> str:
        """A make-up credit."""
        body = {"student_id": str((student or self.world.student).id)}
        path = f"/study-sessions/{self.made['id']}/credits"
        answer = await self.ask(self.world.tutor, "POST", path, body)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])


def outcomes(answers: Sequence[httpx.Response]) -> Counter[str]:
    """How often each status and code was answered."""
    return Counter(f"{one.status_code} {one.json().get('code', '')}".strip() for one in answers)


async def together(*calls: Any) -> Counter[str]:
    """Sends requests at once."""
    return outcomes(await asyncio.gather(*calls))


@asynccontextmanager
async def bookable(stack: Stack) -> AsyncIterator[Bookable]:
    """A fresh one."""
    async with open_world(stack) as world:
        made = await world.study_session()
        second = stack.as_user("student")
        for student in (world.student, second):
            await world.member(made, student)
        tomorrow = world.clock.now().astimezone(UTC) + timedelta(days=2)
        day = tomorrow.replace(hour=0, minute=0, second=0, microsecond=0)
        found = Bookable(world, made, second, day)
        await found.set()
        yield found
