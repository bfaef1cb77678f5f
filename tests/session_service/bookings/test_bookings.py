"""Booking a teacher: what is free, who gets it, and how it is called off (S27)."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from tests.session_service.bookings.world import AVAILABLE, Bookable, bookable, together
from tests.stack import Stack, User


@pytest.fixture
async def made(stack: Stack) -> AsyncIterator[Bookable]:
    async with bookable(stack) as found:
        yield found


async def count(made: Bookable, table: str) -> int:
    async with made.world.parts.database.transaction() as session:
        return int(await session.scalar(text(f"SELECT count(*) FROM {table}")) or 0)  # noqa: S608


async def lessons_of(made: Bookable, user: User) -> list[str]:
    query = {"from": made.slot(0), "to": made.slot(48)}
    answer = await made.ask(user, "GET", "/lessons", params=query)
    assert answer.status_code == 200, answer.text
    return [one["id"] for one in answer.json()["items"] if one["state"] == "scheduled"]


async def test_s27_a_booked_slot_is_a_lesson_for_two(made: Bookable) -> None:
    world = made.world
    assert len(await made.free(world.student)) == 48
    booked = await made.booked(world.student, 4, note="Fractions, please.")
    assert booked["starts_at"] == made.slot(4).replace("+00:00", "Z")
    assert booked["state"] == "booked"
    assert booked["tutor_id"] == str(world.tutor.id)
    free = await made.free(world.student)
    assert len(free) == 47
    assert booked["starts_at"] not in free
    assert await made.free(made.second) == free
    lesson = [booked["lesson_id"]]
    assert await lessons_of(made, world.student) == lesson
    assert await lessons_of(made, world.tutor) == lesson
    assert await lessons_of(made, made.second) == []
    assert (await made.ask(made.second, "GET", f"/lessons/{lesson[0]}")).status_code == 404
    assert (await made.ask(made.second, "GET", f"/bookings/{booked['id']}")).status_code == 404
    shown = await made.ask(world.tutor, "GET", f"/bookings/{booked['id']}")
    assert shown.json() == booked
    listed = await made.ask(world.student, "GET", "/bookings")
    assert listed.json()["items"] == [booked]
    assert "studyzed.booking.made" in await world.published()


async def test_s27_a_hundred_attempts_book_a_slot_once(made: Bookable, stack: Stack) -> None:
    students = [made.world.student, made.second]
    for _ in range(8):
        students.append(stack.as_user("student"))
        await made.world.member(made.made, students[-1])
    tries = [made.book(student, 7) for student in students for _ in range(10)]
    assert await together(*tries) == Counter({"201": 1, "409 slot_taken": 99})
    assert (await count(made, "bookings"), await count(made, "lessons")) == (1, 1)
    assert (await made.world.published()).count("studyzed.booking.made") == 1


async def test_s27_a_student_is_in_one_place_at_a_time(made: Bookable, stack: Stack) -> None:
    other = stack.as_user("tutor")
    async with made.world.parts.database.transaction() as session:
        await session.execute(
            text(
                "INSERT INTO class_roles (id, study_session_id, account_id, user_code, role, "
                "state, invited_at, revision) VALUES (gen_random_uuid(), "
                "CAST(:class AS uuid), :who, 'X', 'co_tutor', 'active', now(), 1)"
            ),
            {"class": made.made["id"], "who": other.id},
        )
    await made.set(other)
    me = made.world.student
    theirs = {"tutor_id": str(other.id)}
    found = await together(*(made.book(me, 3, **more) for more in ({}, theirs) for _ in range(5)))
    assert found == Counter({"201": 1, "409 slot_taken": 9})
    assert (await made.book(made.second, 3, **theirs)).status_code in (201, 409)
    assert await count(made, "lessons") == 2


async def test_s27_who_cannot_be_booked(made: Bookable, stack: Stack) -> None:
    stranger = stack.as_user("tutor")
    await made.set(stranger)
    refused = await made.book(made.world.student, 0, tutor_id=str(stranger.id))
    assert (refused.status_code, refused.json()["code"]) == (404, "availability_not_found")
    outsider = await made.book(stack.as_user("student"), 0)
    assert (outsider.status_code, outsider.json()["code"]) == (404, "study_session_not_found")


@pytest.mark.parametrize(
    ("minutes", "status"), [(60, 201), (59, 409), (61, 409), (60 * 24 * 90, 409)]
)
async def test_s27_only_what_is_offered_can_be_booked(
    made: Bookable, minutes: int, status: int
) -> None:
    """The clock stands at a full half hour, so that 60 minutes from now is a slot."""
    world = made.world
    now = world.clock.now()
    world.clock.move(timedelta(minutes=30) - timedelta(
        minutes=now.minute % 30, seconds=now.second, microseconds=now.microsecond
    ))  # fmt: skip
    body = {"starts_at": (world.clock.now() + timedelta(minutes=minutes)).isoformat()}
    path = f"/study-sessions/{made.made['id']}/bookings"
    assert (await made.ask(world.student, "POST", path, body)).status_code == status


@pytest.mark.parametrize(
    "wrong",
    [
        {"zone": "IST"},
        {"slot_minutes": 5},
        {"windows": [{"weekday": "MO", "start": "10:00", "end": "09:00"}]},
        {"windows": [{"weekday": "MO", "start": "10:00", "end": "10:20"}]},
        {"windows": [{"weekday": "XX", "start": "10:00", "end": "12:00"}]},
        {
            "windows": [
                {"weekday": "MO", "start": "10:00", "end": "12:00"},
                {"weekday": "MO", "start": "11:30", "end": "13:00"},
            ]
        },
    ],
)
async def test_availability_that_makes_no_sense_is_refused(
    made: Bookable, wrong: dict[str, object]
) -> None:
    answer = await made.ask(made.world.tutor, "PUT", "/me/availability", AVAILABLE | wrong)
    assert answer.status_code == 422
    shown = await made.ask(made.world.tutor, "GET", "/me/availability")
    assert shown.json()["zone"] == "UTC"
    assert shown.headers["ETag"] == '"1"'


async def test_availability_is_not_overwritten_unseen(made: Bookable) -> None:
    me = made.world.tutor.headers
    calls = [
        made.world.client.put(
            "/v1/me/availability",
            json=AVAILABLE | {"buffer_minutes": number},
            headers=me | {"If-Match": '"1"'},
        )
        for number in range(1, 6)
    ]
    assert await together(*calls) == Counter({"200": 1, "412 stale": 4})


async def test_s27_a_credit_books_once(made: Bookable) -> None:
    await made.set(needs_credit=True)
    me = made.world.student
    assert (await made.book(me)).json()["code"] == "credit_needed"
    credit = await made.credit()
    theirs = await made.book(made.second, 1, credit_id=credit)
    assert theirs.json()["code"] == "credit_spent"
    found = await together(*(made.book(me, number, credit_id=credit) for number in range(10)))
    assert found == Counter({"201": 1, "409 credit_spent": 9})
    assert await count(made, "lessons") == 1


async def test_s27_a_student_calls_off_in_time_and_gets_the_credit_back(made: Bookable) -> None:
    await made.set(needs_credit=True)
    me, credit = made.world.student, await made.credit()
    first = await made.booked(me, 0, credit_id=credit)
    path = f"/bookings/{first['id']}/cancellation"
    off = await made.ask(me, "POST", path, {"reason": "Ill."})
    assert off.json() == first | {
        "state": "cancelled",
        "cancelled_at": off.json()["cancelled_at"],
        "cancelled_by": str(me.id),
        "reason": "Ill.",
    }
    assert await lessons_of(made, me) == []
    again = await made.booked(me, 0, credit_id=credit)
    made.world.clock.move(made.day - made.world.clock.now() - timedelta(minutes=59))
    path = f"/bookings/{again['id']}/cancellation"
    late = await made.ask(me, "POST", path, {})
    assert (late.status_code, late.json()["code"]) == (409, "too_late_to_cancel")
    assert (await made.ask(made.world.tutor, "POST", path, {})).status_code == 200


async def test_s28_a_teacher_who_calls_off_owes_a_lesson_once(made: Bookable) -> None:
    me, tutor = made.world.student, made.world.tutor
    booked = await made.booked(me)
    path = f"/bookings/{booked['id']}/cancellation"
    found = await together(*(made.ask(tutor, "POST", path, {}) for _ in range(10)))
    assert found == Counter({"200": 1, "409 booking_closed": 9})
    [credit] = (await made.ask(me, "GET", "/credits")).json()["items"]
    assert (credit["lesson_id"], credit["booking_id"]) == (booked["lesson_id"], None)
    assert (await made.ask(made.second, "GET", "/credits")).json()["items"] == []
    told = await made.world.published()
    assert told.count("studyzed.booking.cancelled") == told.count("studyzed.credit.granted") == 1


async def test_s27_a_lesson_that_has_begun_cannot_be_called_off(made: Bookable) -> None:
    booked = await made.booked(made.world.student)
    made.world.clock.move(made.day - made.world.clock.now())
    path = f"/bookings/{booked['id']}/cancellation"
    late = await made.ask(made.world.tutor, "POST", path, {})
    assert (late.status_code, late.json()["code"]) == (409, "booking_closed")


@pytest.mark.parametrize("path", ["/bookings/{}", "/bookings/{}/cancellation"])
async def test_a_booking_is_nobody_elses(made: Bookable, stack: Stack, path: str) -> None:
    booked = await made.booked(made.world.student)
    method = "POST" if path.endswith("cancellation") else "GET"
    body: dict[str, str] | None = {} if method == "POST" else None
    for user in (made.second, stack.as_user("tutor"), stack.as_user("student")):
        answer = await made.ask(user, method, path.format(booked["id"]), body)
        assert (answer.status_code, answer.json()["code"]) == (404, "booking_not_found")
    assert await count(made, "bookings WHERE cancelled_at IS NOT NULL") == 0


@settings(
    max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    steps=st.lists(
        st.tuples(
            st.sampled_from(["book", "book", "cancel"]), st.integers(0, 1), st.integers(0, 3)
        ),
        min_size=6,
        max_size=14,
    )
)
async def test_s27_no_teacher_and_no_student_is_ever_booked_twice(
    made: Bookable, steps: list[tuple[str, int, int]]
) -> None:
    """Whatever is tried at once: lessons that stand never overlap, and bookings agree with them."""
    people = [made.world.student, made.second]

    async def step(kind: str, who: int, number: int) -> None:
        if kind == "book":
            await made.book(people[who], number)
            return
        for one in (await made.ask(people[who], "GET", "/bookings")).json()["items"]:
            await made.ask(people[who], "POST", f"/bookings/{one['id']}/cancellation", {})

    await asyncio.gather(*(step(*one) for one in steps))
    async with made.world.parts.database.transaction() as session:
        overlaps = await session.scalar(
            text(
                "SELECT count(*) FROM lessons a JOIN lessons b ON a.id < b.id "
                "AND a.starts_at < b.ends_at AND b.starts_at < a.ends_at "
                "AND (a.teacher_id = b.teacher_id OR a.student_id = b.student_id) "
                "WHERE a.state = 'scheduled' AND b.state = 'scheduled'"
            )
        )
        orphans = await session.scalar(
            text(
                "SELECT count(*) FROM bookings b JOIN lessons l ON l.id = b.lesson_id "
                "WHERE (b.cancelled_at IS NULL) <> (l.state = 'scheduled')"
            )
        )
    assert (overlaps, orphans) == (0, 0)
