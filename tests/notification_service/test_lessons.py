"""What people are told of lessons, in their own zones."""

from datetime import UTC, date, datetime

from libs.events import session_lessons as events
from libs.events.base import Event
from libs.ids import new_id
from libs.mongo import Mongo
from libs.pagination import PageRequest
from notification_service.notifications import service
from notification_service.rules.table import RULES
from tests.notification_service.world import Class, from_kafka, handle, registered

WINTER = datetime(2026, 10, 26, 16, tzinfo=UTC)
SUMMER = datetime(2026, 10, 19, 15, tzinfo=UTC)


async def bodies(mongo: Mongo, account_id: object) -> list[str]:
    async with mongo.reads() as session:
        shown, _ = await service.list_page(session, account_id, PageRequest(None, 100))  # type: ignore[arg-type]
    return [one.body for one in reversed(shown)][1:]  # without the welcome


async def test_s_a2_everybody_reads_of_lessons_in_their_own_zone(mongo: Mongo) -> None:
    room, student, observer, absent = Class.new(), new_id(), new_id(), new_id()
    told = {**room.fields, "told_ids": (room.tutor_id, observer)}
    lesson = {
        **told, "lesson_id": new_id(), "series_id": new_id(), "tutor_id": room.tutor_id,
        "starts_at": WINTER, "ends_at": WINTER,
    }  # fmt: skip
    series = {
        **told, "series_id": new_id(), "tutor_id": room.tutor_id, "lesson_ids": (new_id(),),
        "starts_at": WINTER,
    }  # fmt: skip
    days = {**told, "lesson_ids": (), "first_on": date(2026, 11, 8), "last_on": date(2026, 11, 9)}
    happened: list[Event] = [
        events.LessonScheduled(**lesson),
        events.LessonMoved(**lesson, old_starts_at=SUMMER),
        events.LessonCancelled(**lesson),
        events.SeriesScheduled(**series),
        events.SeriesChanged(**series, previous_id=None, dropped_ids=()),
        events.SeriesEnded(**series),
        events.SeriesShifted(**series),
        events.HolidaysAdded(**days, holiday_ids=(new_id(),)),
        events.HolidayRemoved(**days, holiday_id=new_id()),
        events.LessonHourShifts(
            **room.fields, lesson_id=new_id(), account_ids=(student,),
            starts_at=WINTER, previous_at=SUMMER,
        ),
    ]  # fmt: skip
    assert {type(event) for event in happened} == {
        event for event in RULES if event.__module__ == events.__name__
    }
    people = [
        registered(student, zone="Asia/Kolkata"), registered(room.tutor_id, zone="Europe/Berlin"),
        registered(observer), registered(absent), room.created(), room.joined(student),
    ]  # fmt: skip
    await handle(mongo, [from_kafka(event) for event in [*people, *happened]])
    code = room.code

    def expected(start: str, before: str) -> list[str]:
        return [
            f"Class {code} has a lesson on {start}.",
            f"Class {code} meets on {start} instead of {before}.",
            f"The lesson of class {code} on {start} is cancelled.",
            f"Class {code} has new lessons, the first on {start}.",
            f"Class {code} has other times from {start} on.",
            f"Lessons of class {code} are cancelled from {start} on.",
            f"New rules for clocks move lessons of class {code} from {start} on.",
            f"Class {code} has holidays between 2026-11-08 and 2026-11-09.",
            f"Class {code} has lessons from 2026-11-08 to 2026-11-09 after all.",
        ]

    kolkata = ("2026-10-26 21:30 (Asia/Kolkata)", "2026-10-19 20:30 (Asia/Kolkata)")
    assert await bodies(mongo, student) == [
        f"You are now a student of class {code}.",
        *expected(*kolkata),
        f"For you class {code} meets at another hour from {kolkata[0]} on; before, it was on "
        f"{kolkata[1]}.",
    ]
    berlin = ("2026-10-26 17:00 (Europe/Berlin)", "2026-10-19 17:00 (Europe/Berlin)")
    assert await bodies(mongo, room.tutor_id) == expected(*berlin)
    assert await bodies(mongo, observer) == expected(
        "2026-10-26 16:00 (UTC)", "2026-10-19 15:00 (UTC)"
    )
    assert await bodies(mongo, absent) == []
