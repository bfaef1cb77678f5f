"""After the load: nothing lost, nothing doubled, in order, nothing given up."""

from collections import defaultdict
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import text

from libs.clock import SystemClock
from libs.events.notification import NotificationAdded
from libs.migrate import TOPICS
from libs.mongo import Mongo
from libs.postgres import Database
from tests.libs.parts import records
from tests.outages.duration import DRAIN_SECONDS
from tests.outages.load import Class, Load
from tests.outages.platform import Platform
from tests.stack import eventually


@dataclass
class Verdict:
    """What the stores hold after an outage."""

    platform: Platform
    database: Database
    mongo: Mongo
    state: str = ""

    async def drained(self) -> bool:
        """Whether all letters have left, and each committed task has reached its student."""
        async with self.database.transaction() as session:
            letters = await session.scalar(
                text("SELECT count(*) FROM outbox WHERE sent_at IS NULL")
            )
            tasks = await session.scalar(text("SELECT count(*) FROM tasks"))
        told = await self.mongo.database["notifications"].count_documents({"kind": "task_set"})
        more = await self.mongo.database["outbox"].count_documents({"sent_at": None})
        self.state = f"{letters} and {more} letters wait, {told} of {tasks} tasks are told"
        return letters == more == 0 and told >= int(tasks or 0)

    async def check_class(self, room: Class) -> int:
        """Tasks and entries of one class; returns the number of its tasks."""
        async with self.database.transaction() as session:
            rows = await session.execute(
                text("SELECT id, title FROM tasks WHERE study_session_id = :id"),
                {"id": UUID(room.id)},
            )
            tasks = {str(task_id): title for task_id, title in rows}
        assert len(room.tasks) == len(set(room.tasks))
        assert set(room.tasks) <= tasks.keys()  # what was acknowledged is there
        assert len(set(tasks.values())) == len(tasks)  # and once: nobody asked twice
        found = self.mongo.database["notifications"].find({"account_id": room.student.id})
        entries = [entry async for entry in found.sort([("number", 1)])]
        told = [entry["about"]["task_id"] for entry in entries if entry["kind"] == "task_set"]
        assert sorted(told) == sorted(tasks)
        assert [entry["number"] for entry in entries] == list(range(1, len(entries) + 1))
        read = {str(entry["_id"]) for entry in entries if entry["read_at"] is not None}
        assert room.reads <= read
        return len(tasks)

    async def check_topics(self) -> None:
        """Each feed's events on the topic, repetitions left out, are numbered from 1 in order."""
        seen: dict[UUID, list[int]] = defaultdict(list)
        ids: set[UUID] = set()
        for record in await records(self.platform.notification, NotificationAdded.topic):
            event = NotificationAdded.from_wire(record.value or b"")
            if event is not None and event.event_id not in ids:
                ids.add(event.event_id)
                seen[event.account_id].append(event.revision)
        feeds = [feed async for feed in self.mongo.database["feeds"].find()]
        wanted = {feed["_id"]: list(range(1, feed["number"] + 1)) for feed in feeds}
        assert seen == wanted
        for topic in TOPICS:
            assert await records(self.platform.session, f"{topic}.dead") == []


async def check(load: Load) -> int:
    """Waits until all is drained and checks it; returns the number of tasks."""
    platform = load.platform
    database = Database(platform.session, SystemClock())
    mongo = Mongo(platform.notification, SystemClock())
    verdict = Verdict(platform, database, mongo)
    try:
        try:
            await eventually(verdict.drained, DRAIN_SECONDS, every=0.3)
        except AssertionError as error:
            raise AssertionError(verdict.state) from error
        tasks = sum([await verdict.check_class(room) for room in load.classes])
        await verdict.check_topics()
    finally:
        await database.close()
        await mongo.close()
    assert load.wrong == []
    return tasks
