"""Series as time passes, as zones change their law, and as classes end."""

from datetime import UTC, datetime, timedelta, timezone, tzinfo
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import update

from libs import zones
from libs.events.session import StudySessionEnded
from session_service.series import jobs
from session_service.study_sessions.models import StudySession
from tests.session_service.schedule import NOW, Class


async def extend(made: Class) -> None:
    await jobs.extend(made.world.parts.database, jobs.ExtendSeries())


async def reexpand(made: Class) -> None:
    await jobs.reexpand(made.world.parts.database, jobs.ReexpandSeries())


async def places(made: Class) -> list[str]:
    rows = await made.rows("SELECT recurrence_id::text FROM lessons ORDER BY recurrence_id")
    return [row[0][:10] for row in rows]


async def test_s26_a_series_reaches_ahead_as_time_passes(made: Class) -> None:
    answer = await made.weekly(rule="FREQ=WEEKLY")
    first = await places(made)
    assert first[-1] == "2027-11-01"
    await extend(made)
    assert await places(made) == first
    made.world.clock.at = NOW + timedelta(days=20)
    for _ in range(2):
        await extend(made)
    assert await places(made) == [*first, "2027-11-08", "2027-11-15", "2027-11-22"]
    [told] = await made.events("studyzed.series.extended")
    assert (len(told["lesson_ids"]), told["starts_at"]) == (3, "2027-11-08T16:00:00Z")
    assert told["series_id"] == answer["series"]["id"]


async def test_s26_a_place_that_was_left_out_is_not_filled_later(made: Class) -> None:
    await made.weekly(rule="FREQ=WEEKLY")
    second = (await made.lessons())[1]
    await made.patch(f"/v1/lessons/{second['id']}", {"local_start": "2026-10-27T17:00"})
    made.world.clock.at = NOW + timedelta(days=10)
    before = await places(made)
    await extend(made)
    assert (await places(made))[: len(before)] == before


async def test_s26_a_rule_that_ends_is_finished(made: Class) -> None:
    await made.weekly(rule="FREQ=WEEKLY;COUNT=57")
    assert len(await places(made)) == 55
    for days in (20, 40, 60):
        made.world.clock.at = NOW + timedelta(days=days)
        await extend(made)
    assert len(await places(made)) == 57
    assert await made.rows("SELECT finished FROM lesson_series") == [(True,)]


@pytest.mark.parametrize("values", [{"state": "suspended"}, {"paused_at": NOW}])
async def test_s26_a_class_that_is_not_open_gets_no_new_lessons(
    made: Class, values: dict[str, Any]
) -> None:
    await made.weekly(rule="FREQ=WEEKLY")
    before = await places(made)
    async with made.world.parts.database.transaction() as session:
        await session.execute(update(StudySession).values(**values))
    made.world.clock.at = NOW + timedelta(days=20)
    await extend(made)
    assert await places(made) == before


async def test_s26_one_broken_series_does_not_stop_the_others(made: Class) -> None:
    broken = await made.weekly(rule="FREQ=WEEKLY")
    await made.weekly(rule="FREQ=WEEKLY")
    await made.rows(
        "UPDATE lesson_series SET rule = 'FREQ=NEVER' WHERE id = :id RETURNING 1",
        id=broken["series"]["id"],
    )
    made.world.clock.at = NOW + timedelta(days=20)
    before = len(await places(made))
    await extend(made)
    assert len(await places(made)) == before + 3


class NewLaw:
    """Stands in for a later release, in which Berlin stays at UTC+2 for good."""

    def __init__(self, known: Any) -> None:
        self._known = known

    def __call__(self, name: str) -> tzinfo:
        if name == "Europe/Berlin":
            return timezone(timedelta(hours=2))
        found: tzinfo = self._known(name)
        return found


async def test_s_a2_a_new_release_moves_future_lessons_only_and_tells(
    made: Class, monkeypatch: pytest.MonkeyPatch
) -> None:
    await made.weekly(rule="FREQ=WEEKLY;COUNT=4")
    await made.weekly("2026-10-20T17:00", zone="Asia/Kolkata", rule=None)
    by_hand = (await made.lessons())[4]
    await made.patch(f"/v1/lessons/{by_hand['id']}", {"local_start": "2026-11-10T09:00"})
    await reexpand(made)
    before = await made.lessons()
    made.world.clock.at = datetime(2026, 10, 27, tzinfo=UTC)
    monkeypatch.setattr(zones, "get", NewLaw(zones.get))
    monkeypatch.setattr(zones, "version", lambda: "2027a")
    for _ in range(2):
        await reexpand(made)
    after = await made.lessons()
    assert after[:3] == before[:3]  # two in Berlin, one in Kolkata
    assert [one["starts_at"] for one in before[3:]] == [
        "2026-11-02T16:00:00Z", "2026-11-10T08:00:00Z"
    ]  # fmt: skip
    assert [one["starts_at"] for one in after[3:]] == [
        "2026-11-02T15:00:00Z", "2026-11-10T07:00:00Z"
    ]  # fmt: skip
    assert [one["local_start"] for one in after] == [one["local_start"] for one in before]
    assert [one["sequence"] for one in after[3:]] == [1, 2]
    [told] = await made.events("studyzed.series.shifted")
    assert told["lesson_ids"] == [one["id"] for one in after[3:]]
    assert told["told_ids"] == [str(made.world.tutor.id)]
    assert await made.rows("SELECT DISTINCT tzdata FROM lesson_series") == [("2027a",)]


async def test_s26_the_end_of_a_class_cancels_what_lies_ahead(made: Class) -> None:
    await made.weekly(rule="FREQ=WEEKLY")
    made.world.clock.at = datetime(2026, 10, 27, tzinfo=UTC)
    ended = StudySessionEnded(
        study_session_id=UUID(made.id), session_code=made.made["session_code"],
        tutor_id=made.world.tutor.id, revision=9,
    )  # fmt: skip
    for _ in range(2):
        await made.world.handle(ended)
    found = await made.rows("SELECT state, count(*) FROM lessons GROUP BY 1 ORDER BY 1")
    assert found == [("cancelled", 53), ("scheduled", 2)]
    assert await made.rows("SELECT finished FROM lesson_series") == [(True,)]
