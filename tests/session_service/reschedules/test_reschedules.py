"""Another time, or a lesson made up for (S28)."""

from collections import Counter
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest

from tests.session_service.bookings.world import Bookable, bookable, together
from tests.stack import Stack, User


@pytest.fixture
async def made(stack: Stack) -> AsyncIterator[Bookable]:
    async with bookable(stack) as found:
        yield found


async def ask(
    made: Bookable, user: User, lesson_id: str, number: int | None = None
) -> httpx.Response:
    """Asks for another time."""
    proposed = None if number is None else made.slot(number)
    body = {"proposed_at": proposed, "reason": "A match."}
    return await made.ask(user, "POST", f"/lessons/{lesson_id}/reschedules", body)


async def asked(made: Bookable, user: User, lesson_id: str, number: int | None = None) -> str:
    answer = await ask(made, user, lesson_id, number)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def accept(made: Bookable, reschedule_id: str, outcome: str) -> httpx.Response:
    path = f"/reschedules/{reschedule_id}/acceptance"
    return await made.ask(made.world.tutor, "POST", path, {"outcome": outcome, "note": "Fine."})


async def class_lesson(made: Bookable) -> dict[str, Any]:
    """A lesson of the whole class, on the last half hour of the day."""
    body = {
        "title": "Algebra",
        "local_start": made.slot(47).replace("+00:00", ""),
        "zone": "UTC",
        "minutes": 30,
    }
    body["study_session_id"] = made.made["id"]
    answer = await made.ask(made.world.tutor, "POST", "/lesson-series", body)
    assert answer.status_code == 201, answer.text
    query = {"from": made.slot(47), "to": made.slot(48)}
    found = await made.ask(made.world.tutor, "GET", "/lessons", params=query)
    return dict(found.json()["items"][0])


async def test_s28_a_booked_lesson_moves(made: Bookable) -> None:
    me = made.world.student
    booked = await made.booked(me, 2)
    wish = await asked(made, me, booked["lesson_id"], 9)
    assert (await ask(made, me, booked["lesson_id"], 8)).json()["code"] == "reschedule_open"
    answer = await accept(made, wish, "moved")
    assert answer.status_code == 200, answer.text
    found = answer.json()
    assert (found["state"], found["outcome"], found["note"]) == ("accepted", "moved", "Fine.")
    moved = (await made.ask(me, "GET", f"/bookings/{booked['id']}")).json()
    assert moved == booked | {
        "starts_at": made.slot(9).replace("+00:00", "Z"),
        "ends_at": made.slot(10).replace("+00:00", "Z"),
    }
    free = await made.free(me)
    assert booked["starts_at"] in free
    assert moved["starts_at"] not in free
    told = await made.world.published()
    assert told.count("studyzed.reschedule.requested") == 1
    assert told.count("studyzed.reschedule.decided") == 1


async def test_s28_nothing_moves_onto_what_is_booked(made: Bookable) -> None:
    me = made.world.student
    booked = await made.booked(me, 2)
    await made.booked(made.second, 9)
    wish = await asked(made, me, booked["lesson_id"], 9)
    refused = await accept(made, wish, "moved")
    assert (refused.status_code, refused.json()["code"]) == (409, "slot_taken")
    shown = await made.ask(me, "GET", "/reschedules", params={"state": "open"})
    assert [one["id"] for one in shown.json()["items"]] == [wish]
    still = (await made.ask(me, "GET", f"/bookings/{booked['id']}")).json()
    assert still == booked


async def test_s28_a_move_and_a_booking_race_for_one_time(made: Bookable) -> None:
    me = made.world.student
    booked = await made.booked(me, 2)
    wish = await asked(made, me, booked["lesson_id"], 9)
    found = await together(accept(made, wish, "moved"), made.book(made.second, 9))
    assert found in (
        Counter({"200": 1, "409 slot_taken": 1}),
        Counter({"201": 1, "409 slot_taken": 1}),
    )


