"""A class with students, columns and marks, for tests."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import text

from libs.ids import new_id
from session_service.grade_items import service as grade_items
from session_service.grade_items.models import GradeItem
from session_service.late_policies.rules import Penalty
from session_service.marks import service as marks
from session_service.marks.models import Mark
from session_service.marks.rules import Part
from session_service.marks.schemas import PartSource
from session_service.marks.trail import Act
from tests.session_service.world import World, open_world
from tests.stack import Stack, User


def part(key: str, points: object, maximum: object = 10, source: str = "manual") -> Part:
    """A part from numbers as they are written."""
    given = None if points is None else Decimal(str(points))
    return Part(key, given, Decimal(str(maximum)), PartSource(source))


@dataclass
class Room:
    """A class of the tutor's with students."""

    world: World
    made: dict[str, Any]
    students: list[User] = field(default_factory=list)

    @property
    def id(self) -> UUID:
        """The class's."""
        return UUID(self.made["id"])

    async def item(self, **fields: Any) -> UUID:
        """Opens a column, of an assessment unless told otherwise."""
        values = {
            "id": new_id(), "study_session_id": self.id, "kind": "assessment", "title": "Test",
            "points": Decimal("10.00"), "created_at": self.world.clock.now(),
        }  # fmt: skip
        item = GradeItem(**values | fields)
        async with self.world.parts.database.transaction() as session:
            await grade_items.open_item(session, item)
        return item.id

    def act(self, why: str = "", by: User | None = None) -> Act:
        """The tutor's, now."""
        return Act((by or self.world.tutor).id, why, self.world.clock.now())

    async def mark(
        self,
        item_id: UUID,
        parts: Sequence[Part],
        student: User | None = None,
        penalty: Penalty | None = None,
        why: str = "",
        **work: Any,
    ) -> Mark:
        """Marks a student's work."""
        done = marks.Work(work.pop("work_id", None), parts, penalty, **work)
        student_id = (student or self.students[0]).id
        async with self.world.parts.database.transaction() as session:
            return await marks.set_parts(session, item_id, student_id, done, self.act(why))

    async def excuse(
        self, item_id: UUID, student: User | None = None, *, excused: bool = True
    ) -> Mark:
        """Excuses a student."""
        student_id = (student or self.students[0]).id
        async with self.world.parts.database.transaction() as session:
            return await marks.excuse(
                session, item_id, student_id, excused=excused, act=self.act("ill")
            )

    async def rows(self, statement: str, **values: Any) -> list[tuple[Any, ...]]:
        """What the database holds."""
        async with self.world.parts.database.transaction() as session:
            found = await session.execute(text(statement), values)
            return [tuple(row) for row in found]

    async def told(self, kind: str) -> list[dict[str, Any]]:
        """The data of the events of a type, in order."""
        statement = (
            "SELECT body::jsonb -> 'data' FROM outbox "
            "WHERE body::jsonb ->> 'type' = :kind ORDER BY seq"
        )
        return [row[0] for row in await self.rows(statement, kind=kind)]


@asynccontextmanager
async def open_room(stack: Stack, students: int = 1) -> AsyncIterator[Room]:
    """A room in a world of its own; its first student is the world's."""
    async with open_world(stack) as world:
        room = Room(world, await world.study_session())
        room.students = [world.student, *(stack.as_user("student") for _ in range(students - 1))]
        for student in room.students:
            await world.member(room.made, student)
        yield room
