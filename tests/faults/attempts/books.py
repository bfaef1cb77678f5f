"""What the stores hold of attempts, read past the service."""

import asyncio
import json
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg

from libs.events.base import Envelope, Event
from libs.events.session_assessments import AssessmentClosed
from libs.events.session_attempts import AttemptClosed, AttemptStarted
from libs.events.session_marks import MarkChanged, MarksReleased
from tests.bench.place import owner_dsn
from tests.faults.attempts.model import Found, Held
from tests.faults.stage import Stage, now
from tests.libs.parts import records

TOPIC = "session.events"
LOOK_SECONDS = 0.2
Place = tuple[str, str]
"""An assessment and a student."""
ATTEMPTS = """
SELECT id, assessment_id, student_id, state, ending, deadline, takes_until, closed_at, marked_at,
(SELECT count(*) FROM attempt_parts WHERE attempt_id = attempts.id) AS parts FROM attempts
"""
ANSWERS = "SELECT attempt_id, question_id, revision, answer FROM attempt_answers"
MARKS = """
SELECT item_id, student_id, total,
(SELECT count(*) FROM mark_changes WHERE mark_id = marks.id) AS marked FROM marks
"""
LETTERS = "SELECT id, sent_at, dead_at FROM outbox WHERE destination = 'kafka'"
CLOSED = "SELECT id FROM attempts WHERE state = 'closed'"
READING = """
SELECT (SELECT count(*) FROM attempts WHERE marked_at IS NULL)
+ (SELECT count(*) FROM assessments WHERE state <> 'closed')
+ (SELECT count(*) FROM outbox WHERE sent_at IS NULL AND destination = 'kafka')
"""


@dataclass
class Books:
    """All that is held: by place, and of letters and assessments as a whole."""

    found: Mapping[Place, Found]
    lost: list[str] = field(default_factory=list)
    """Letters that were not sent, or are not in the topic."""
    events: int = 0
    closings: dict[str, int] = field(default_factory=dict)
    """How often it was told of an assessment that it is closed."""


class Reader:
    """Reads one stage's stores; `watch` notes when each attempt is first seen closed."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._dsn = owner_dsn(stage.settings)
        self._closed: dict[UUID, datetime] = {}

    async def watch(self) -> None:
        """Looks for ever."""
        connection = await asyncpg.connect(self._dsn)
        try:
            while True:
                for row in await connection.fetch(CLOSED):
                    self._closed.setdefault(row["id"], now())
                await asyncio.sleep(LOOK_SECONDS)
        finally:
            connection.terminate()

    async def waiting(self) -> int:
        """How much is on its way still."""
        [row] = await self._fetch(READING)
        return int(row[0])

    async def read(self) -> Books:
        """All that is held now."""
        found: dict[Place, Found] = defaultdict(Found)
        places: dict[UUID, Place] = {}
        for row in await self._fetch(ATTEMPTS):
            place = str(row["assessment_id"]), str(row["student_id"])
            places[row["id"]] = place
            self._attempt(found[place], row)
        for row in await self._fetch(ANSWERS):
            held = Held(row["revision"], json.loads(row["answer"]))
            found[places[row["attempt_id"]]].answers[str(row["question_id"])] = held
        for row in await self._fetch(MARKS):
            one = found[str(row["item_id"]), str(row["student_id"])]
            one.mark, one.marked = row["total"], row["marked"]
        books = Books(found)
        await self._letters(books, places)
        return books

    def _attempt(self, found: Found, row: Any) -> None:
        found.attempts += 1
        found.id, found.state, found.ending = str(row["id"]), row["state"], row["ending"] or ""
        found.deadline, found.takes_until = row["deadline"], row["takes_until"]
        found.closed_at, found.parts = row["closed_at"], row["parts"]
        found.closed_seen = self._closed.get(row["id"])

    async def _letters(self, books: Books, places: Mapping[UUID, Place]) -> None:
        """What the topic holds: each event counts once, where it stands for the first time, since a
        relay that was killed sends it again, with the same id.
        """
        seen: set[UUID] = set()
        for record in await records(self._stage.settings, TOPIC):
            letter = Envelope.model_validate_json(record.value or b"")
            event = Event.from_wire(record.value or b"")
            if letter.id not in seen and event is not None:
                _hear(books, event, places)
            seen.add(letter.id)
        books.events = len(seen)
        for row in await self._fetch(LETTERS):
            if row["id"] not in seen or row["sent_at"] is None or row["dead_at"] is not None:
                books.lost.append(f"letter {row['id']}")

    async def _fetch(self, statement: str) -> list[Any]:
        connection = await asyncpg.connect(self._dsn)
        try:
            return list(await connection.fetch(statement))
        finally:
            await connection.close()


def _hear(books: Books, event: Event, places: Mapping[UUID, Place]) -> None:
    kind = event.type.removeprefix("studyzed.")
    if isinstance(event, (AttemptStarted, AttemptClosed)):
        one = books.found[places[event.attempt_id]]
        one.events[kind] += 1
        one.order.append(kind)
    elif isinstance(event, MarksReleased):
        for item_id in event.item_ids:
            books.found[str(item_id), str(event.student_id)].events[kind] += 1
    elif isinstance(event, MarkChanged):
        books.found[str(event.item_id), str(event.student_id)].events[kind] += 1
    elif isinstance(event, AssessmentClosed):
        name = str(event.assessment_id)
        books.closings[name] = books.closings.get(name, 0) + 1
