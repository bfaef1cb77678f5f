"""Rights in session_service."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from fastapi import FastAPI

from libs.clock import FixedClock
from libs.events.user import AccountBlocked
from session_service.app import create_app
from session_service.settings import Settings
from tests.access import session_attendance, session_bookings, session_material
from tests.access.table import NOBODY, Row, Values, World, nowhere, postgres_fingerprint
from tests.session_service.world import World as Classes
from tests.session_service.world import open_on
from tests.stack import Stack, User

CALLERS = {
    *("nobody", "student", "tutor", "admin"),
    *("owner", "co_tutor", "assistant", "member", "classmate", "observer"),
}
"""`owner` teaches the class, `co_tutor` and `assistant` (tutors) have these roles in it, `member`
and `classmate` attend it, `observer` (a student's account) observes the member. The work, the marks
and all else that is one student's are the member's. The others have no tie to the class. Where an
offer is asked for, `heir` is whom it was made to.
"""


HOLDERS = ("co_tutor", "assistant", "observer")


def answers(base: int, **others: int) -> dict[str, int]:
    """The same status for everybody, but for nobody (401) and those named; the classmate gets what
    the member gets.
    """
    classmate = others.get("member", base)
    return dict.fromkeys(CALLERS, base) | {"nobody": 401, "classmate": classmate} | others


def taught(status: int) -> dict[str, int]:
    """What who teaches in the class gets: the owner and the co-tutor."""
    return {"owner": status, "co_tutor": status}


def helped(status: int) -> dict[str, int]:
    """What who teaches or helps in the class gets."""
    return taught(status) | {"assistant": status}


def seen(status: int) -> dict[str, int]:
    """What everybody who belongs to the class gets."""
    return helped(status) | {"member": status, "observer": status}


def of_one_student(status: int) -> dict[str, int]:
    """What everybody of the class gets but the other students: it is one student's."""
    return seen(status) | {"classmate": 404}


TUTORS_ONLY = {"student": 403, "member": 403, "observer": 403, "admin": 403}
TASK = {
    "study_session_id": "{study_session_id}",
    "title": "Fractions",
    "due_at": "2999-01-01T00:00:00Z",
}
COPY = {"shift_days": 182}
IMAGE = {"content_type": "image/png", "size": 100}
CLASS = "/v1/study-sessions/{study_session_id}"

SERIES = {
    "study_session_id": "{study_session_id}",
    "title": "Algebra",
    "local_start": "{soon}",
    "zone": "Europe/Berlin",
    "rule": "FREQ=WEEKLY;COUNT=4",
}
SEEN = answers(404, **seen(200))
TAUGHT = answers(404, **taught(200), **TUTORS_ONLY)
LESSON = "/v1/lessons/{lesson_id}"
LESSONS = [
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

ROWS = [
    *session_bookings.rows(answers, taught, seen, of_one_student, TUTORS_ONLY),
    *LESSONS,
    Row("POST", "/v1/study-sessions", answers(201, **TUTORS_ONLY), body={"name": "Maths"}),
    Row("GET", "/v1/study-sessions", answers(200)),
    Row("GET", CLASS, answers(404, **seen(200), admin=200)),
    Row(
        "POST",
        f"{CLASS}/approval",
        answers(403, admin=200),
        instead={"study_session_id": "waiting_id"},
        own_login=True,
    ),
    Row(
        "POST",
        f"{CLASS}/rejection",
        answers(403, admin=200),
        body={"reason": "Not for this place."},
        instead={"study_session_id": "waiting_id"},
        own_login=True,
    ),
    Row(
        "GET",
        f"{CLASS}/rejection",
        answers(404, owner=200, **TUTORS_ONLY | {"admin": 200}),
        instead={"study_session_id": "rejected_id"},
    ),
    Row("GET", "/v1/admin/approvals", answers(403, admin=200), own_login=True),
    Row(
        "POST",
        f"{CLASS}/submission",
        answers(404, owner=200, **TUTORS_ONLY),
        instead={"study_session_id": "draft_id"},
    ),
    Row("PATCH", CLASS, answers(404, owner=200, **TUTORS_ONLY), body={"name": "Algebra"}),
    Row("POST", f"{CLASS}/pause", answers(404, owner=200, **TUTORS_ONLY)),
    Row("POST", f"{CLASS}/resume", answers(404, owner=200, **TUTORS_ONLY)),
    Row("POST", f"{CLASS}/end", answers(404, owner=200, **TUTORS_ONLY)),
    Row(
        "POST",
        f"{CLASS}/archive",
        answers(404, owner=200, **TUTORS_ONLY),
        instead={"study_session_id": "ended_id"},
    ),
    Row(
        "POST",
        f"{CLASS}/roles",
        answers(404, owner=201, **TUTORS_ONLY),
        body={"user_code": "{known_code}", "role": "co_tutor"},
    ),
    Row("GET", f"{CLASS}/roles", answers(404, **helped(200), **TUTORS_ONLY)),
    Row("GET", "/v1/class-roles", answers(200)),
    Row("POST", "/v1/class-roles/{class_role_id}/acceptance", answers(404, assistant=200)),
    Row("DELETE", "/v1/class-roles/{class_role_id}", answers(404, owner=204, assistant=204)),
    Row("POST", f"{CLASS}/invitations", answers(404, **taught(201), **TUTORS_ONLY), body={}),
    Row("GET", f"{CLASS}/invitations", answers(404, **taught(200), **TUTORS_ONLY)),
    Row(
        "GET",
        "/v1/invitations/{invitation_id}/qr-code",
        answers(404, **taught(200), **TUTORS_ONLY),
    ),
    Row("DELETE", "/v1/invitations/{invitation_id}", answers(404, **taught(204), **TUTORS_ONLY)),
    Row("POST", "/v1/invitations/preview", answers(200, nobody=200), body={"token": "{token}"}),
    Row(
        "POST",
        "/v1/invitations/acceptance",
        answers(403, student=201, member=201, observer=201),
        body={"token": "{token}"},
    ),
    Row("GET", f"{CLASS}/join-code", answers(404, owner=200, **TUTORS_ONLY)),
    Row("GET", f"{CLASS}/join-code/qr-code", answers(404, owner=200, **TUTORS_ONLY)),
    Row("PUT", f"{CLASS}/join-code/terms", answers(404, owner=200, **TUTORS_ONLY), body={}),
    Row("POST", f"{CLASS}/join-code/rotation", answers(404, owner=200, **TUTORS_ONLY), body={}),
    Row("POST", f"{CLASS}/images", answers(404, owner=201, **TUTORS_ONLY), body=IMAGE),
    Row("DELETE", f"{CLASS}/image", answers(404, owner=204, **TUTORS_ONLY)),
    Row("GET", "/v1/class-images/{image_id}", answers(404, owner=200, **TUTORS_ONLY)),
    Row("POST", "/v1/class-images/{image_id}/complete", answers(404, owner=202, **TUTORS_ONLY)),
    Row(
        "POST",
        f"{CLASS}/owner-offers",
        answers(404, owner=201, **TUTORS_ONLY),
        body={"user_code": "{other_code}"},
    ),
    Row(
        "POST",
        f"{CLASS}/hand-over",
        answers(403, admin=201),
        body={"user_code": "{other_code}"},
        instead={"study_session_id": "left_id"},
        own_login=True,
    ),
    Row("POST", f"{CLASS}/copies", answers(404, owner=201, **TUTORS_ONLY), body=COPY),
    Row("GET", "/v1/owner-offers", answers(200)),
    Row(
        "POST",
        "/v1/owner-offers/{offer_id}/acceptance",
        answers(404, heir=200, **TUTORS_ONLY),
    ),
    Row("POST", "/v1/owner-offers/{offer_id}/refusal", answers(404, heir=200, **TUTORS_ONLY)),
    Row("DELETE", "/v1/owner-offers/{offer_id}", answers(404, owner=204, **TUTORS_ONLY)),
    Row("GET", f"{CLASS}/memberships", answers(404, **helped(200), **TUTORS_ONLY)),
    Row(
        "POST",
        "/v1/memberships",
        answers(403, student=201, member=201, observer=201),
        body={"join_code": "{session_code}"},
    ),
    Row("GET", "/v1/memberships", answers(403, student=200, member=200, observer=200)),
    Row(
        "POST",
        "/v1/memberships/{membership_id}/approval",
        answers(404, **taught(200), **TUTORS_ONLY),
    ),
    Row("GET", "/v1/memberships/{membership_id}", answers(404, **helped(200))),
    Row(
        "POST",
        "/v1/memberships/{membership_id}/decline",
        answers(404, **taught(200), **TUTORS_ONLY),
        body={"reason": "full"},
    ),
    Row(
        "POST",
        "/v1/memberships/{membership_id}/removal",
        answers(404, **taught(200), **TUTORS_ONLY),
        body={"reason": "gone"},
        instead={"membership_id": "own_membership_id"},
    ),
    Row(
        "POST",
        "/v1/memberships/{membership_id}/departure",
        answers(403, student=404, observer=404, member=200, classmate=404),
        instead={"membership_id": "own_membership_id"},
    ),
    Row("POST", "/v1/tasks", answers(404, **taught(201), **TUTORS_ONLY), body=TASK),
    Row("GET", "/v1/tasks", answers(200)),
    Row("GET", "/v1/tasks/{task_id}", answers(404, **seen(200))),
    Row(
        "POST",
        "/v1/tasks/{task_id}/submissions",
        answers(403, student=404, observer=404, member=201),
        body={"body": "x"},
    ),
    Row("GET", "/v1/tasks/{task_id}/submissions", answers(404, **seen(200))),
    Row("GET", "/v1/submissions/{submission_id}", answers(404, **of_one_student(200))),
    Row(
        "POST",
        "/v1/submissions/{submission_id}/marks",
        answers(404, **taught(201), **TUTORS_ONLY),
        body={"points": 5},
    ),
    Row("GET", "/v1/submissions/{submission_id}/mark", answers(404, **of_one_student(200))),
    *session_material.ROWS,
    *session_attendance.ROWS,
]


def app_for_routes() -> FastAPI:
    """The app, for its list of routes only."""
    return create_app(Settings.model_validate(nowhere()))


async def change_of_owner(
    stack: Stack, made: Classes, active: dict[str, Any]
) -> tuple[User, dict[str, Any], dict[str, Any]]:
    """A tutor who is offered the active class, the offer, and a class of a blocked owner."""
    heir, left, owner = stack.as_user("tutor"), stack.as_user("tutor"), made.tutor
    await made.known(heir)
    path = f"/v1/study-sessions/{active['id']}/owner-offers"
    offered = await made.post(owner, path, {"user_code": heir.code})
    made.tutor = left
    lost = await made.study_session()
    made.tutor = owner
    await made.handle(
        AccountBlocked(
            account_id=left.id, user_code=left.code, role="tutor", until=None,
            blocked_at=made.clock.now(), revision=2,
        )
    )  # fmt: skip
    return heir, offered, lost


@dataclass(frozen=True)
class Snapshot:
    """A world that was made once, and is copied for every row and right."""

    database: str
    clock: FixedClock
    callers: Mapping[str, Mapping[str, str]]
    values: Values


SNAPSHOTS: dict[int, Snapshot] = {}
"""By the stack in which they are: one in a run."""


@asynccontextmanager
async def world(stack: Stack) -> AsyncIterator[World]:
    """Classes in several states: the active one has a member and marked work."""
    if id(stack) not in SNAPSHOTS:
        SNAPSHOTS[id(stack)] = await _make(stack)
    found = SNAPSHOTS[id(stack)]
    async with stack.passing():
        settings = await stack.settings_for(Settings, "session_service", copy_of=found.database)
        async with open_on(stack, settings, FixedClock(found.clock.at)) as made:
            database = made.parts.database
            yield World(
                made.client, found.callers, found.values, lambda: postgres_fingerprint(database)
            )


async def _make(stack: Stack) -> Snapshot:
    settings = await stack.settings_for(Settings, "session_service")
    database = settings.database_url.get_secret_value().rpartition("/")[2]
    stack.keep(database)
    async with open_on(stack, settings) as made:
        active = await made.study_session()
        waiting = await made.study_session(paid=False, approved=False)
        draft = await made.post(made.tutor, "/v1/study-sessions", {"name": "M", "draft": True})
        ended = await made.study_session()
        await made.post(made.tutor, f"/v1/study-sessions/{ended['id']}/end", expect=200)
        image = await made.post(made.tutor, f"/v1/study-sessions/{active['id']}/images", IMAGE)
        heir, offered, left = await change_of_owner(stack, made, active)
        classmate = stack.as_user("student")
        await made.member(active, classmate)
        rejected = await made.study_session(approved=False)
        path = f"/v1/study-sessions/{rejected['id']}/rejection"
        await made.post(made.admin, path, {"reason": "No."}, expect=200)
        own = await made.member(active)
        asked = await made.post(
            stack.as_user("student"), "/v1/memberships", {"join_code": active["session_code"]}
        )
        path = f"/v1/study-sessions/{active['id']}/invitations"
        invitation = await made.post(made.tutor, path, {})
        task = await made.task(active)
        work = await made.post(made.student, f"/v1/tasks/{task['id']}/submissions", {"body": "x"})
        await made.post(made.tutor, f"/v1/submissions/{work['id']}/marks", {"points": 3})
        soon = (made.clock.now() + timedelta(days=2)).strftime("%Y-%m-%dT17:00")
        series = await made.series(active, soon)
        cancelled = series["lesson_ids"][1]
        await made.post(made.tutor, f"/v1/lessons/{cancelled}/cancellation", expect=200)
        days = {"holidays": [{"name": "Holi", "first_on": "2027-03-22"}]}
        holidays = await made.post(made.tutor, f"/v1/study-sessions/{active['id']}/holidays", days)
        people = {role: stack.as_user(role) for role in ("student", "tutor", "admin")}
        people |= {"owner": made.tutor, "member": made.student, "classmate": classmate}
        people["heir"] = heir
        people |= {"co_tutor": stack.as_user("tutor"), "assistant": stack.as_user("tutor")}
        people["observer"] = stack.as_user("student")
        roles = {name: await made.role(active, people[name], name) for name in HOLDERS}
        values = {
            "study_session_id": active["id"],
            "waiting_id": waiting["id"],
            "draft_id": draft["id"],
            "rejected_id": rejected["id"],
            "ended_id": ended["id"],
            "left_id": left["id"],
            "image_id": image["id"],
            "offer_id": offered["id"],
            "other_code": offered["to_code"],
            "session_code": active["session_code"],
            "membership_id": asked["id"],
            "own_membership_id": own["id"],
            "class_role_id": roles["assistant"]["id"],
            "known_code": (await made.known(stack.as_user("tutor"))).code,
            "invitation_id": invitation["id"],
            "token": invitation["link"].partition("#")[2],
            "task_id": task["id"],
            "submission_id": work["id"],
            "soon": soon,
            "series_id": series["series"]["id"],
            "lesson_id": series["lesson_ids"][0],
            "cancelled_id": cancelled,
            "holiday_id": holidays["holidays"][0]["id"],
        } | await session_material.values(made, active)
        values |= await session_bookings.prepare(made, active)
        values |= await session_attendance.values(made, active)
        callers = {"nobody": NOBODY} | {name: user.headers for name, user in people.items()}
        return Snapshot(database, made.clock, callers, values)
