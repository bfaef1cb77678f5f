"""A person's calendar feed: what is in it, who may read it, and how it ends (X23, X-A4)."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from tests.session_service.calendars.reading import Seen, occurrences, read
from tests.session_service.world import World, open_world
from tests.stack import Stack, User
from tests.statements import statements

FIRST, LAST = "2026-10-01T00:00:00Z", "2027-04-30T00:00:00Z"
WEEKLY = {
    "title": "Algebra",
    "local_start": "2026-10-19T17:00:00",
    "zone": "Europe/Berlin",
    "rule": "FREQ=WEEKLY;BYDAY=MO",
    "minutes": 50,
}


@pytest.fixture
async def world(stack: Stack) -> AsyncIterator[World]:
    """The clock stands on 1 October 2026: both changes of the clock are ahead."""
    async with open_world(stack) as made:
        made.clock.move(datetime(2026, 10, 1, 8, tzinfo=UTC) - made.clock.now())
        yield made


async def series(world: World, made: dict[str, Any], **changes: Any) -> list[str]:
    """A series of a class; ids of its lessons."""
    body = WEEKLY | {"study_session_id": made["id"]} | changes
    answer = await world.post(world.tutor, "/v1/lesson-series", body)
    return list(answer["lesson_ids"])


async def feed_of(world: World, user: User) -> str:
    """The path of a new feed."""
    made = await world.post(user, "/v1/me/calendar-feed")
    _, _, path = made["url"].partition("/api/sessions")
    return str(path)


async def fetch(world: World, path: str, tag: str = "") -> httpx.Response:
    """As a calendar program does: without a token."""
    return await world.client.get(path, headers={"If-None-Match": tag} if tag else {})


async def listed(world: World, user: User) -> list[Seen]:
    """What the API says of a person's lessons."""
    found, cursor = [], None
    while True:
        query = {"from": FIRST, "to": LAST, "limit": "100"}
        if cursor:
            query["cursor"] = cursor
        answer = await world.client.get("/v1/lessons", params=query, headers=user.headers)
        assert answer.status_code == 200, answer.text
        found += answer.json()["items"]
        cursor = answer.json()["next_cursor"]
        if cursor is None:
            return sorted(
                Seen(
                    datetime.fromisoformat(one["starts_at"]),
                    datetime.fromisoformat(one["ends_at"]),
                    f"Maths for all: {one['title']}",
                    "CANCELLED" if one["state"] == "cancelled" else "CONFIRMED",
                )
                for one in found
            )


def seen(answer: httpx.Response) -> list[Seen]:
    """What a calendar program shows."""
    assert answer.status_code == 200, answer.text
    assert answer.headers["Content-Type"] == "text/calendar; charset=utf-8"
    span = (datetime.fromisoformat(one) for one in (FIRST, LAST))
    return occurrences(answer.text, *span)


async def test_x_a4_the_feed_says_what_the_api_says_over_both_clock_changes(world: World) -> None:
    made = await world.study_session()
    await world.member(made)
    lessons = await series(world, made)
    daily = "FREQ=DAILY;COUNT=180"
    await series(world, made, title="Early", rule=daily, local_start="2026-10-20T02:30:00")
    await series(world, made, title="Once", rule=None, zone="Asia/Kolkata")
    for number, change in ((1, {"local_start": "2026-10-27T09:15:00"}), (3, {"title": "Test"})):
        path = f"/v1/lessons/{lessons[number]}"
        answer = await world.client.patch(path, json=change, headers=world.tutor.headers)
        assert answer.status_code == 200, answer.text
    await world.post(world.tutor, f"/v1/lessons/{lessons[5]}/cancellation", {}, expect=200)
    for user in (world.tutor, world.student):
        ours = await listed(world, user)
        assert len(ours) == 180 + 1 + 28
        assert seen(await fetch(world, await feed_of(world, user))) == ours


async def test_x_a4_a_moved_lesson_changes_its_event_and_adds_none(world: World) -> None:
    made = await world.study_session()
    lessons = await series(world, made)
    path = await feed_of(world, world.tutor)
    before = read((await fetch(world, path)).text).contents["vevent"]
    for hour in (9, 10):
        change = {"local_start": f"2026-10-27T{hour:02}:15:00"}
        await world.client.patch(
            f"/v1/lessons/{lessons[1]}", json=change, headers=world.tutor.headers
        )
        master, own = read((await fetch(world, path)).text).contents["vevent"]
        assert master.uid.value == own.uid.value == before[0].uid.value
        assert own.sequence.value == str(hour - 8)
        assert own.recurrence_id.value.astimezone(UTC) == datetime(2026, 10, 26, 16, tzinfo=UTC)


