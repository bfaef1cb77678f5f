"""Rights about lessons."""

from datetime import timedelta
from typing import Any

from tests.access.session_rights import CLASS, SEEN, TAUGHT, TUTORS_ONLY, answers, helped, taught
from tests.access.table import Row
from tests.session_service.world import World

SERIES = {
    "study_session_id": "{study_session_id}",
    "title": "Algebra",
    "local_start": "{soon}",
    "zone": "Europe/Berlin",
    "rule": "FREQ=WEEKLY;COUNT=4",
}
LESSON = "/v1/lessons/{lesson_id}"

ROWS = [
    Row("POST", "/v1/lesson-series", answers(404, **taught(201), **TUTORS_ONLY), body=SERIES),
    Row("GET", "/v1/lesson-series", answers(200)),
    Row("GET", "/v1/lesson-series/{series_id}", SEEN),
    Row("PATCH", "/v1/lesson-series/{series_id}", TAUGHT, body={"title": "Geometry"}),
    Row("GET", "/v1/lessons", answers(200)),
    Row(
        "GET",
        "/v1/lessons/conflicts",
        TAUGHT | helped(200),
        query="?study_session_id={study_session_id}",
    ),
    Row("GET", LESSON, SEEN),
    Row("PATCH", LESSON, TAUGHT, body={"title": "Geometry"}),
    Row("POST", f"{LESSON}/cancellation", TAUGHT),
    Row("DELETE", f"{LESSON}/cancellation", TAUGHT, instead={"lesson_id": "cancelled_id"}),
    Row("PATCH", f"{LESSON}/following", TAUGHT, body={"title": "Geometry"}),
    Row("POST", f"{LESSON}/following/cancellation", TAUGHT),
    Row(
        "POST",
        f"{CLASS}/holidays",
        answers(404, **taught(201), **TUTORS_ONLY),
        body={"holidays": [{"name": "Diwali", "first_on": "2026-11-08"}]},
    ),
    Row("GET", f"{CLASS}/holidays", SEEN),
    Row("DELETE", "/v1/holidays/{holiday_id}", TAUGHT),
]


async def values(made: World, of: dict[str, Any]) -> dict[str, str]:
    """A series with a cancelled lesson, and a day on which the class does not meet."""
    soon = (made.clock.now() + timedelta(days=2)).strftime("%Y-%m-%dT17:00")
    series = await made.series(of, soon)
    cancelled = series["lesson_ids"][1]
    await made.post(made.tutor, f"/v1/lessons/{cancelled}/cancellation", expect=200)
    days = {"holidays": [{"name": "Holi", "first_on": "2027-03-22"}]}
    holidays = await made.post(made.tutor, f"/v1/study-sessions/{of['id']}/holidays", days)
    return {
        "soon": soon,
        "series_id": series["series"]["id"],
        "lesson_id": series["lesson_ids"][0],
        "cancelled_id": cancelled,
        "holiday_id": holidays["holidays"][0]["id"],
    }
