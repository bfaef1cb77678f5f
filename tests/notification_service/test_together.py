"""Many events of a chunk become entries by few statements, in their order and traces."""

import json
from uuid import UUID

import pytest

from libs.events.message import MessageSent
from libs.ids import new_id
from libs.mongo import Mongo, MongoSession
from notification_service.devices import service as devices
from notification_service.devices.schemas import DeviceRegister
from tests.notification_service.world import documents, from_kafka, handle


def messages(recipients: tuple[UUID, ...], count: int) -> list[MessageSent]:
    """Messages in `count` conversations, each in a trace of its own."""
    events = [
        MessageSent(
            conversation_id=new_id(), message_id=new_id(), sender_id=new_id(),
            recipient_ids=recipients,
        )
        for _ in range(count)
    ]  # fmt: skip
    return [
        from_kafka(event).model_copy(update={"traceparent": f"00-{n:032x}-{'b' * 16}-01"})
        for n, event in enumerate(events, 1)
    ]


async def test_n_a1_entries_are_numbered_in_the_order_of_the_events(mongo: Mongo) -> None:
    tutor, student = new_id(), new_id()
    device = DeviceRegister(installation_id="tablet-1", token="token-1-1", platform="web")
    await mongo.run(lambda s: devices.register(s, student, device, mongo.clock.now()))
    events = messages((tutor, student), 12)
    await handle(mongo, events[:5])
    await handle(mongo, events[3:])  # two of them again
    await handle(mongo, events, inbox=False)
    for account_id in (tutor, student):
        rows = await documents(mongo, "notifications", account_id=account_id)
        assert {row["number"]: row["event_id"] for row in rows} == {
            number: event.event_id for number, event in enumerate(events, 1)
        }
        letters = await documents(mongo, "outbox", key=str(account_id))
        assert {row["revision"]: row["traceparent"] for row in letters} == {
            number: event.traceparent for number, event in enumerate(events, 1)
        }
        [feed] = await documents(mongo, "feeds", _id=account_id)
        assert (feed["number"], feed["unread"]) == (12, 12)
    pushes = await documents(mongo, "outbox", destination="celery")
    told = {
        row["_id"]: row["event_id"]
        for row in await documents(mongo, "notifications", account_id=student)
    }
    pushed = {
        told[UUID(json.loads(row["body"])["notification_id"])]: row["traceparent"] for row in pushes
    }
    assert pushed == {event.event_id: event.traceparent for event in events}
    assert len(pushes) == 12


async def test_a_chunk_takes_as_many_statements_as_one_event(
    mongo: Mongo, monkeypatch: pytest.MonkeyPatch
) -> None:
    used: list[str] = []
    access = MongoSession.__getitem__

    def note(session: MongoSession, name: str) -> object:
        used.append(name)
        return access(session, name)

    monkeypatch.setattr(MongoSession, "__getitem__", note)
    counts = []
    for size in (1, 60):
        used.clear()
        await handle(mongo, messages((new_id(),), size))
        counts.append(len(used))
    assert counts[0] == counts[1] <= 10