async def test_s28_a_lesson_of_the_class_is_made_up_for(made: Bookable) -> None:
    await made.set(needs_credit=True)
    me = made.world.student
    lesson = await class_lesson(made)
    wish = await asked(made, me, lesson["id"])
    refused = await accept(made, wish, "moved")
    assert (refused.status_code, refused.json()["code"]) == (409, "cannot_move")
    assert (await accept(made, wish, "credit")).json()["outcome"] == "credit"
    [credit] = (await made.ask(me, "GET", "/credits")).json()["items"]
    assert credit["lesson_id"] == lesson["id"]
    again = await asked(made, me, lesson["id"])
    assert (await accept(made, again, "credit")).status_code == 200
    assert len((await made.ask(me, "GET", "/credits")).json()["items"]) == 1
    await made.booked(me, 0, credit_id=credit["id"])
    shown = await made.ask(made.second, "GET", f"/lessons/{lesson['id']}")
    assert shown.json()["state"] == "scheduled"


async def test_s28_a_booked_lesson_becomes_a_credit(made: Bookable) -> None:
    me = made.world.student
    booked = await made.booked(me, 2)
    wish = await asked(made, me, booked["lesson_id"])
    assert (await accept(made, wish, "credit")).status_code == 200
    shown = (await made.ask(me, "GET", f"/bookings/{booked['id']}")).json()
    assert shown["state"] == "cancelled"
    [credit] = (await made.ask(me, "GET", "/credits")).json()["items"]
    assert credit["lesson_id"] == booked["lesson_id"]


async def test_s28_one_answer_counts(made: Bookable) -> None:
    me = made.world.student
    booked = await made.booked(me, 2)
    wish = await asked(made, me, booked["lesson_id"])
    refusal = f"/reschedules/{wish}/refusal"
    calls = [
        *(accept(made, wish, "credit") for _ in range(3)),
        *(made.ask(made.world.tutor, "POST", refusal, {"note": "No."}) for _ in range(3)),
        *(made.ask(me, "POST", f"/reschedules/{wish}/withdrawal") for _ in range(3)),
    ]
    assert await together(*calls) == Counter({"200": 1, "409 reschedule_closed": 8})
    [found] = (await made.ask(me, "GET", "/reschedules")).json()["items"]
    given = (await made.ask(me, "GET", "/credits")).json()["items"]
    assert len(given) == (1 if found["state"] == "accepted" else 0)


async def test_s28_who_may_ask_and_answer(made: Bookable, stack: Stack) -> None:
    me = made.world.student
    booked = await made.booked(me, 2)
    foreign = await ask(made, made.second, booked["lesson_id"])
    assert (foreign.status_code, foreign.json()["code"]) == (404, "lesson_not_found")
    wish = await asked(made, me, booked["lesson_id"])
    other = stack.as_user("tutor")
    for path in ("acceptance", "refusal"):
        body = {"outcome": "credit"} if path == "acceptance" else {}
        answer = await made.ask(other, "POST", f"/reschedules/{wish}/{path}", body)
        assert (answer.status_code, answer.json()["code"]) == (404, "reschedule_not_found")
    answer = await made.ask(made.second, "POST", f"/reschedules/{wish}/withdrawal")
    assert answer.status_code == 404
    assert (await made.ask(made.second, "GET", "/reschedules")).json()["items"] == []


async def test_s28_what_is_over_is_over(made: Bookable) -> None:
    me = made.world.student
    booked = await made.booked(me, 2)
    wish = await asked(made, me, booked["lesson_id"], 9)
    made.world.clock.move(made.day - made.world.clock.now())
    past = await ask(made, me, booked["lesson_id"], -48)
    assert (past.status_code, past.json()["code"]) == (409, "cannot_move")
    hour = (await made.ask(me, "GET", f"/bookings/{booked['id']}")).json()
    made.world.clock.move(_until(made, hour["starts_at"]))
    late = await accept(made, wish, "moved")
    assert (late.status_code, late.json()["code"]) == (409, "lesson_over")
    assert (await ask(made, me, booked["lesson_id"])).json()["code"] == "lesson_over"


def _until(made: Bookable, instant: str) -> timedelta:
    return datetime.fromisoformat(instant) - made.world.clock.now()
