"""Any sequence of acts agrees with a small model: what counts, and what a student sees (S12)."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from session_service.marks.errors import MarkNotFound
from tests.session_service.marks.room import Room, open_room, part
from tests.stack import Stack

ITEMS = 4
CATEGORIES = ("exam", "exam", "home", "home")
POINTS = (10, 20, 10, 8)


@pytest.fixture
async def room(stack: Stack) -> AsyncIterator[Room]:
    async with open_room(stack) as made:
        yield made


@dataclass
class Model:
    """One student: points, excuses and what is shown, by column; weights by category."""

    points: dict[int, Decimal] = field(default_factory=dict)
    excused: set[int] = field(default_factory=set)
    shown: set[int] = field(default_factory=set)
    weights: dict[str, tuple[int, int]] = field(default_factory=dict)

    def percent(self) -> str | None:
        """The student's percentage as it must be shown."""
        counted = {
            n: Fraction(self.points[n]) / POINTS[n] for n in self.shown if n not in self.excused
        }
        if not self.weights:
            return _text(_mean(list(counted.values())))
        found = []
        for name, (weight, drop) in self.weights.items():
            of_one = sorted(value for n, value in counted.items() if CATEGORIES[n] == name)
            if of_one:
                kept = of_one[min(drop, len(of_one) - 1) :]
                found.append((sum(kept, Fraction(0)) / len(kept), weight))
        whole = sum(weight for _, weight in found)
        mean = sum((m * w for m, w in found), Fraction(0)) / whole if whole else None
        return _text(mean)


def _mean(values: list[Fraction]) -> Fraction | None:
    return sum(values, Fraction(0)) / len(values) if values else None


def _text(value: Fraction | None) -> str | None:
    if value is None:
        return None
    exact = Decimal(value.numerator) * 100 / Decimal(value.denominator)
    return str(exact.quantize(Decimal("0.01"), ROUND_HALF_UP))


COLUMN = st.integers(0, ITEMS - 1)
STEPS = st.one_of(
    st.tuples(st.just("mark"), COLUMN, st.integers(0, 800)),
    st.tuples(st.just("mark"), COLUMN, st.integers(0, 800)),
    st.tuples(st.just("load"), COLUMN, st.integers(0, 800)),
    st.tuples(st.just("excuse"), COLUMN, st.booleans()),
    st.tuples(st.just("release"), COLUMN, st.just(0)),
    st.tuples(st.just("undo"), st.just(0), st.just(0)),
    st.tuples(st.just("weigh"), st.integers(0, 3), st.integers(0, 2)),
)


class Machine:
    """Does each step in the service and in the model."""

    def __init__(self, room: Room, items: list[Any]) -> None:
        self.room, self.items, self.model = room, items, Model()
        self.last: tuple[str, int] | None = None
        self.known: set[int] = set()
        self.base = f"/v1/study-sessions/{room.id}"

    async def send(self, method: str, path: str, **body: Any) -> Any:
        return await self.room.world.client.request(
            method, path, headers=self.room.world.tutor.headers | body.pop("headers", {}), **body
        )

    async def mark(self, column: int, cents: int) -> None:
        points = Decimal(cents) / 100
        await self.room.mark(self.items[column], [part("q1", points)], why="again")
        self.model.points[column] = points
        self.known.add(column)

    async def load(self, column: int, cents: int) -> None:
        points = Decimal(cents) / 100
        text = f"student code,x [{self.items[column]}]\n{self.room.students[0].code},{points:.2f}\n"
        kind = {"Content-Type": "text/csv"}
        answer = await self.send(
            "POST", f"{self.base}/gradebook-imports", content=text, headers=kind
        )
        assert answer.json()["applied"], answer.text
        self.model.points[column] = points
        self.known.add(column)
        self.model.excused.discard(column)

    async def excuse(self, column: int, excused: bool) -> None:
        if not excused and column not in self.known:
            with pytest.raises(MarkNotFound):
                await self.room.excuse(self.items[column], excused=False)
            return
        await self.room.excuse(self.items[column], excused=excused)
        self.known.add(column)
        (self.model.excused.add if excused else self.model.excused.discard)(column)

    async def release(self, column: int, _: int) -> None:
        answer = await self.send(
            "POST", f"{self.base}/mark-releases", json={"item_ids": [str(self.items[column])]}
        )
        hidden = self.model.shown | self.model.excused
        fresh = column in self.model.points and column not in hidden
        assert answer.status_code == (201 if fresh else 409), answer.text
        if fresh:
            self.model.shown.add(column)
            self.last = (answer.json()["id"], column)

    async def undo(self, _: int, __: int) -> None:
        if self.last is not None:
            answer = await self.send("POST", f"/v1/mark-releases/{self.last[0]}/undo")
            assert answer.status_code == 200, answer.text
            self.model.shown.discard(self.last[1])
            self.last = None

    async def weigh(self, exam: int, drop: int) -> None:
        wanted = {"exam": (exam, drop), "home": (2, drop)} if exam else {}
        body = [
            {"name": name, "weight": weight, "drop_lowest": low}
            for name, (weight, low) in wanted.items()
        ]
        answer = await self.send("PUT", f"{self.base}/grade-categories", json={"categories": body})
        assert answer.status_code == 200, answer.text
        self.model.weights = wanted

    async def check(self) -> None:
        """Both see the same percentage; the student sees what is shown and nothing else."""
        student = self.room.students[0]
        path = f"{self.base}/gradebook/students/{student.id}"
        for user in (student, self.room.world.tutor):
            row = await self.room.world.get(user, path)
            assert row["percent"] == self.model.percent()
            if user is student:
                seen = {n: c["total"] for n, c in enumerate(row["cells"]) if c["total"] is not None}
                assert seen == {n: f"{self.model.points[n]:.2f}" for n in self.model.shown}


@given(st.lists(STEPS, max_size=14))
@settings(max_examples=25)
async def test_s12_any_sequence_agrees_with_the_model(
    room: Room, steps: list[tuple[str, Any, Any]]
) -> None:
    room.made = await room.world.study_session()
    await room.world.member(room.made, room.students[0])
    await room.world.parts.redis.flushdb()
    items = [
        await room.item(position=n, category=CATEGORIES[n], points=Decimal(POINTS[n]))
        for n in range(ITEMS)
    ]
    machine = Machine(room, items)
    for act, *values in steps:
        await getattr(machine, act)(*values)
        await machine.check()
    await machine.check()
