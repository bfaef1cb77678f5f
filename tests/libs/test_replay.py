"""`libs.migrate.replay`: what the broker has forgotten is marked as unsent, jobs are not."""

import pytest

from libs import migrate, mongo_outbox, outbox
from libs.clock import SystemClock
from libs.mongo import Mongo, MongoSession
from libs.mongo_outbox import MongoOutbox
from notification_service.settings import Settings as NotificationSettings
from tests.conftest import SettingsFor
from tests.libs.parts import Changed, Jobs, Parts, Work, at_work
from tests.stack import eventually


async def test_events_of_tables_leave_again_and_jobs_do_not(
    parts: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    jobs = Jobs()
    await parts.change("a")
    await parts.database.run(lambda session: outbox.enqueue(session, Work()))

    async def drained() -> bool:
        return await parts.waiting() == 0

    async with at_work(parts.relay(jobs.send)):
        await eventually(drained)
    assert parts.settings.database_owner_url is not None
    url = parts.settings.database_owner_url.get_secret_value()
    monkeypatch.setenv("SESSION_DATABASE_OWNER_URL", url)
    await migrate.replay("session_service", 1)
    assert await parts.fetch("SELECT destination FROM outbox WHERE sent_at IS NULL") == [("kafka",)]
    async with at_work(parts.relay(jobs.send)):
        await eventually(drained)
    assert [event.revision for event in await parts.events()] == [1, 1]
    assert len(jobs.ids) == 1


async def test_events_of_documents_leave_again(
    settings_for: SettingsFor, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = await settings_for(NotificationSettings, "notification_service")
    store = Mongo(settings, SystemClock())

    async def post(session: MongoSession) -> None:
        await mongo_outbox.publish(session, Changed(name="a", revision=1))
        await mongo_outbox.enqueue(session, Work())

    await store.run(post)
    box = MongoOutbox(store, None, "")  # type: ignore[arg-type]  # nobody listens here
    assert await box.acquire()
    letters = await box.batch(10)
    await box.mark([letter.id for letter in letters])
    monkeypatch.setenv("NOTIFICATION_MONGO_URL", settings.mongo_url.get_secret_value())
    monkeypatch.setenv("NOTIFICATION_MONGO_DATABASE", settings.mongo_database)
    await migrate.replay("notification_service", 1)
    assert [letter.destination for letter in await box.batch(10)] == ["kafka"]
    await store.close()
