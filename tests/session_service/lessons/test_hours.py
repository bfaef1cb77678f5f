"""People hear the week before that a lesson is at another hour for them (S-A2)."""

from datetime import UTC, datetime

from libs.events.user import AccountRegistered
from session_service.lessons import jobs
from tests.session_service.schedule import Class
from tests.stack import User


async def lives(made: Class, user: User, zone: str) -> None:
    """Tells of a person's zone."""
    await made.world.handle(
        AccountRegistered(
            account_id=user.id, user_code=user.code, role="student", name="N", email="a@b.example",
            locale="en", zone=zone, revision=1,
        )
    )  # fmt: skip


async def tell(made: Class, at: datetime) -> list[tuple[list[str], str, str]]:
    """Runs the job at a time; what has been told since the beginning."""
    made.world.clock.at = at
    for _ in range(2):
        await jobs.tell_of_hours(made.world.parts.database, jobs.TellOfHours())
    return [
        (one["account_ids"], one["previous_at"][5:16], one["starts_at"][5:16])
        for one in await made.events("studyzed.lesson.hour_shifts")
    ]


async def test_s_a2_kolkata_is_told_the_week_before_berlin_changes(made: Class) -> None:
    await lives(made, made.world.tutor, "Europe/Berlin")
    await lives(made, made.world.student, "Asia/Kolkata")
    await lives(made, made.other, "Africa/Lagos")
    await made.weekly()
    early = datetime(2026, 10, 19, 15, 59, tzinfo=UTC)
    assert await tell(made, early) == []
    at = datetime(2026, 10, 19, 16, 0, tzinfo=UTC)  # a week before the lesson of 26 October
    times = ("10-19T15:00", "10-26T16:00")
    expected = [
        ([str(made.other.id)], *times),
        ([str(made.world.student.id)], *times),
    ]
    assert await tell(made, at) == expected
    assert await tell(made, datetime(2026, 11, 20, tzinfo=UTC)) == expected


async def test_s_a2_a_tutor_without_summer_time_s_students_are_told(made: Class) -> None:
    """Nothing changes in UTC, but Berlin's clocks do."""
    await lives(made, made.world.tutor, "Asia/Kolkata")
    await lives(made, made.world.student, "Europe/Berlin")
    await made.weekly("2026-10-19T20:30", zone="Asia/Kolkata")
    at = datetime(2026, 10, 20, tzinfo=UTC)
    assert await tell(made, at) == [([str(made.world.student.id)], "10-19T15:00", "10-26T15:00")]


async def test_s_a2_who_moved_a_lesson_told_of_it_already(made: Class) -> None:
    await lives(made, made.world.student, "Asia/Kolkata")
    await made.weekly()
    second = (await made.lessons())[1]
    await made.patch(f"/v1/lessons/{second['id']}", {"local_start": "2026-10-27T10:00"})
    assert await tell(made, datetime(2026, 11, 20, tzinfo=UTC)) == []


async def test_s_a2_an_unknown_zone_counts_as_utc(made: Class) -> None:
    await lives(made, made.world.student, "Mars/Base")
    await made.weekly()
    told = await tell(made, datetime(2026, 10, 20, tzinfo=UTC))
    assert [one[0] for one in told] == [[str(made.world.student.id)]]
