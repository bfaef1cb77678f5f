"""When students see material, and who is told (N-A10, N17)."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from session_service.class_roles.schemas import ClassRoleName
from session_service.materials.schemas import PublishDue
from tests.session_service.materials.library import PDF, Library
from tests.stack import User

HOUR = timedelta(hours=1)
PUBLISHED, WITHDRAWN = "studyzed.material.published", "studyzed.material.withdrawn"


async def learners(library: Library) -> list[User]:
    """The student, and who observes the student."""
    observer = library.stack.as_user("student")
    await library.give(observer, ClassRoleName.OBSERVER)
    return [library.student, observer]


async def told(library: Library) -> list[tuple[str, bool | None]]:
    """Types of the events, and whether they are silent."""
    return [(event["type"], event.get("silent")) for event in await library.events()]


async def test_n_a10_nothing_shows_before_it_is_published(library: Library) -> None:
    """Every route answers as if there were nothing: no title, no count, no folder, no position."""
    hidden = await library.make_folder("Hidden")
    shown = await library.make_folder("Shown")
    inner = await library.make_folder("Inner", shown)
    open_one = await library.add(folder_id=inner["id"], title="Open")
    await library.publish(open_one)
    draft = await library.add("file", folder_id=hidden["id"], title="Draft")
    await library.upload(draft)
    await library.run_jobs()
    at = (library.world.clock.now() + HOUR).isoformat()
    await library.publish(draft, at=at)
    path, gone = f"/v1/materials/{draft['id']}", (404, "material_not_found")
    for user in await learners(library):
        reading: list[tuple[str, str, Any]] = [
            ("GET", "", None),
            ("GET", "/versions", None),
            ("POST", "/downloads", {}),
        ]
        for method, rest, body in reading:
            assert await library.refused(user, method, path + rest, body) == gone
        assert await library.seen(user) == ["Open"]
        assert await library.seen(user, f"?folder_id={hidden['id']}") == []
        assert await library.folders(user) == {"Shown": (None, 0), "Inner": ("Shown", 0)}
        for method, rest, body in (
            ("PATCH", "", {"title": "X"}), ("DELETE", "", None), ("POST", "/publication", {}),
            ("DELETE", "/publication", None), ("GET", "/views", None),
            ("POST", "/versions", {"file_name": "a", "content_type": "image/png", "size": 1}),
        ):  # fmt: skip
            assert await library.refused(user, method, path + rest, body) == (403, "wrong_role")
    assert await library.rows("SELECT 1 FROM material_views") == []
    await library.later(HOUR)
    for user in await learners(library):
        assert await library.seen(user) == ["Open", "Draft"]
        assert set(await library.folders(user)) == {"Hidden", "Shown", "Inner"}


async def test_n_a10_a_newer_version_waits_unseen(library: Library) -> None:
    material = await library.file()
    await library.publish(material)
    await library.upload(material, PDF + b"2", file_name="Secret name.pdf")
    await library.run_jobs()
    await library.publish(material, at=(library.world.clock.now() + HOUR).isoformat())
    path = f"/v1/materials/{material['id']}"
    found = await library.send(library.student, "GET", path)
    assert (found["publish_at"], found["published_number"], found["newest_number"]) == (None, 1, 1)
    assert (found["file"]["number"], found["file"]["file_name"]) == (1, "Sheet 1.pdf")
    assert await library.versions(library.student, material) == [(1, "ready", None)]
    newest = (await library.send(library.tutor, "GET", path))["file"]
    assert (newest["number"], newest["file_name"]) == (2, "Secret name.pdf")
    body = {"version_id": newest["id"]}
    refusal = await library.refused(library.student, "POST", f"{path}/downloads", body)
    assert refusal == (404, "version_not_found")
    await library.later(HOUR)
    found = await library.send(library.student, "GET", path)
    assert (found["published_number"], found["file"]["number"]) == (2, 2)
    assert await library.versions(library.student, material) == [(2, "ready", None)]
    assert await told(library) == [(PUBLISHED, False)] * 2


async def test_n17_silently_and_aloud(library: Library) -> None:
    quiet, loud = await library.add(title="Quiet"), await library.add(title="Loud")
    found = await library.publish(quiet, notify=False)
    assert (found["state"], found["publish_at"]) == ("published", None)
    assert found["published_at"] == library.world.clock.now().isoformat().replace("+00:00", "Z")
    await library.publish(loud)
    assert await library.seen(library.student) == ["Quiet", "Loud"]
    events = await library.events()
    assert [(one["material_id"], one["silent"]) for one in events] == [
        (quiet["id"], True), (loud["id"], False),
    ]  # fmt: skip
    assert set(events[0]) == {
        "type", "study_session_id", "session_code", "material_id", "silent", "student_id",
        "revision",
    }  # fmt: skip


async def test_n17_at_eight_on_monday_and_told_then(library: Library) -> None:
    """The class is in Kolkata: 08:00 there is 02:30 in UTC."""
    library.world.clock.at = datetime(2026, 11, 27, 12, tzinfo=UTC)
    made = await library.add()
    found = await library.publish(made, local="2026-11-30T08:00", notify=True)
    assert (found["state"], found["publish_at"]) == ("draft", "2026-11-30T02:30:00Z")
    library.world.clock.at = datetime(2026, 11, 30, 2, 29, 59, tzinfo=UTC)
    await library.run(PublishDue())
    assert await told(library) == []
    await library.later(timedelta(seconds=1))
    await library.run(PublishDue())
    assert await told(library) == [(PUBLISHED, False)]
    assert await library.seen(library.student) == ["Fractions"]


async def test_n17_later_and_silently(library: Library) -> None:
    made = await library.add()
    at = (library.world.clock.now() + HOUR).isoformat()
    await library.publish(made, at=at, notify=False)
    await library.later(HOUR)
    assert await told(library) == [(PUBLISHED, True)]


@pytest.mark.parametrize(
    ("zone", "local", "instant"),
    [
        ("Europe/Berlin", "2027-03-28T02:30", "2027-03-28T01:30:00Z"),  # skipped: 03:30 is held
        ("Europe/Berlin", "2027-10-31T02:30", "2027-10-31T00:30:00Z"),  # twice: the first
        ("America/New_York", "2027-07-01T08:00", "2027-07-01T12:00:00Z"),
        ("Asia/Kolkata", "2027-07-01T08:00", "2027-07-01T02:30:00Z"),
    ],
)
async def test_n17_local_times_at_changes_of_the_clock(
    library: Library, zone: str, local: str, instant: str
) -> None:
    await library.rows("UPDATE study_sessions SET zone = :zone", zone=zone)
    library.world.clock.at = datetime(2026, 11, 27, 12, tzinfo=UTC)
    found = await library.publish(await library.add(), local=local)
    assert found["publish_at"] == instant


@pytest.mark.parametrize(
    ("body", "pointer", "code"),
    [
        ({"at": "2020-01-01T00:00:00Z"}, "/at", "publish_in_the_past"),
        ({"local": "2020-01-01T00:00"}, "/local", "publish_in_the_past"),
        ({"at": "2999-01-01T00:00:00Z", "local": "2999-01-01T00:00"}, "/local", "two_times"),
        ({"local": "0001-01-01T00:00"}, "/local", "out_of_range"),
    ],
)
async def test_n17_times_that_will_not_do(
    library: Library, body: dict[str, Any], pointer: str, code: str
) -> None:
    made = await library.add()
    path = f"/v1/materials/{made['id']}/publication"
    answer = await library.world.client.post(path, json=body, headers=library.tutor.headers)
    assert answer.status_code == 422
    assert [(one["pointer"], one["code"]) for one in answer.json()["fields"]] == [(pointer, code)]
    assert await library.rows("SELECT publish_at FROM materials") == [(None,)]


async def test_n_a10_twenty_publishes_at_once_make_one_event(library: Library) -> None:
    made = await library.add()
    await asyncio.gather(*(library.publish(made) for _ in range(20)))
    assert await told(library) == [(PUBLISHED, False)]
    await library.publish(made, notify=False)
    assert await told(library) == [(PUBLISHED, False)]


async def test_n_a10_by_hand_at_the_same_second(library: Library) -> None:
    """Ten times: two sweeps and the tutor publish at once, and the class is told once."""
    for n in range(10):
        made = await library.add(title=f"T{n}")
        await library.publish(made, at=(library.world.clock.now() + HOUR).isoformat())
        library.world.clock.move(HOUR)
        await asyncio.gather(
            library.run(PublishDue()), library.publish(made), library.run(PublishDue())
        )
        assert await told(library) == [(PUBLISHED, False)] * (n + 1)


async def test_n17_taking_back_ends_both_a_publication_and_a_plan(library: Library) -> None:
    made, path = await library.add(), ""
    path = f"/v1/materials/{made['id']}/publication"
    at = (library.world.clock.now() + HOUR).isoformat()
    await library.publish(made, at=at)
    await library.send(library.tutor, "DELETE", path, expect=204)
    await library.later(HOUR)
    assert await told(library) == []
    await library.publish(made)
    for _ in range(2):
        await library.send(library.tutor, "DELETE", path, expect=204)
    assert await library.seen(library.student) == []
    assert await library.refused(library.student, "GET", f"/v1/materials/{made['id']}") == (
        404, "material_not_found",
    )  # fmt: skip
    assert await told(library) == [(PUBLISHED, False), (WITHDRAWN, None)]
    await library.publish(made)
    assert await told(library) == [(PUBLISHED, False), (WITHDRAWN, None), (PUBLISHED, False)]
    revisions = [event["revision"] for event in await library.events()]
    assert revisions == sorted(set(revisions))


async def test_n17_what_cannot_be_published(library: Library) -> None:
    empty, note = await library.add("file"), await library.add()
    await library.publish(note)
    at = {"at": (library.world.clock.now() + HOUR).isoformat()}
    path = "/v1/materials/{}/publication"
    for body in ({}, at):
        refusal = await library.refused(library.tutor, "POST", path.format(empty["id"]), body)
        assert refusal == (409, "nothing_to_publish")
    refusal = await library.refused(library.tutor, "POST", path.format(note["id"]), at)
    assert refusal == (409, "already_published")
    waiting = await library.world.study_session(paid=False, approved=False)
    body = {"study_session_id": waiting["id"], "kind": "note", "title": "T", "text": "t"}
    early = await library.send(library.tutor, "POST", "/v1/materials", body, 201)
    refusal = await library.refused(library.tutor, "POST", path.format(early["id"]), {})
    assert refusal == (409, "study_session_not_open")


async def test_n17_what_is_due_waits_until_the_class_is_open(library: Library) -> None:
    made = await library.add()
    await library.publish(made, at=(library.world.clock.now() + HOUR).isoformat())
    await library.rows("UPDATE study_sessions SET state = 'paused'")
    await library.later(HOUR)
    assert await told(library) == []
    await library.rows("UPDATE study_sessions SET state = 'active'")
    await library.later(HOUR)
    assert await told(library) == [(PUBLISHED, False)]
