"""A class changes its owner: offered by one, accepted by the other."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from libs.events.user import AccountBlocked, AccountRegistered, AccountUnblocked, RoleChanged
from libs.ids import new_id
from session_service.class_roles.models import ClassRole
from session_service.class_roles.schemas import ClassRoleName, ClassRoleState
from tests.session_service.world import World, open_world
from tests.stack import Stack, User


@pytest.fixture
async def world(stack: Stack) -> AsyncIterator[World]:
    async with open_world(stack) as made:
        yield made


async def known(world: World, user: User, role: str = "tutor") -> User:
    """Somebody of whom user_service has told."""
    await world.handle(
        AccountRegistered(
            account_id=user.id, user_code=user.code, role=role, name="Heir", email="h@example.org",
            locale="en", zone="UTC", revision=1,
        )
    )  # fmt: skip
    return user


@pytest.fixture
async def heir(world: World, stack: Stack) -> User:
    return await known(world, stack.as_user("tutor"))


async def offer(world: World, made: dict[str, Any], to: User, expect: int = 201) -> Any:
    path = f"/v1/study-sessions/{made['id']}/owner-offers"
    return await world.post(world.tutor, path, {"user_code": to.code}, expect)


async def hand_over(world: World, made: dict[str, Any], to: User, expect: int = 201) -> Any:
    path = f"/v1/study-sessions/{made['id']}/hand-over"
    return await world.post(world.admin, path, {"user_code": to.code}, expect)


async def answer(
    world: World, user: User, offered: dict[str, Any], act: str, expect: int = 200
) -> Any:
    return await world.post(user, f"/v1/owner-offers/{offered['id']}/{act}", expect=expect)


async def block(world: World, user: User, *, ends: bool = False) -> None:
    now = world.clock.now()
    who = {"account_id": user.id, "user_code": user.code, "role": "tutor", "blocked_at": now}
    if ends:
        await world.handle(AccountUnblocked(**who, unblocked_at=now, revision=9))
    else:
        await world.handle(AccountBlocked(**who, until=None, revision=8))


async def data_of(world: World, kind: str) -> list[dict[str, Any]]:
    statement = text(
        "SELECT body::jsonb -> 'data' FROM outbox WHERE body::jsonb ->> 'type' = :type ORDER BY seq"
    )
    async with world.parts.database.transaction() as session:
        return list(await session.scalars(statement, {"type": f"studyzed.{kind}"}))


async def test_the_other_accepts_and_owns_the_class(world: World, heir: User) -> None:
    made = await world.study_session()
    offered = await offer(world, made, heir)
    assert (offered["state"], offered["by_admin"]) == ("open", False)
    listed = (await world.get(heir, "/v1/owner-offers?state=open"))["items"]
    assert listed == [offered] == (await world.get(world.tutor, "/v1/owner-offers"))["items"]
    path = f"/v1/study-sessions/{made['id']}"
    await world.get(heir, path, expect=404)
    accepted = await answer(world, heir, offered, "acceptance")
    assert accepted["state"] == "accepted"
    assert (await world.get(heir, path))["tutor_id"] == str(heir.id)
    await world.get(world.tutor, path, expect=404)
    await world.post(world.tutor, f"{path}/end", expect=404)
    [told] = await data_of(world, "study_session.owner_changed")
    assert (told["tutor_id"], told["old_tutor_id"]) == (str(heir.id), str(world.tutor.id))
    assert told["revision"] == 5
    [told] = await data_of(world, "owner_offer.made")
    assert (told["tutor_id"], told["to_id"]) == (str(world.tutor.id), str(heir.id))
    [told] = await data_of(world, "owner_offer.accepted")
    assert (told["tutor_id"], told["to_id"]) == (str(world.tutor.id), str(heir.id))
    assert told["revision"] == 2
    await world.post(heir, f"{path}/end", expect=200)


@pytest.mark.parametrize("state", [ClassRoleState.ACTIVE, ClassRoleState.INVITED])
async def test_u8_a_co_tutor_who_owns_the_class_is_no_co_tutor_any_more(
    world: World, heir: User, state: ClassRoleState
) -> None:
    made = await world.study_session()
    row = ClassRole(
        id=new_id(), study_session_id=UUID(made["id"]), account_id=heir.id, user_code=heir.code,
        role=ClassRoleName.CO_TUTOR.value, student_id=None, state=state.value,
        invited_at=world.clock.now(), accepted_at=None, revision=1,
    )  # fmt: skip
    async with world.parts.database.transaction() as session:
        session.add(row)
    await answer(world, heir, await offer(world, made, heir), "acceptance")
    async with world.parts.database.transaction() as session:
        assert await session.scalar(text("SELECT count(*) FROM class_roles")) == 0
    [told] = await data_of(world, "class_role.ended")
    assert told == {
        "study_session_id": made["id"], "session_code": made["session_code"],
        "class_role_id": str(row.id), "account_id": str(heir.id), "role": "co_tutor",
        "student_id": None, "tutor_id": str(heir.id), "revision": 2, "how": "promoted",
    }  # fmt: skip


async def test_u8_other_roles_outlast_a_change_of_owner(
    world: World, heir: User, stack: Stack
) -> None:
    made, helper = await world.study_session(), stack.as_user("tutor")
    await world.role(made, helper, "assistant")
    await answer(world, heir, await offer(world, made, heir), "acceptance")
    assert await data_of(world, "class_role.ended") == []
    [kept] = (await world.get(heir, f"/v1/study-sessions/{made['id']}/roles"))["items"]
    assert (kept["user_code"], kept["role"], kept["state"]) == (helper.code, "assistant", "active")


async def test_a_declined_offer_changes_nothing(world: World, heir: User) -> None:
    made = await world.study_session()
    offered = await offer(world, made, heir)
    assert (await answer(world, heir, offered, "refusal"))["state"] == "declined"
    refused = await answer(world, heir, offered, "acceptance", 409)
    assert refused["code"] == "owner_offer_closed"
    seen = await world.get(world.tutor, f"/v1/study-sessions/{made['id']}")
    assert seen["tutor_id"] == str(world.tutor.id)
    assert len(await data_of(world, "owner_offer.declined")) == 1
    assert await data_of(world, "study_session.owner_changed") == []


@pytest.mark.parametrize("way", ["withdrawn", "another"])
async def test_an_offer_taken_back_is_closed(
    world: World, heir: User, stack: Stack, way: str
) -> None:
    made = await world.study_session()
    offered = await offer(world, made, heir)
    if way == "another":
        await offer(world, made, await known(world, stack.as_user("tutor")))
    else:
        path = f"/v1/owner-offers/{offered['id']}"
        gone = await world.client.delete(path, headers=world.tutor.headers)
        assert gone.status_code == 204
    refused = await answer(world, heir, offered, "acceptance", 409)
    assert refused["code"] == "owner_offer_closed"
    states = {one["state"] for one in (await world.get(heir, "/v1/owner-offers"))["items"]}
    assert states == {"withdrawn"}


async def test_whom_a_class_is_not_offered(world: World, stack: Stack) -> None:
    made = await world.study_session()
    unknown = await offer(world, made, stack.as_user("tutor"), 404)
    assert unknown["code"] == "person_unknown"
    student = await known(world, stack.as_user("student"), "student")
    demoted = await known(world, stack.as_user("tutor"))
    await world.handle(
        RoleChanged(
            account_id=demoted.id, user_code=demoted.code, old_role="tutor", role="student",
            changed_at=world.clock.now(), revision=2,
        )
    )  # fmt: skip
    for other in (student, demoted):
        refused = await offer(world, made, other, 422)
        assert [one["code"] for one in refused["fields"]] == ["not_a_tutor"]
    refused = await offer(world, made, await known(world, world.tutor), 422)
    assert [one["code"] for one in refused["fields"]] == ["already_owner"]
    assert await data_of(world, "owner_offer.made") == []


async def test_s1_an_admin_hands_over_what_a_blocked_owner_left(world: World, heir: User) -> None:
    made = await world.study_session()
    assert (await hand_over(world, made, heir, 409))["code"] == "owner_present"
    await block(world, world.tutor)
    offered = await hand_over(world, made, heir)
    assert offered["by_admin"] is True
    world.clock.move(timedelta(days=2))
    await answer(world, heir, offered, "acceptance")
    seen = await world.get(heir, f"/v1/study-sessions/{made['id']}")
    assert (seen["tutor_id"], seen["paused_at"]) == (str(heir.id), None)
    [told] = await data_of(world, "study_session.resumed")
    assert (told["tutor_id"], told["kept_seconds"]) == (str(heir.id), 2 * 86_400)
    await block(world, world.tutor, ends=True)
    assert len(await data_of(world, "study_session.resumed")) == 1


async def test_s1_an_owner_who_is_back_keeps_the_class(world: World, heir: User) -> None:
    made = await world.study_session()
    await block(world, world.tutor)
    offered = await hand_over(world, made, heir)
    await block(world, world.tutor, ends=True)
    refused = await answer(world, heir, offered, "acceptance", 409)
    assert refused["code"] == "owner_offer_closed"
    seen = await world.get(world.tutor, f"/v1/study-sessions/{made['id']}")
    assert seen["tutor_id"] == str(world.tutor.id)


async def test_s1_who_is_leaving_takes_no_class_over(world: World, heir: User) -> None:
    made = await world.study_session()
    offered = await offer(world, made, heir)
    await block(world, heir)
    refused = await answer(world, heir, offered, "acceptance", 409)
    assert refused["code"] == "account_held"


async def test_what_is_over_is_not_offered(world: World, heir: User) -> None:
    made = await world.study_session()
    offered = await offer(world, made, heir)
    await world.post(world.tutor, f"/v1/study-sessions/{made['id']}/end", expect=200)
    assert (await offer(world, made, heir, 409))["code"] == "study_session_over"
    assert (await answer(world, heir, offered, "acceptance", 409))["code"] == "study_session_over"


async def test_acceptance_and_withdrawal_race_to_one_end(world: World, heir: User) -> None:
    made = await world.study_session()
    offered = await offer(world, made, heir)
    path = f"/v1/owner-offers/{offered['id']}"
    answers = await asyncio.gather(
        *(world.client.post(f"{path}/acceptance", headers=heir.headers) for _ in range(5)),
        *(world.client.delete(path, headers=world.tutor.headers) for _ in range(5)),
    )
    good = [one.status_code for one in answers if one.is_success]
    assert len(good) == 1
    [offered] = (await world.get(heir, "/v1/owner-offers"))["items"]
    changed = await data_of(world, "study_session.owner_changed")
    assert (offered["state"], len(changed)) == (
        ("accepted", 1) if good == [200] else ("withdrawn", 0)
    )


async def test_s1_a_block_and_a_change_of_owner_leave_no_blocked_owner_running(
    world: World, heir: User
) -> None:
    for turn in range(5):
        made = await world.study_session()
        offered = await offer(world, made, heir)
        now = world.clock.now()
        who = {"account_id": heir.id, "user_code": heir.code, "role": "tutor", "blocked_at": now}
        path = f"/v1/owner-offers/{offered['id']}/acceptance"
        accepted, _ = await asyncio.gather(
            world.client.post(path, headers=heir.headers),
            world.handle(AccountBlocked(**who, until=None, revision=10 + 2 * turn)),
        )
        seen = await world.get(world.admin, f"/v1/study-sessions/{made['id']}")
        assert (accepted.status_code, seen["paused_at"] is not None) in ((200, True), (409, False))
        await world.handle(AccountUnblocked(**who, unblocked_at=now, revision=11 + 2 * turn))
