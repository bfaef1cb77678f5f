"""A class with work of all kinds, and what S-A14 says of it in plain Python."""

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import insert, update

from libs.ids import new_id
from session_service.extensions.models import Extension
from session_service.grade_items.models import GradeItem
from session_service.marks.models import Mark
from session_service.memberships.models import Membership
from session_service.progress.schemas import RowsOf, Standing
from session_service.submissions.models import Submission
from session_service.tasks.models import Task
from tests.session_service.world import World, open_world
from tests.stack import Stack, User

DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
CENT = Decimal("0.01")


@dataclass(frozen=True)
class Item:
    """A column of the gradebook; times are offsets from now. `cut_off` is null for no end."""

    kind: str = "task"
    due: timedelta | None = -DAY
    points: int = 10
    grace: int = 10
    cut_off: int | None = 0


@dataclass(frozen=True)
class Given:
    """What one student has in a column. `handed` are offsets from now of the versions."""

    handed: tuple[timedelta, ...] = ()
    counted: timedelta | None = None
    extended: timedelta | None = None
    total: str | None = None
    state: str | None = None
    excused: bool = False
    attempted: bool = False


@dataclass
class School:
    """A class of the tutor's, in India, with students who came 100 days ago."""

    world: World
    made: dict[str, Any]
    students: list[User] = field(default_factory=list)

    @property
    def id(self) -> UUID:
        """The class's."""
        return UUID(self.made["id"])

    @property
    def now(self) -> datetime:
        """The instant at which all is asked."""
        return self.world.clock.now()

    def path(self, rest: str) -> str:
        """An address below the class's."""
        return f"/v1/study-sessions/{self.id}/{rest}"

    async def get(self, rest: str, user: User | None = None, expect: int = 200) -> Any:
        """What somebody, the tutor unless told otherwise, gets from an address of the class."""
        return await self.world.get(user or self.world.tutor, self.path(rest), expect)

    async def progress(self, user: User, asking: User | None = None, query: str = "") -> Any:
        """One student's progress."""
        return await self.get(f"progress/{user.id}{query}", asking)

    async def fill(self, work: Iterable[tuple[Item, dict[int, Given]]]) -> list[UUID]:
        """Adds columns with what students, by their numbers, have in them; returns their ids."""
        ids: list[UUID] = []
        async with self.world.parts.database.transaction() as session:
            for item, given in work:
                ids.append(new_id())
                for model, rows in self._rows(ids[-1], item, given):
                    if rows:
                        await session.execute(
                            insert(model), rows, execution_options={"render_nulls": True}
                        )
        return ids

    async def came(self, student: User, ago: timedelta) -> None:
        """Sets when a student came into the class."""
        async with self.world.parts.database.transaction() as session:
            await session.execute(
                update(Membership)
                .where(Membership.student_id == student.id)
                .values(approved_at=self.now - ago)
            )

    def _rows(
        self, item_id: UUID, item: Item, given: dict[int, Given]
    ) -> list[tuple[Any, list[dict[str, Any]]]]:
        of = {"study_session_id": self.id, "created_at": self.now, "revision": 1, "title": "Work"}
        due = None if item.due is None else self.now + item.due
        points = {"points": Decimal(item.points), "due_at": due}
        task = {
            "id": item_id, **of, **points, "description": "", "grace_minutes": item.grace,
            "cut_off_minutes": item.cut_off,
        }  # fmt: skip
        column = {
            "id": item_id, **of, **points, "kind": item.kind, "category": "", "position": 0,
            "release": "by_hand", "cut_off_at": None,
        }  # fmt: skip
        work = given.items() if item.kind == "task" else ()
        return [
            (Task, [task] if item.kind == "task" else []),
            (GradeItem, [column]),
            (Submission, [one for n, g in work for one in self._work(item_id, n, g)]),
            (
                Extension,
                [
                    self._extension(item_id, n, g)
                    for n, g in given.items()
                    if g.extended is not None
                ],
            ),
            (
                Mark,
                [
                    self._mark(item_id, n, g)
                    for n, g in given.items()
                    if g.state or g.excused or g.attempted
                ],
            ),
        ]

    def _work(self, item_id: UUID, number: int, given: Given) -> list[dict[str, Any]]:
        last = len(given.handed)
        counted = None if given.counted is None else self.now + given.counted
        return [
            {
                "id": new_id(), "task_id": item_id, "student_id": self.students[number].id,
                "student_code": "S", "number": n, "body": "B", "received_at": self.now + at,
                "counted_at": counted if n == last else None,
            }
            for n, at in enumerate(given.handed, 1)
        ]  # fmt: skip

    def _extension(self, item_id: UUID, number: int, given: Given) -> dict[str, Any]:
        assert given.extended is not None
        return {
            "id": new_id(), "item_id": item_id, "study_session_id": self.id,
            "student_id": self.students[number].id, "due_at": self.now + given.extended,
            "extra_time_factor": 1, "reason": "", "granted_by": self.world.tutor.id,
            "granted_at": self.now, "revision": 1,
        }  # fmt: skip

    def _mark(self, item_id: UUID, number: int, given: Given) -> dict[str, Any]:
        released = given.state == "released"
        return {
            "id": new_id(), "item_id": item_id, "study_session_id": self.id,
            "student_id": self.students[number].id, "state": given.state or "empty",
            "excused": given.excused, "comment": "", "revision": 1,
            "total": None if given.total is None else Decimal(given.total),
            "work_id": new_id() if given.attempted else None,
            "released_at": self.now if released else None,
        }  # fmt: skip


