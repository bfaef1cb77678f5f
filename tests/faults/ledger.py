"""The reference model of the whole platform: what its stores must hold after any crashes."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
import httpx
from motor.motor_asyncio import AsyncIOMotorClient

from libs.events.base import Event
from libs.events.session import MembershipApproved, StudySessionActivated
from libs.events.user import AccountRegistered
from notification_service.background import HANDLERS as NOTIFICATIONS
from notification_service.push.models import MOST_UNANSWERED, OPEN
from notification_service.rules.audiences import Admins, People
from notification_service.rules.table import RULES
from payment_service.background import HANDLERS as PAYMENTS
from session_service.background import HANDLERS as SESSIONS
from tests.faults.model import Verdict
from tests.faults.people import Play

ON_POSTGRES = {"user": "USER", "session": "SESSION", "payment": "PAYMENT"}
ON_MONGO = {"notification": "NOTIFICATION", "message": "MESSAGE"}
CONSUMERS: Mapping[str, tuple[str, Iterable[type[Event]]]] = {
    "session": ("session", SESSIONS),
    "payment": ("payment", PAYMENTS),
    "notification": ("notification_service", NOTIFICATIONS),
    "message": ("message_service", (AccountRegistered, MembershipApproved)),
}


@dataclass
class Books:
    """All that the stores hold."""

    events: list[Event]
    open_letters: list[str]
    dead_letters: list[str]
    inboxes: dict[str, dict[UUID, datetime]]
    documents: dict[str, list[dict[str, Any]]]
    rows: dict[str, list[Any]]
    pushes: list[dict[str, Any]]


class Ledger:
    """Reads one platform's stores and compares."""

    def __init__(self, environment: Mapping[str, str], url: str) -> None:
        self._environment = environment
        self._url = url

    async def check(self, plays: Sequence[Play]) -> Verdict:
        """What is wrong now; what is only on its way counts as lost."""
        return self.compare(await self.read(), plays)

    def compare(self, books: Books, plays: Sequence[Play]) -> Verdict:
        """What is wrong in these books."""
        verdict = Verdict(events=len(books.events))
        verdict.lost += [f"letter {letter}" for letter in books.open_letters]
        verdict.lost += [f"dead letter {letter}" for letter in books.dead_letters]
        _consumed(verdict, books)
        _told(verdict, books)
        _feeds(verdict, books)
        _pushed(verdict, books)
        _talked(verdict, books, plays)
        for play in plays:
            _acknowledged(verdict, books, play)
        return verdict

    async def read(self) -> Books:
        """All that the stores hold now."""
        books = Books([], [], [], {}, {}, {}, [])
        for name, prefix in ON_POSTGRES.items():
            await self._read_postgres(books, name, prefix)
        for name, prefix in ON_MONGO.items():
            await self._read_mongo(books, name, prefix)
        async with httpx.AsyncClient(base_url=self._url, timeout=20) as web:
            books.pushes = (await web.get("/dev/pushes")).json()
        return books

    async def _read_postgres(self, books: Books, name: str, prefix: str) -> None:
        url = self._environment[f"{prefix}_DATABASE_OWNER_URL"].replace("+asyncpg", "")
        connection = await asyncpg.connect(url)
        try:
            async with connection.transaction(isolation="repeatable_read", readonly=True):
                for row in await connection.fetch("SELECT * FROM outbox ORDER BY seq"):
                    _letter(books, name, dict(row))
                consumer = CONSUMERS[name][0] if name in CONSUMERS else ""
                statement = "SELECT event_id, received_at FROM inbox WHERE consumer = $1"
                inbox = await connection.fetch(statement, consumer)
                books.inboxes[name] = {row[0]: row[1] for row in inbox}
                for table in TABLES[name]:
                    rows = await connection.fetch(f"SELECT * FROM {table}")  # noqa: S608
                    books.rows[f"{name}.{table}"] = rows
        finally:
            await connection.close()

    async def _read_mongo(self, books: Books, name: str, prefix: str) -> None:
        options: Any = {"uuidRepresentation": "standard", "tz_aware": True}
        client: Any = AsyncIOMotorClient(self._environment[f"{prefix}_MONGO_URL"], **options)
        database = client[self._environment[f"{prefix}_MONGO_DATABASE"]]
        async for letter in database["outbox"].find():
            _letter(books, name, letter | {"id": letter["_id"]})
        mine = {"consumer": CONSUMERS[name][0]}
        inbox = [
            (row["event_id"], row["received_at"]) async for row in database["inbox"].find(mine)
        ]
        books.inboxes[name] = dict(inbox)
        if len(inbox) != len(books.inboxes[name]):
            raise AssertionError(f"the inbox of {name} holds an event twice")
        for collection in TABLES[name]:
            found = database[collection].find()
            books.documents[collection] = [document async for document in found]
        client.close()


