"""Export and erasure over the whole platform (U15, X18, U-A9): two people with data in all five
services, and words of their own planted in every field that takes some.
"""

import io
import json
import secrets
from collections import Counter
from collections.abc import AsyncIterator, Set
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID
from zipfile import ZipFile

import pytest

from deploy.demo.client import NotSeen, Person, eventually
from deploy.demo.story import Story, cast
from libs.data_map import FORMER
from libs.events.user import AccountRegistered
from libs.kafka import Message, Producer
from libs.migrate import SERVICES
from libs.settings import KafkaSettings
from tests.data_map import maps
from tests.e2e.conftest import ADMIN_PASSWORD, Platform
from tests.e2e.leaving import leave
from tests.e2e.stores import ON_MONGO, Places, Stores

USERS, SESSIONS = "/api/user-service/v1", "/api/sessions/v1"
ABOUT = "zqaboutthework"
"""Stands in what the tutor says of the student's work: it belongs to both."""
COURSE = {
    "SESSION.study_sessions.name", "SESSION.tasks.title", "SESSION.tasks.description",
    "SESSION.grade_items.title",
}  # fmt: skip
"""What stays of a tutor's words: the data map says why."""
LEDGER = "SELECT id, tutor_id, amount FROM payments ORDER BY id"


@dataclass
class Cast:
    """The story after its end, with the words by which its people are known."""

    story: Story
    stores: Stores
    words: dict[Person, str]

    async def search(self, person: Person) -> Places:
        """Where a person's word stands."""
        return await self.stores.search(self.words[person])


@asynccontextmanager
async def played(platform: Platform) -> AsyncIterator[Cast]:
    """Plays the story with people whose names, addresses and devices hold their words."""
    async with asynccontextmanager(cast)(platform.url, ADMIN_PASSWORD) as story:
        words = {}
        for person in (story.tutor, story.student):
            word = f"zq{person.role}{secrets.token_hex(4)}"
            person.name, words[person] = word.title(), word
            person.email, person.username = f"{word}@example.org", word
            person.device_token = f"token-{word}"
        made = Cast(story, Stores.of(platform), words)
        await _play(made)
        yield made


async def _play(made: Cast) -> None:
    story, tutor, student = made.story, made.story.tutor, made.story.student
    for person in (tutor, student):
        await _sign_up(made, person)
    await story.admin.sign_in()
    await story.admin.register_device()
    await story.admin.open_socket()
    word = made.words[tutor]
    body = {"name": f"Class {word}", "description": f"About {word}", "zone": "UTC"}
    story.study_session = await tutor.call("POST", f"{SESSIONS}/study-sessions", body)
    for step in (story.pay, story.approve, story.join, story.let_in):
        await step()
    task = {
        "study_session_id": story.study_session["id"],
        "title": f"Task {word}",
        "description": f"Do {word}",
        "due_at": datetime(2099, 1, 1, tzinfo=UTC).isoformat(),
    }
    story.task = await tutor.call("POST", f"{SESSIONS}/tasks", task)
    path = f"{SESSIONS}/tasks/{story.task['id']}/submissions"
    work = await student.call("POST", path, {"body": f"Work {made.words[student]}"})
    marking = {"points": "8.50", "comment": f"Well done, {ABOUT}."}
    await tutor.call("POST", f"{SESSIONS}/submissions/{work['id']}/marks", marking)
    await student.told("mark_shown")
    await _chat(made)
    payer = f"payer-{word}@example.org"
    await made.stores.rows(
        "PAYMENT",
        "UPDATE webhooks SET body = replace(body, 'customer@example.com', $1) "
        "WHERE payment_id IN (SELECT id FROM payments WHERE tutor_id = $2)",
        payer, UUID(tutor.id),
    )  # fmt: skip


async def _sign_up(made: Cast, person: Person) -> None:
    word = made.words[person]
    await person.sign_up()
    await person.sign_in(f"Phone {word}")
    await person.register_device()
    await person.open_socket()
    profile = {"bio": f"Bio {word}", "needs_note": f"Note {word}", "last_name": f"Last {word}"}
    await person.call("PATCH", f"{USERS}/me/profile", profile)
    person.name = f"{person.name} Last {word}"
    consent = {"version": "1", "given": True}
    await person.call("PUT", f"{USERS}/me/consents/research", consent)


async def _chat(made: Cast) -> None:
    story, path = made.story, "/api/communication/v1/conversations"
    opened = await story.tutor.call("POST", path, {"user_code": story.student.code})
    for one, other in ((story.tutor, story.student), (story.student, story.tutor)):
        await story._say(one, other, opened["id"], f"Hello from {made.words[one]}")


async def export_of(made: Cast, person: Person) -> dict[str, Any]:
    """Asks for an export, waits for it, and reads its parts."""
    asked = await person.call("POST", f"{USERS}/me/exports")

    async def ready() -> dict[str, Any] | None:
        found = await person.call("GET", f"{USERS}/me/exports/{asked['id']}")
        assert found["state"] != "failed", found
        return dict(found) if found["state"] == "ready" else None

    found = await eventually("the export", ready)
    answer = await made.story.web.get(found["download"]["url"])
    assert answer.status_code == 200
    with ZipFile(io.BytesIO(answer.content)) as file:
        return {name: json.loads(file.read(name)) for name in file.namelist()}


def holding(part: dict[str, Any], word: str) -> set[str]:
    """The lists and fields of a part in which a word stands."""
    return {
        f"{name}.{field}"
        for name, rows in part["lists"].items()
        for row in rows
        for field, value in row.items()
        if word in str(value).lower()
    }


