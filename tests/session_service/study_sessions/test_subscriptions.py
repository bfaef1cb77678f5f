"""A class follows its subscription: suspended, restored, ended (P-A8, S1)."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from libs.events.payment_subscriptions import (
    SubscriptionEvent,
    SubscriptionExpired,
    SubscriptionRestored,
    SubscriptionSuspended,
)
from libs.ids import new_id
from tests.session_service.study_sessions.test_life_cycle import events_of
from tests.session_service.world import World, open_world
from tests.stack import Stack

KINDS: dict[str, type[SubscriptionEvent]] = {
    "suspended": SubscriptionSuspended,
    "restored": SubscriptionRestored,
    "expired": SubscriptionExpired,
}


@pytest.fixture
async def world(stack: Stack) -> AsyncIterator[World]:
    async with open_world(stack) as made:
        yield made


async def hear(world: World, made: dict[str, Any], kind: str, revision: int) -> None:
    """payment_service tells of a class's subscription."""
    now = world.clock.now()
    about = {
        "study_session_id": UUID(made["id"]), "tutor_id": world.tutor.id,
        "subscription_id": new_id(), "period": 1, "ends_at": now, "suspends_at": now,
        "expires_at": now, "payment_id": None, "revision": revision,
    }  # fmt: skip
    await world.handle(KINDS[kind].model_validate(about))


async def state(world: World, made: dict[str, Any]) -> str:
    """The class's state as its tutor sees it."""
    found = await world.get(world.tutor, f"/v1/study-sessions/{made['id']}")
    return str(found["state"])


async def test_p_a8_a_suspended_class_can_be_read_and_nothing_new_goes_into_it(
    world: World, stack: Stack
) -> None:
    made = await world.study_session()
    await world.member(made)
    task = await world.task(made)
    submitted = f"/v1/tasks/{task['id']}/submissions"
    mine = await world.post(world.student, submitted, {"body": "Three quarters."})
    await hear(world, made, "suspended", 3)
    assert await state(world, made) == "suspended"
    soon = world.clock.now() + timedelta(days=1)
    of_class = {"study_session_id": made["id"], "title": "Algebra"}
    window = {"opens_at": soon.isoformat(), "closes_at": (soon + timedelta(days=1)).isoformat()}
    rule = {"zone": "UTC", "rule": "FREQ=DAILY;COUNT=3"}
    rule["local_start"] = soon.strftime("%Y-%m-%dT%H:%M")
    tutor, student = world.tutor, world.student
    for user, path, body in (
        (tutor, "/v1/tasks", of_class | {"due_at": soon.isoformat()}),
        (tutor, "/v1/lesson-series", of_class | rule),
        (tutor, "/v1/assessments", of_class | window),
        (student, submitted, {"body": "More."}),
        (stack.as_user("student"), "/v1/memberships", {"join_code": made["session_code"]}),
    ):
        answer = await world.client.post(path, json=body, headers=user.headers)
        found = (path, answer.status_code, answer.json().get("code"))
        assert found == (path, 409, "class_suspended"), answer.text
    for path in (
        f"/v1/study-sessions/{made['id']}", f"/v1/tasks/{task['id']}",
        f"/v1/submissions/{mine['id']}",
    ):  # fmt: skip
        await world.get(student, path)
        await world.get(tutor, path)
    await hear(world, made, "restored", 4)
    assert await state(world, made) == "active"
    again = await world.post(student, submitted, {"body": "More."})
    assert again["number"] == 2
    assert [name for name, _ in await events_of(world, made["id"])][-2:] == [
        "suspended", "restored",
    ]  # fmt: skip


async def test_p_a8_an_expired_subscription_ends_the_class(world: World) -> None:
    made = await world.study_session()
    await hear(world, made, "suspended", 3)
    await hear(world, made, "expired", 4)
    assert await state(world, made) == "ended"
    assert [name for name, _ in await events_of(world, made["id"])][-2:] == ["suspended", "ended"]


async def test_p_a8_old_news_of_a_subscription_change_nothing(world: World) -> None:
    """A replay, or a dead letter that is sent again, after the class was paid for."""
    made = await world.study_session()
    await hear(world, made, "suspended", 3)
    await hear(world, made, "restored", 4)
    told = await events_of(world, made["id"])
    for kind, revision in (("suspended", 3), ("expired", 2), ("restored", 4)):
        await hear(world, made, kind, revision)
    assert await state(world, made) == "active"
    assert await events_of(world, made["id"]) == told


@pytest.mark.parametrize("kind", list(KINDS))
@pytest.mark.parametrize("here", ["pending", "ended"])
async def test_p_a8_a_class_that_cannot_follow_stays(world: World, here: str, kind: str) -> None:
    made = await world.study_session(approved=here == "ended")
    if here == "ended":
        await world.post(world.tutor, f"/v1/study-sessions/{made['id']}/end", expect=200)
    told = await events_of(world, made["id"])
    await hear(world, made, kind, 3)
    assert await state(world, made) == here
    assert await events_of(world, made["id"]) == told
