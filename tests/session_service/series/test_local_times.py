"""Local times are those of the zone that stands beside them, whatever the machine's zone is."""

import time
from collections.abc import Iterator

import pytest

from tests.session_service.schedule import Class


@pytest.fixture(params=["UTC", "Asia/Kolkata", "America/Los_Angeles"])
def machine(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The machine's own zone."""
    monkeypatch.setenv("TZ", request.param)
    time.tzset()
    yield request.param
    monkeypatch.undo()
    time.tzset()


@pytest.mark.usefixtures("machine")
async def test_r21_a_local_time_is_the_class_s_and_never_the_machine_s(made: Class) -> None:
    zone = made.made["zone"]
    assert zone == "Asia/Kolkata"
    await made.weekly("2026-10-19T17:00", zone=zone, rule=None)
    for user in (made.world.tutor, made.world.student):
        [lesson] = await made.lessons(user)
        times = [lesson[name] for name in ("local_start", "zone", "starts_at", "ends_at")]
        assert times == [
            "2026-10-19T17:00:00", zone, "2026-10-19T11:30:00Z", "2026-10-19T12:30:00Z"
        ]  # fmt: skip
    [told] = await made.events("studyzed.lesson.scheduled")
    assert told["starts_at"] == "2026-10-19T11:30:00Z"
    moved = await made.patch(f"/v1/lessons/{lesson['id']}", {"local_start": "2026-10-20T00:15"})
    assert moved["lesson"]["starts_at"] == "2026-10-19T18:45:00Z"
    path = f"/v1/lessons/{lesson['id']}/calendar"
    answer = await made.world.client.get(path, headers=made.world.student.headers)
    assert answer.status_code == 200
    assert "DTSTART;TZID=Asia/Kolkata:20261020T001500" in answer.text


@pytest.mark.parametrize("start", ["2026-10-19T17:00:00Z", "2026-10-19T17:00:00+05:30"])
async def test_r21_a_local_time_with_an_offset_is_refused(made: Class, start: str) -> None:
    """So nobody sends an instant where a time of day is meant."""
    refused = await made.weekly(start, zone="Asia/Kolkata", rule=None, expect=422)
    assert [one["pointer"] for one in refused["fields"]] == ["/local_start"]


async def test_r21_today_is_the_class_s_day(made: Class) -> None:
    """It is 09:00Z: 14:30 in Kolkata. What was at 14:29 there has passed, 14:31 lies ahead; taken
    for UTC, both would lie ahead.
    """
    late = await made.weekly("2026-10-01T14:29", zone="Asia/Kolkata", rule=None, expect=422)
    assert late["fields"][0]["code"] == "start_in_the_past"
    made_now = await made.weekly("2026-10-01T14:31", zone="Asia/Kolkata", rule=None)
    assert len(made_now["lesson_ids"]) == 1