async def replay(made: Cast, person: Person) -> None:
    """The event of the sign-up comes again, under a new id, as from a replayed topic."""
    late = AccountRegistered(
        account_id=UUID(person.id),
        user_code=person.code,
        role=person.role,
        name=person.name,
        email=person.email,
        locale="en",
        zone="UTC",
        revision=1,
    )
    bootstrap = made.stores.environment["USER_KAFKA_BOOTSTRAP"]
    producer = Producer(KafkaSettings(kafka_bootstrap=bootstrap, kafka_idempotent=False))
    record = Message("user.events", person.id, late.to_wire(datetime.now(UTC)))
    assert await producer.send_all([record]) == [None]

    async def taken() -> bool | None:
        rows = await made.stores.rows(
            "SESSION", "SELECT 1 FROM inbox WHERE event_id = $1", late.event_id
        )
        inboxes = [await made.stores.received(service, late.event_id) for service in ON_MONGO]
        return True if rows and all(inboxes) else None

    await eventually("the late event in three services", taken)
    await producer.stop()


@pytest.mark.timeout(600)
async def test_u_a9_export_then_erase_in_all_five_services(platform: Platform) -> None:
    others = set(Stores.of(platform).keys())
    async with played(platform) as made:
        tutor, student = made.story.tutor, made.story.student
        await check_exports(made, tutor, student)
        before, marks = await made.search(tutor), await _marks(made)
        ledger = await made.stores.rows("PAYMENT", LEDGER)

        report = await leave(made.stores, platform, made.story.admin, student, kill=True)
        check_report(report)
        await nothing_left(made, student)
        assert (await made.stores.search(ABOUT)).total() == 0
        assert await made.search(tutor) == before
        assert await _marks(made) == marks
        members = f"{SESSIONS}/study-sessions/{made.story.study_session['id']}/memberships"
        [member] = (await tutor.call("GET", members))["items"]
        assert (member["student_name"], member["student_code"]) == (FORMER, student.code)
        await replay(made, student)
        await nothing_left(made, student)

        report = await leave(made.stores, platform, made.story.admin, tutor, kill=False)
        check_report(report)
        await nothing_left(made, tutor, but=COURSE)
        assert await _marks(made) == marks
        assert await made.stores.rows("PAYMENT", LEDGER) == ledger
        assert ledger
        objects = set(made.stores.keys()) - others
        assert all(key.startswith("studyzed/invoices/") for key in objects)  # as the law wants


async def check_exports(made: Cast, tutor: Person, student: Person) -> None:
    """Each export holds what its person has said, in every list, and nothing of the other's."""
    parts = await export_of(made, student)
    assert set(parts) == {"manifest.json", *(f"{name}.json" for name in SERVICES)}
    mine, other = made.words[student], made.words[tutor]
    found = {name: holding(parts[f"{name}.json"], mine) for name in SERVICES}
    assert found["user_service"] >= {
        "accounts.email", "accounts.username", "accounts.first_name", "accounts.last_name",
        "logins.device", "profiles.bio", "profiles.needs_note",
        "mailed_codes.email", "grants.email",
    }  # fmt: skip
    assert found["session_service"] == {"people.name", "submissions.body"}
    assert found["notification_service"] == {"people.name", "devices.installation_id"}
    assert found["message_service"] == {"messages.body"}
    assert "marks.comment" in holding(parts["session_service.json"], ABOUT)
    assert other not in json.dumps(parts).lower()
    assert parts["notification_service.json"]["lists"]["notifications"]
    [consent] = parts["user_service.json"]["lists"]["consents"]
    assert (consent["purpose"], consent["version"], consent["given"]) == ("research", "1", True)

    parts = await export_of(made, tutor)
    found = {name: holding(parts[f"{name}.json"], other) for name in SERVICES}
    assert found["session_service"] == {
        "people.name", "classes.name", "classes.description", "tasks.title", "tasks.description",
        "grade_items.title",
    }  # fmt: skip
    assert found["payment_service"] == {"webhooks.body"}
    assert found["message_service"] == {"messages.body"}
    assert parts["payment_service.json"]["lists"]["payments"]
    assert mine not in json.dumps(parts).lower()
    await check_documents(made)


async def check_documents(made: Cast) -> None:
    """X18: the documents that there are have no field of which the data maps do not speak."""
    known = {service: {held.store: held.fields for held in stores} for service, stores in maps()}
    for service in ON_MONGO:
        for name, fields in (await made.stores.fields(service)).items():
            assert fields <= known[f"{service.lower()}_service"][name], (service, name)


def check_report(report: dict[str, Any]) -> None:
    """The report names every list of every service's data map."""
    assert report["missing"] == []
    told = {one["service"]: set(one["counts"]) for one in report["reports"]}
    assert told == {
        service: {rule.name for held in stores for rule in held.rules} for service, stores in maps()
    }


async def nothing_left(made: Cast, person: Person, but: Set[str] = frozenset()) -> None:
    """No store has the person's word any more, but these; the last mail leaves in the end."""

    async def gone() -> bool | None:
        places.clear()
        places.update(+await made.search(person))
        return True if set(places) == but else None

    places: Places = Counter()
    try:
        await eventually("the end of all traces", gone)
    except NotSeen as error:
        raise AssertionError(dict(places)) from error


async def _marks(made: Cast) -> list[tuple[Any, ...]]:
    rows = await made.stores.rows(
        "SESSION",
        "SELECT total, marks.student_id, student_code, marked_by FROM marks "
        "JOIN submissions ON submissions.id = work_id ORDER BY marks.id",
    )
    return [tuple(row) for row in rows]
