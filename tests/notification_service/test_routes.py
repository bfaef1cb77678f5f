"""Feeds and devices over HTTP."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import httpx
import pytest

from libs.clock import FixedClock, SystemClock
from libs.events.message import MessageSent
from libs.ids import new_id
from libs.mongo import Mongo
from notification_service.app import create_app
from notification_service.devices import service as devices
from notification_service.settings import Settings
from tests.notification_service.world import documents, from_kafka, handle, registered
from tests.stack import Stack, User, running

ID = "00000000-0000-7000-8000-000000000000"


@pytest.fixture
async def client(settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    """The running app."""
    async with running(create_app(settings)) as opened:
        yield opened


def message(*recipients: User) -> MessageSent:
    """A message to these people."""
    return from_kafka(
        MessageSent(
            conversation_id=new_id(), message_id=new_id(), sender_id=new_id(),
            recipient_ids=tuple(user.id for user in recipients),
        )
    )  # fmt: skip


def device(number: int, token: str = "", platform: str = "android") -> dict[str, str]:
    """A registration."""
    return {
        "installation_id": f"installation-{number}", "token": token or f"token-number-{number}",
        "platform": platform,
    }  # fmt: skip


async def test_a_feed_is_paged_newest_first(
    client: httpx.AsyncClient, mongo: Mongo, stack: Stack
) -> None:
    me, other = stack.as_user(), stack.as_user()
    await handle(mongo, [message(me, other) for _ in range(5)])
    numbers: list[int] = []
    cursor = ""
    for size in (2, 2, 1):
        query = f"?limit=2{cursor}"
        page = (await client.get(f"/v1/notifications{query}", headers=me.headers)).json()
        assert len(page["items"]) == size
        numbers += [item["number"] for item in page["items"]]
        cursor = f"&cursor={page['next_cursor']}"
        if size == 2 and len(numbers) == 2:
            await handle(mongo, [message(me)])  # what comes meanwhile does not shift the pages
    assert numbers == [5, 4, 3, 2, 1]
    assert page["next_cursor"] is None


async def test_a_cursor_of_another_feed_is_refused(
    client: httpx.AsyncClient, mongo: Mongo, stack: Stack
) -> None:
    me, other = stack.as_user(), stack.as_user()
    await handle(mongo, [message(other), message(other)])
    theirs = (await client.get("/v1/notifications?limit=1", headers=other.headers)).json()
    answer = await client.get(
        f"/v1/notifications?cursor={theirs['next_cursor']}", headers=me.headers
    )
    assert (answer.status_code, answer.json()["code"]) == (400, "bad_cursor")


async def test_an_entry_holds_words_ids_and_codes_only(
    client: httpx.AsyncClient, mongo: Mongo, stack: Stack
) -> None:
    me = stack.as_user()
    await handle(mongo, [from_kafka(registered(me.id, user_code=me.code, name="Sam"))])
    [item] = (await client.get("/v1/notifications", headers=me.headers)).json()["items"]
    assert item["title"] == "Welcome to StudyZed"
    assert item["body"] == f"Your code is {me.code}."
    assert item["about"] == {"user_code": me.code}
    assert (item["number"], item["kind"], item["read_at"]) == (1, "welcome", None)


async def test_reading_counts_down_once(
    client: httpx.AsyncClient, mongo: Mongo, stack: Stack
) -> None:
    me = stack.as_user()
    await handle(mongo, [message(me) for _ in range(3)])
    items = (await client.get("/v1/notifications", headers=me.headers)).json()["items"]
    path = f"/v1/notifications/{items[0]['id']}/read"
    answers = await asyncio.gather(*(client.post(path, headers=me.headers) for _ in range(5)))
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.json()["read_at"] for answer in answers}) == 1
    count = await client.get("/v1/notifications/unread-count", headers=me.headers)
    assert count.json() == {"unread": 2}
    assert (await client.post("/v1/notifications/read-all", headers=me.headers)).json() == {
        "unread": 0
    }
    [feed] = await documents(mongo, "feeds")
    assert (feed["number"], feed["unread"]) == (3, 0)


async def test_a_foreign_entry_is_not_found_and_stays_unread(
    client: httpx.AsyncClient, mongo: Mongo, stack: Stack
) -> None:
    me, other = stack.as_user(), stack.as_user()
    await handle(mongo, [message(other)])
    [theirs] = await documents(mongo, "notifications")
    for wanted in (str(theirs["_id"]), ID):
        answer = await client.post(f"/v1/notifications/{wanted}/read", headers=me.headers)
        assert (answer.status_code, answer.json()["code"]) == (404, "notification_not_found")
    assert (await client.get("/v1/notifications", headers=me.headers)).json()["items"] == []
    await client.post("/v1/notifications/read-all", headers=me.headers)
    assert await documents(mongo, "notifications") == [theirs]
    assert [feed["unread"] for feed in await documents(mongo, "feeds")] == [1]


async def test_r17_a_second_phone_is_registered_too(
    client: httpx.AsyncClient, mongo: Mongo, stack: Stack
) -> None:
    me = stack.as_user()
    for number in (1, 2):
        answer = await client.post("/v1/devices", headers=me.headers, json=device(number))
        assert answer.status_code == 200
        assert "token" not in answer.json()
    await handle(mongo, [message(me)])
    jobs = await documents(mongo, "outbox", destination="celery")
    assert len(jobs) == 2
    gone = await client.delete("/v1/devices/installation-1", headers=me.headers)
    assert gone.status_code == 204
    assert [row["token"] for row in await documents(mongo, "devices")] == ["token-number-2"]


async def test_registering_again_renews_the_same_device(
    client: httpx.AsyncClient, mongo: Mongo, stack: Stack
) -> None:
    me = stack.as_user()
    first = await client.post("/v1/devices", headers=me.headers, json=device(1))
    again = await asyncio.gather(
        *(
            client.post("/v1/devices", headers=me.headers, json=device(1, "token-renewed"))
            for _ in range(5)
        )
    )
    assert {answer.json()["id"] for answer in again} == {first.json()["id"]}
    [row] = await documents(mongo, "devices")
    assert row["token"] == "token-renewed"
    assert row["seen_at"] > row["created_at"]


async def test_n_a2_a_token_moves_to_whoever_signs_in_on_the_device(
    client: httpx.AsyncClient, mongo: Mongo, stack: Stack
) -> None:
    before, after = stack.as_user(), stack.as_user()
    shared, other = device(1, "token-shared"), device(2)
    await client.post("/v1/devices", headers=before.headers, json=shared)
    await client.post("/v1/devices", headers=before.headers, json=other)
    await client.post("/v1/devices", headers=after.headers, json=shared)
    rows = {row["token"]: row["account_id"] for row in await documents(mongo, "devices")}
    assert rows == {"token-shared": after.id, "token-number-2": before.id}


async def test_n_a2_a_token_has_one_owner_after_a_race(
    client: httpx.AsyncClient, mongo: Mongo, stack: Stack
) -> None:
    people = [stack.as_user() for _ in range(8)]
    shared = device(1, "token-shared")
    answers = await asyncio.gather(
        *(client.post("/v1/devices", headers=user.headers, json=shared) for user in people)
    )
    assert {answer.status_code for answer in answers} <= {200, 503}
    assert 200 in {answer.status_code for answer in answers}
    assert len(await documents(mongo, "devices", token="token-shared")) == 1


async def test_a_foreign_device_cannot_be_removed(
    client: httpx.AsyncClient, mongo: Mongo, stack: Stack
) -> None:
    me, other = stack.as_user(), stack.as_user()
    await client.post("/v1/devices", headers=other.headers, json=device(1))
    before = await documents(mongo, "devices")
    answer = await client.delete("/v1/devices/installation-1", headers=me.headers)
    assert (answer.status_code, answer.json()["code"]) == (404, "device_not_found")
    assert await documents(mongo, "devices") == before


@pytest.mark.parametrize(
    "wrong",
    [
        {"platform": "fridge"},
        {"token": ""},
        {"token": "with space"},
        {"token": "x" * 5_000},
        {"installation_id": "a/b"},
        {"account_id": ID},
    ],
)
async def test_a_registration_that_makes_no_sense_is_refused(
    client: httpx.AsyncClient, mongo: Mongo, stack: Stack, wrong: dict[str, str]
) -> None:
    answer = await client.post(
        "/v1/devices", headers=stack.as_user().headers, json=device(1) | wrong
    )
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")
    assert await documents(mongo, "devices") == []


async def test_one_person_has_twenty_devices_at_most(
    client: httpx.AsyncClient, mongo: Mongo, stack: Stack
) -> None:
    me = stack.as_user()
    for number in range(21):
        await client.post("/v1/devices", headers=me.headers, json=device(number))
    tokens = {row["token"] for row in await documents(mongo, "devices")}
    assert tokens == {f"token-number-{number}" for number in range(1, 21)}


async def test_n_a2_a_device_unseen_for_sixty_days_is_stale(
    client: httpx.AsyncClient, mongo: Mongo, stack: Stack
) -> None:
    me, clock = stack.as_user(), FixedClock(SystemClock().now())
    await client.post("/v1/devices", headers=me.headers, json=device(1))
    clock.move(timedelta(days=59))
    assert await devices.remove_stale(mongo.outside, clock.now()) == 0
    clock.move(timedelta(days=2))
    assert await devices.remove_stale(mongo.outside, clock.now()) == 1
    assert await documents(mongo, "devices") == []


async def test_readiness_needs_the_indexes(client: httpx.AsyncClient, mongo: Mongo) -> None:
    assert (await client.get("/readyz")).status_code == 200
    await mongo.database["schema"].delete_many({})
    answer = await client.get("/readyz")
    assert answer.status_code == 503
    assert "libs.migrate" in answer.json()["parts"]["indexes"]