TABLES = {
    "user": ("accounts",),
    "session": (
        "study_sessions",
        "memberships",
        "tasks",
        "submissions",
        "marks",
        "mark_changes",
        "class_refunds",
    ),
    "payment": ("payments", "subscriptions", "refunds", "invoices"),
    "notification": ("notifications", "feeds", "deliveries", "devices"),
    "message": ("messages", "conversations"),
}


def _letter(books: Books, service: str, letter: dict[str, Any]) -> None:
    name = f"{service} {letter['address']} {letter['id']}"
    if letter["dead_at"] is not None:
        books.dead_letters.append(f"{name}: {letter['error']}")
    elif letter["sent_at"] is None or (
        letter["destination"] == "celery" and letter["closed_at"] is None
    ):
        books.open_letters.append(name)
    if letter["destination"] == "kafka":
        event = Event.from_wire(letter["body"])
        if event is None:
            raise AssertionError(f"{json.loads(letter['body'])['type']} is unknown here")
        books.events.append(event)


def _consumed(verdict: Verdict, books: Books) -> None:
    """Each consumer has had each event that it wants, those of one key in their order."""
    for service, (_, wanted) in CONSUMERS.items():
        inbox, kinds = books.inboxes[service], set(wanted)
        by_key: dict[tuple[str, str], list[Event]] = defaultdict(list)
        for event in books.events:
            if type(event) not in kinds:
                continue
            if event.event_id in inbox:
                by_key[event.topic, event.key].append(event)
            else:
                verdict.lost.append(f"{service} never had {event.type} {event.key}")
        for key, events in by_key.items():
            # One change may publish two events of one revision: those stand in their order here.
            events.sort(key=lambda each: each.revision)
            times = [(inbox[each.event_id], each.type) for each in events]
            if times != sorted(times, key=lambda time: time[0]):
                verdict.disordered.append(f"{service} had {key} in another order: {times}")


def _told(verdict: Verdict, books: Books) -> None:
    """One notification for each event and person whom its rule names, and no other."""
    found = Counter(
        (one["event_id"], one["account_id"]) for one in books.documents["notifications"]
    )
    wanted = {
        (event.event_id, person): event.type
        for event in books.events
        if type(event) in RULES
        for person in _audience(event, books.events)
    }
    for key, kind in wanted.items():
        if key not in found:
            verdict.lost.append(f"notification of {kind} for {key[1]}")
    for key, times in found.items():
        if times > 1 or key not in wanted:
            verdict.doubled.append(f"notification of {wanted.get(key, 'nothing')}, {times} times")


def _audience(event: Event, events: Iterable[Event]) -> set[UUID]:
    draft = RULES[type(event)](event)
    if draft is None:
        return set()
    audience = draft.audience
    if isinstance(audience, People):
        return set(audience.account_ids)
    if isinstance(audience, Admins):
        return {
            one.account_id
            for one in events
            if isinstance(one, AccountRegistered) and one.role == "admin"
        }
    return set(draft.also) | {
        one.student_id
        for one in events
        if isinstance(one, MembershipApproved)
        and one.study_session_id == audience.study_session_id
        and one.occurred_at is not None
        and event.occurred_at is not None
        and one.occurred_at < event.occurred_at
    }