async def test_x23_etag_and_304(world: World) -> None:
    made = await world.study_session()
    lessons = await series(world, made)
    path = await feed_of(world, world.tutor)
    first = await fetch(world, path)
    tag = first.headers["ETag"]
    for given in (tag, f'"other", W/{tag}', "*"):
        again = await fetch(world, path, given)
        assert (again.status_code, again.content, again.headers["ETag"]) == (304, b"", tag)
    assert (await fetch(world, path, '"other"')).status_code == 200
    await world.post(world.tutor, f"/v1/lessons/{lessons[0]}/cancellation", {}, expect=200)
    changed = await fetch(world, path, tag)
    assert changed.status_code == 200
    assert changed.headers["ETag"] != tag
    world.clock.move(timedelta(days=1))
    assert (await fetch(world, path, changed.headers["ETag"])).status_code == 304


async def test_x23_who_leaves_or_is_not_in_sees_nothing(world: World, stack: Stack) -> None:
    made = await world.study_session()
    await series(world, made)
    membership = await world.member(made)
    path, other = await feed_of(world, world.student), stack.as_user("student")
    assert len(seen(await fetch(world, path))) == 28
    assert seen(await fetch(world, await feed_of(world, other))) == []
    async with world.parts.database.transaction() as session:
        statement = text("UPDATE memberships SET state = 'left' WHERE id = CAST(:id AS uuid)")
        await session.execute(statement, {"id": membership["id"]})
    assert seen(await fetch(world, path)) == []


async def test_x23_a_new_address_ends_the_old_one(world: World) -> None:
    shown = {"created_at": "2026-10-01T08:00:00Z", "read_at": None}
    missing = await world.get(world.tutor, "/v1/me/calendar-feed", expect=404)
    assert missing["code"] == "feed_not_found"
    first = await feed_of(world, world.tutor)
    assert await world.get(world.tutor, "/v1/me/calendar-feed") == shown
    second = await feed_of(world, world.tutor)
    assert (await fetch(world, first)).json()["code"] == "feed_not_found"
    world.clock.move(timedelta(minutes=5))
    assert (await fetch(world, second)).status_code == 200
    found = await world.get(world.tutor, "/v1/me/calendar-feed")
    assert found == shown | {"read_at": "2026-10-01T08:05:00Z"}
    answer = await world.client.delete("/v1/me/calendar-feed", headers=world.tutor.headers)
    assert answer.status_code == 204
    assert (await fetch(world, second)).status_code == 404


async def test_x23_the_secret_is_not_kept(world: World) -> None:
    path = await feed_of(world, world.tutor)
    secret = path.rpartition("/")[2].removesuffix(".ics")
    assert len(secret) == 43
    async with world.parts.database.transaction() as session:
        found = await session.scalar(text("SELECT encode(digest, 'escape') FROM calendar_feeds"))
    assert secret not in str(found)
    assert (await fetch(world, f"{path}x")).status_code == 404


async def test_x23_a_blocked_account_has_no_calendar(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = await feed_of(world, world.tutor)
    blocked = frozenset({f"blocked:{world.tutor.id}"})
    monkeypatch.setattr(world.parts.revocations, "_entries", blocked)
    answer = await fetch(world, path)
    assert (answer.status_code, answer.json()["code"]) == (403, "account_blocked")


async def test_x23_guessing_is_slow(world: World) -> None:
    """At the 121st request of a minute; the owner's own program reads once in minutes."""
    for _ in range(120):
        assert (await fetch(world, "/v1/calendars/guess.ics")).status_code == 404
    assert (await fetch(world, "/v1/calendars/guess.ics")).status_code == 429


async def test_x23_one_lesson_as_a_file(world: World, stack: Stack) -> None:
    made = await world.study_session()
    lessons = await series(world, made)
    path = f"/v1/lessons/{lessons[1]}/calendar"
    answer = await world.client.get(path, headers=world.tutor.headers)
    assert [one.start for one in seen(answer)] == [datetime(2026, 10, 26, 16, tzinfo=UTC)]
    feed = read((await fetch(world, await feed_of(world, world.tutor))).text)
    assert read(answer.text).vevent.uid.value == feed.vevent.uid.value
    refused = await world.get(stack.as_user("tutor"), path, expect=404)
    assert refused["code"] == "lesson_not_found"


async def test_a_feed_is_read_by_a_constant_number_of_statements(world: World) -> None:
    made = await world.study_session()
    path = await feed_of(world, world.tutor)

    async def count() -> int:
        with statements() as seen:
            assert (await fetch(world, path)).status_code == 200
        return len(seen)

    await series(world, made)
    few = await count()
    for number in range(5):
        await series(world, made, title=f"Course {number}")
    assert await count() == few
