"""Any sequence of acts agrees with a small model: seats, the wait list's order, one place each."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from session_service.memberships import service
from session_service.memberships.repository import lock_class
from tests.session_service.world import World, open_world
from tests.stack import Stack, User

PEOPLE = 5


@pytest.fixture
async def world(stack: Stack) -> AsyncIterator[World]:
    async with open_world(stack) as made:
        yield made


@dataclass
class Model:
    """A class of which only this is known: who has which state, and who waits in which order."""

    capacity: int | None
    seated: str
    states: dict[int, str] = field(default_factory=dict)
    queue: list[int] = field(default_factory=list)

    @property
    def taken(self) -> int:
        """How many seats are taken."""
        return sum(state in ("pending", "approved") for state in self.states.values())

    @property
    def free(self) -> bool:
        """Whether there is a seat."""
        return self.capacity is None or self.taken < self.capacity

    def fill(self) -> None:
        """Seats go to those who wait, the first first."""
        while self.queue and self.free:
            self.states[self.queue.pop(0)] = self.seated

    def join(self, person: int) -> int:
        """What asking is answered with."""
        state = self.states.get(person)
        if state in ("declined", "removed"):
            return 409
        if state in (None, "left"):
            self.states[person] = self.seated if self.free else "waiting"
            if self.states[person] == "waiting":
                self.queue.append(person)
        return 201

    def approval(self, person: int) -> int:
        """What approving is answered with."""
        state = self.states[person]
        if state in ("approved", "pending"):
            self.states[person] = "approved"
            return 200
        if state in ("declined", "removed") and self.free:
            self.states[person] = "approved"
            return 200
        return 409

    def _end(self, person: int, allowed: tuple[str, ...], to: str) -> int:
        if self.states[person] == to:
            return 200
        if self.states[person] not in allowed:
            return 409
        if person in self.queue:
            self.queue.remove(person)
        self.states[person] = to
        self.fill()
        return 200

    def decline(self, person: int) -> int:
        """What declining is answered with."""
        return self._end(person, ("pending", "waiting"), "declined")

    def removal(self, person: int) -> int:
        """What removing is answered with."""
        return self._end(person, ("approved",), "removed")

    def departure(self, person: int) -> int:
        """What leaving is answered with."""
        return self._end(person, ("pending", "waiting", "approved"), "left")


ACTS = st.tuples(
    st.sampled_from(["join", "join", "approval", "decline", "removal", "departure"]),
    st.integers(0, PEOPLE - 1),
)
RESIZE = st.tuples(st.just("resize"), st.sampled_from([0, 1, 2, 3, None]))


async def resize(world: World, made: dict[str, Any], capacity: int | None, admission: str) -> None:
    await world.seats(made, capacity, admission)
    async with world.parts.database.transaction() as session:
        study_session = await lock_class(session, UUID(made["id"]))
        await service.fill_seats(session, study_session, world.clock.now())


async def rows(world: World, made: dict[str, Any]) -> list[Any]:
    statement = text(
        "SELECT student_id, state, waiting_number FROM memberships "
        "WHERE study_session_id = :id ORDER BY waiting_number"
    )
    async with world.parts.database.transaction() as session:
        return list((await session.execute(statement, {"id": made["id"]})).all())


@given(
    admission=st.sampled_from(["approve", "open"]),
    capacity=st.integers(0, 3),
    steps=st.lists(ACTS | RESIZE, max_size=25),
)
@settings(max_examples=30)
async def test_s3_any_sequence_agrees_with_the_model(
    world: World, stack: Stack, admission: str, capacity: int, steps: list[tuple[str, Any]]
) -> None:
    await world.parts.redis.flushdb()
    made = await world.study_session()
    await world.seats(made, capacity, admission)
    model = Model(capacity, "pending" if admission == "approve" else "approved")
    people: list[User] = [stack.as_user("student") for _ in range(PEOPLE)]
    ids: dict[int, str] = {}
    for act, value in steps:
        if act == "resize":
            model.capacity = value
            model.fill()
            await resize(world, made, value, admission)
        elif act == "join":
            answer = await world.client.post(
                "/v1/memberships",
                json={"join_code": made["session_code"]},
                headers=people[value].headers,
            )
            assert answer.status_code == model.join(value), answer.text
            if answer.status_code == 201:
                assert ids.setdefault(value, answer.json()["id"]) == answer.json()["id"]
        elif value in ids:
            by = people[value] if act == "departure" else world.tutor
            body: dict[str, str] | None = {} if act in ("decline", "removal") else None
            path = f"/v1/memberships/{ids[value]}/{act}"
            answer = await world.client.post(path, json=body, headers=by.headers)
            assert answer.status_code == getattr(model, act)(value), answer.text
        found = await rows(world, made)
        place = {user.id: n for n, user in enumerate(people)}
        assert {place[row.student_id]: row.state for row in found} == model.states
        assert [place[row.student_id] for row in found if row.state == "waiting"] == model.queue
