"""Rights about bookings, make-up credits, requests for another time and calendars."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from tests.access.session_rights import (
    CLASS,
    TAUGHT,
    TUTORS_ONLY,
    answers,
    of_one_student,
    seen,
    taught,
)
from tests.access.table import Row
from tests.session_service.bookings.world import AVAILABLE
from tests.session_service.world import World

LOOK = "?from={slot}&to={later}"


TUTORS = ("tutor", "owner", "co_tutor", "assistant")
BY_STUDENT = {"student": 404, "observer": 404}
OWN = answers(403, **BY_STUDENT, member=200, classmate=404)

ROWS = [
    Row(
        "GET",
        "/v1/me/availability",
        answers(403, **dict.fromkeys(TUTORS, 404) | {"owner": 200}),
    ),
    Row(
        "PUT",
        "/v1/me/availability",
        answers(403, **dict.fromkeys(TUTORS, 200)),
        body=AVAILABLE,
    ),
    Row("GET", f"{CLASS}/slots", answers(404, **seen(200)), query=LOOK),
    Row(
        "POST",
        f"{CLASS}/bookings",
        answers(403, **BY_STUDENT, member=201),
        body={"starts_at": "{slot}"},
    ),
    Row("GET", "/v1/bookings", answers(200)),
    Row("GET", "/v1/bookings/{booking_id}", answers(404, **of_one_student(200))),
    Row(
        "POST",
        "/v1/bookings/{booking_id}/cancellation",
        answers(404, **taught(200), member=200, classmate=404),
        body={},
    ),
    Row(
        "POST",
        "/v1/bookings/{booking_id}/move",
        TAUGHT,
        body={"starts_at": "{later}"},
    ),
    Row(
        "POST",
        f"{CLASS}/credits",
        answers(404, **taught(201), **TUTORS_ONLY),
        body={"student_id": "{student_id}"},
    ),
    Row("GET", "/v1/credits", answers(200)),
    Row("POST", "/v1/credits/{credit_id}/revocation", TAUGHT),
    Row(
        "POST",
        "/v1/lessons/{lesson_id}/reschedules",
        OWN | {"member": 201},
        body={},
        instead={"lesson_id": "free_lesson_id"},
    ),
    Row("GET", "/v1/reschedules", answers(200)),
    Row(
        "POST",
        "/v1/reschedules/{reschedule_id}/acceptance",
        TAUGHT,
        body={"outcome": "credit"},
    ),
    Row("POST", "/v1/reschedules/{reschedule_id}/refusal", TAUGHT, body={}),
    Row("POST", "/v1/reschedules/{reschedule_id}/withdrawal", OWN),
    Row("GET", "/v1/me/calendar-feed", answers(404, owner=200)),
    Row("POST", "/v1/me/calendar-feed", answers(201), own_login=True),
    Row("DELETE", "/v1/me/calendar-feed", answers(204), own_login=True),
    Row("GET", "/v1/calendars/{secret}.ics", answers(200) | {"nobody": 200}),
    Row(
        "GET",
        "/v1/lessons/{lesson_id}/calendar",
        answers(404, **of_one_student(200)),
        instead={"lesson_id": "free_lesson_id"},
    ),
]


async def values(made: World, active: Mapping[str, Any]) -> dict[str, str]:
    """Two lessons that the member has booked, about one of which there is a request."""
    answer = await made.client.put(
        "/v1/me/availability", json=AVAILABLE, headers=made.tutor.headers
    )
    assert answer.status_code == 200, answer.text
    day = made.clock.now() + timedelta(days=2)
    day = day.replace(hour=0, minute=0, second=0, microsecond=0)
    slots = [(day + number * timedelta(minutes=30)).isoformat() for number in range(5)]
    path = f"/v1/study-sessions/{active['id']}"
    booked = [
        await made.post(made.student, f"{path}/bookings", {"starts_at": slot}) for slot in slots[:2]
    ]
    credit = await made.post(made.tutor, f"{path}/credits", {"student_id": str(made.student.id)})
    asked = await made.post(made.student, f"/v1/lessons/{booked[0]['lesson_id']}/reschedules", {})
    feed = await made.post(made.tutor, "/v1/me/calendar-feed")
    return {
        "slot": slots[2].replace("+00:00", "Z"),
        "later": slots[4].replace("+00:00", "Z"),
        "booking_id": booked[0]["id"],
        "free_lesson_id": booked[1]["lesson_id"],
        "credit_id": credit["id"],
        "reschedule_id": asked["id"],
        "student_id": str(made.student.id),
        "secret": feed["url"].rpartition("/")[2].removesuffix(".ics"),
    }