@asynccontextmanager
async def open_school(stack: Stack, students: int = 2) -> AsyncIterator[School]:
    """A school in a world of its own; its first student is the world's."""
    async with open_world(stack) as world:
        school = School(world, await world.study_session())
        school.students = [world.student, *(stack.as_user("student") for _ in range(students - 1))]
        for student in school.students:
            await world.member(school.made, student)
            await school.came(student, 100 * DAY)
        yield school


@dataclass(frozen=True)
class Fact:
    """How a student stands with an item, by S-A14."""

    standing: Standing
    score: Decimal | None

    def is_of(self, which: RowsOf) -> bool:
        """Whether it stands behind a number."""
        handed, done = ("on_time", "late"), ("on_time", "late", "excused")
        several = {"submitted": handed, "done": done, "due": (*done, "overdue", "missing")}
        if which == "scored":
            return self.score is not None
        return self.standing in several.get(which, (which,))


def fact(item: Item, given: Given, came: timedelta = -100 * DAY) -> Fact:
    """The model: S-A14, case by case. All times are offsets from now."""
    standing = _standing(item, given, came)
    score = None
    if given.state == "released" and given.total is not None and not given.excused and item.points:
        score = half_up(Decimal(given.total) * 100 / item.points)
    elif standing is Standing.MISSING:
        score = Decimal("0.00")
    return Fact(standing, score)


def _standing(item: Item, given: Given, came: timedelta) -> Standing:
    due, now = item.due, timedelta()
    if due is not None and given.extended is not None:
        due = max(due, given.extended)  # an extension never makes it earlier
    handed = bool(given.handed) if item.kind == "task" else given.attempted
    if item.kind == "manual" or due is None or (due <= came and not handed):
        return Standing.NONE
    if due > now:
        return Standing.UPCOMING
    if given.excused:
        return Standing.EXCUSED
    grace = (item.grace if item.kind == "task" else 0) * MINUTE
    if handed:
        newest = given.handed[-1] if given.handed else due
        at = newest if given.counted is None or not given.handed else given.counted
        in_time = item.kind == "assessment" or at <= due + grace
        return Standing.ON_TIME if in_time else Standing.LATE
    cut_off = item.cut_off if item.kind == "task" else 2
    over = cut_off is not None and now > due + grace + cut_off * MINUTE
    return Standing.MISSING if over else Standing.OVERDUE


def half_up(value: Decimal) -> Decimal:
    """Two places."""
    return value.quantize(CENT, ROUND_HALF_UP)


def counted(facts: Iterable[Fact]) -> dict[str, Any]:
    """What a dashboard shows of facts."""
    found = list(facts)
    n = {one.value: sum(f.is_of(one) for f in found) for one in RowsOf}
    scores = [f.score for f in found if f.score is not None]

    def rate(part: str, whole: str) -> list[Any]:
        share = str(half_up(Decimal(100 * n[part]) / n[whole])) if n[whole] else None
        return [share, n[part], n[whole]]

    mean = str(half_up(sum(scores, Decimal()) / len(scores))) if scores else None
    return {
        "completion": rate("done", "due"),
        "on_time": rate("on_time", "submitted"),
        "average": [mean, len(scores)],
        "counts": {
            name: n[name]
            for name in ("due", "on_time", "late", "excused", "overdue", "missing", "upcoming")
        },
    }


def shown(answer: dict[str, Any]) -> dict[str, Any]:
    """The numbers of an answer, in the shape of the model's."""
    rates = {
        name: [answer[name][part] for part in ("percent", "part", "whole")]
        for name in ("completion", "on_time")
    }
    average = [answer["average"]["percent"], answer["average"]["count"]]
    return {**rates, "average": average, "counts": answer["counts"]}
