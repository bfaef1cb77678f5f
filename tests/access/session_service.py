"""Rights in session_service."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from fastapi import FastAPI

from libs.clock import FixedClock
from libs.events.user import AccountBlocked
from session_service.app import create_app
from session_service.settings import Settings
from tests.access import (
    session_assessments,
    session_attempts,
    session_attendance,
    session_bookings,
    session_classes,
    session_lessons,
    session_marks,
    session_material,
    session_memberships,
    session_progress,
    session_rights,
    session_tasks,
)
from tests.access.session_classes import IMAGE
from tests.access.table import NOBODY, Values, World, nowhere, postgres_fingerprint
from tests.session_service.world import World as Classes
from tests.session_service.world import open_on
from tests.stack import Stack, User

CALLERS = session_rights.CALLERS
HOLDERS = ("co_tutor", "assistant", "observer")


AREAS = (
    session_tasks,
    session_marks,
    session_lessons,
    session_material,
    session_bookings,
    session_attendance,
    session_assessments,
    session_attempts,
    session_progress,
)
"""What makes the values that its rows (and those of later ones) ask for, in this order."""
ROWS = [
    *session_classes.ROWS,
    *session_memberships.ROWS,
    *session_lessons.ROWS,
    *session_bookings.ROWS,
    *session_tasks.ROWS,
    *session_marks.ROWS,
    *session_material.ROWS,
    *session_attendance.ROWS,
    *session_assessments.ROWS,
    *session_attempts.ROWS,
    *session_progress.ROWS,
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
        }
        for area in AREAS:
            values |= await area.values(made, active)
        callers = {"nobody": NOBODY} | {name: user.headers for name, user in people.items()}
        return Snapshot(database, made.clock, callers, values)