def _feeds(verdict: Verdict, books: Books) -> None:
    """Numbers without gaps, and a count of unread entries that is true."""
    numbers: dict[UUID, list[int]] = defaultdict(list)
    unread: Counter[UUID] = Counter()
    for one in books.documents["notifications"]:
        numbers[one["account_id"]].append(one["number"])
        unread[one["account_id"]] += one["read_at"] is None
    for feed in books.documents["feeds"]:
        have = sorted(numbers[feed["_id"]])
        if have != list(range(1, feed["number"] + 1)):
            verdict.disordered.append(f"feed {feed['_id']} has the numbers {have}")
        if unread[feed["_id"]] != feed["unread"]:
            verdict.doubled.append(f"feed {feed['_id']} counts {feed['unread']} unread")


def _pushed(verdict: Verdict, books: Books) -> None:
    """Each push at most once more than recorded; none is left without an end."""
    tokens = {one["_id"]: one["token"] for one in books.documents["devices"]}
    taken = Counter((p["data"]["notification_id"], p["token"]) for p in books.pushes)
    for one in books.documents["deliveries"]:
        notification, _, device = one["_id"].partition("/")
        times = taken[notification, tokens.get(UUID(device), "")]
        if times > min(one["tries"], MOST_UNANSWERED):
            verdict.doubled.append(f"push {one['_id']}: {times}, recorded {one['tries']}")
        if one["state"] in OPEN:
            verdict.lost.append(f"push {one['_id']} is {one['state']}")


def _talked(verdict: Verdict, books: Books, plays: Sequence[Play]) -> None:
    """Numbers from 1 without gaps, each message once, none lost that was acknowledged."""
    by_conversation: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for message in books.documents["messages"]:
        by_conversation[str(message["conversation_id"])].append(message)
    for play in plays:
        messages = by_conversation[play.conversation_id]
        numbers = sorted(message["seq"] for message in messages)
        if numbers != list(range(1, len(numbers) + 1)):
            verdict.disordered.append(f"conversation has the numbers {numbers}")
        stored = Counter((str(m["client_msg_id"]), m["seq"], m["body"]) for m in messages)
        verdict.lost += [f"message {said}" for said in play.said if said not in stored]
        if len(messages) != len(play.said):
            verdict.doubled.append(f"{len(messages)} messages of {len(play.said)} said")


def _acknowledged(verdict: Verdict, books: Books, play: Play) -> None:
    """What the story's people were told is there, once."""
    group = UUID(play.study_session["id"])
    task, work = UUID(play.task["id"]), UUID(play.work["id"])

    def count(what: str, times: int, column: str, value: Any, **more: Any) -> None:
        rows = [
            row
            for row in books.rows[what]
            if row[column] == value and all(row[name] == want for name, want in more.items())
        ]
        if len(rows) < times:
            verdict.lost.append(f"{what} of {column} {value}: {len(rows)} instead of {times}")
        if len(rows) > times:
            verdict.doubled.append(f"{what} of {column} {value}: {len(rows)} instead of {times}")

    for person in (play.tutor, play.student):
        count("user.accounts", 1, "id", UUID(person.id), username=person.username)
    count("session.study_sessions", 1, "tutor_id", UUID(play.tutor.id), id=group, state="active")
    count("session.memberships", 1, "study_session_id", group, state="approved")
    count("session.tasks", 1, "study_session_id", group, id=task)
    count("session.tasks", 1, "study_session_id", group)
    count("session.submissions", 1, "task_id", task, id=work)
    count("session.submissions", 1, "task_id", task)
    count("payment.payments", 1, "study_session_id", group, status="paid")
    count("payment.subscriptions", 1, "study_session_id", group)
    count("payment.invoices", 1, "study_session_id", group, kind="invoice")
    count("session.marks", 1, "work_id", work, state="released", revision=1)
    count("session.marks", 1, "item_id", task)
    count("session.mark_changes", 1, "work_id", work, to_state="released")
    opened = [
        event
        for event in books.events
        if isinstance(event, StudySessionActivated) and event.study_session_id == group
    ]
    if len(opened) != 1:
        verdict.doubled.append(f"class {group} was opened {len(opened)} times")
