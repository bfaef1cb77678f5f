"""Invitations by link: what they show, whom they let in, and until when."""

import asyncio
import io
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
import segno
from sqlalchemy import text

from libs.ids import new_id
from session_service.invitations.models import Links
from tests.session_service.world import World, open_world
from tests.stack import Stack, User
from tests.statements import statements


@pytest.fixture
async def world(stack: Stack) -> AsyncIterator[World]:
    async with open_world(stack) as made:
        yield made


async def invite(world: World, made: dict[str, Any], **wanted: Any) -> Any:
    path = f"/v1/study-sessions/{made['id']}/invitations"
    return await world.post(world.tutor, path, wanted)


def token_of(invitation: dict[str, Any]) -> str:
    return str(invitation["link"]).partition("#")[2]


async def accept(world: World, user: User, invitation: dict[str, Any]) -> tuple[int, str]:
    """Status, and the state or the code of the problem."""
    body = {"token": token_of(invitation)}
    answer = await world.client.post("/v1/invitations/acceptance", json=body, headers=user.headers)
    found = answer.json()
    return answer.status_code, found.get("state") or found["code"]


async def preview(world: World, token: str) -> tuple[int, Any]:
    answer = await world.client.post("/v1/invitations/preview", json={"token": token})
    return answer.status_code, answer.json()


async def events(world: World) -> list[str]:
    kinds = await world.published()
    return [kind.rpartition(".")[2] for kind in kinds if kind.startswith("studyzed.membership.")]


async def test_s3_an_invitation_shows_the_class_before_one_joins(
    world: World, stack: Stack
) -> None:
    made = await world.study_session()
    await world.seats(made, 2)
    await world.known(world.tutor, "Tara")
    invitation = await invite(world, made, pre_approved=True)
    status, face = await preview(world, token_of(invitation))
    end = (world.clock.now() + timedelta(days=30)).isoformat().replace("+00:00", "Z")
    assert (status, face) == (200, {
        "class_name": made["name"], "session_code": made["session_code"], "tutor_name": "Tara",
        "takes_students": True, "capacity": 2, "free_seats": 2, "waiting": 0,
        "pre_approved": True, "expires_at": end,
    })  # fmt: skip
    for _ in range(3):
        user = stack.as_user("student")
        await world.post(user, "/v1/memberships", {"join_code": made["session_code"]})
    _, face = await preview(world, token_of(invitation))
    assert (face["free_seats"], face["waiting"]) == (0, 1)
    await world.seats(made, None)
    assert (await preview(world, token_of(invitation)))[1]["free_seats"] is None
    await world.post(world.tutor, f"/v1/study-sessions/{made['id']}/end", expect=200)
    assert not (await preview(world, token_of(invitation)))[1]["takes_students"]
    assert await accept(world, world.student, invitation) == (409, "study_session_not_open")


async def test_s3_a_pre_approved_invitation_needs_only_a_seat(world: World, stack: Stack) -> None:
    made = await world.study_session()
    await world.seats(made, 1)
    plain, sure = await invite(world, made), await invite(world, made, pre_approved=True)
    second, third = stack.as_user("student"), stack.as_user("student")
    assert await accept(world, world.student, plain) == (201, "pending")
    assert await accept(world, second, plain) == (201, "waiting")
    assert await accept(world, third, sure) == (201, "waiting")
    assert await accept(world, second, sure) == (201, "waiting")
    assert await accept(world, world.student, sure) == (201, "approved")
    assert await accept(world, world.student, sure) == (201, "approved")
    listed = (await world.get(world.tutor, f"/v1/study-sessions/{made['id']}/invitations"))["items"]
    assert {one["id"]: one["uses"] for one in listed} == {plain["id"]: 2, sure["id"]: 3}
    [own] = (await world.get(world.student, "/v1/memberships"))["items"]
    await world.post(world.student, f"/v1/memberships/{own['id']}/departure", expect=200)
    [moved] = (await world.get(second, "/v1/memberships"))["items"]
    assert moved["state"] == "approved"
    assert await events(world) == [
        "requested", "waitlisted", "waitlisted", "approved", "left", "promoted", "approved",
    ]  # fmt: skip


async def test_s3_parallel_acceptances_use_an_invitation_as_often_as_it_may_be(
    world: World, stack: Stack
) -> None:
    made = await world.study_session()
    invitation = await invite(world, made, use_limit=3, pre_approved=True)
    people = [stack.as_user("student") for _ in range(12)]
    found = await asyncio.gather(*(accept(world, user, invitation) for user in people))
    assert found.count((201, "approved")) == 3
    assert found.count((409, "invitation_used_up")) == 9
    assert (await preview(world, token_of(invitation)))[1]["code"] == "invitation_used_up"
    inside = next(user for user, one in zip(people, found, strict=True) if one[0] == 201)
    assert await accept(world, inside, invitation) == (201, "approved")


async def test_s3_20_parallel_acceptances_of_one_person_make_one_membership(world: World) -> None:
    made = await world.study_session()
    invitation = await invite(world, made, use_limit=1)
    found = await asyncio.gather(*(accept(world, world.student, invitation) for _ in range(20)))
    assert set(found) == {(201, "pending")}
    assert await events(world) == ["requested"]


async def test_s3_an_invitation_ends_and_is_taken_back(world: World, stack: Stack) -> None:
    made = await world.study_session()
    end = world.clock.now() + timedelta(hours=2)
    ending = await invite(world, made, expires_at=end.isoformat())
    gone = await invite(world, made, pre_approved=True)
    assert await accept(world, world.student, gone) == (201, "approved")
    world.clock.move(timedelta(hours=1, minutes=59, seconds=59))
    assert (await preview(world, token_of(ending)))[0] == 200
    world.clock.move(timedelta(seconds=1))
    other = stack.as_user("student")
    assert await accept(world, other, ending) == (409, "invitation_expired")
    assert (await preview(world, token_of(ending)))[1]["code"] == "invitation_expired"
    path = f"/v1/invitations/{gone['id']}"
    for _ in range(2):
        answer = await world.client.delete(path, headers=world.tutor.headers)
        assert answer.status_code == 204
    assert await accept(world, other, gone) == (404, "invitation_not_found")
    assert (await preview(world, token_of(gone)))[1]["code"] == "invitation_not_found"
    assert (await preview(world, "guessed"))[1]["code"] == "invitation_not_found"
    qr = await world.client.get(f"{path}/qr-code", headers=world.tutor.headers)
    assert qr.json()["code"] == "invitation_not_found"
    [own] = (await world.get(world.student, "/v1/memberships"))["items"]
    assert own["state"] == "approved"
    answer = await world.post(
        world.tutor, f"/v1/study-sessions/{made['id']}/invitations",
        {"expires_at": "2001-01-01T00:00:00Z"}, expect=422,
    )  # fmt: skip
    assert answer["fields"][0]["pointer"] == "/expires_at"


async def test_s3_an_invitation_does_not_bring_back_who_was_removed(world: World) -> None:
    made = await world.study_session()
    invitation = await invite(world, made, pre_approved=True)
    await accept(world, world.student, invitation)
    [own] = (await world.get(world.student, "/v1/memberships"))["items"]
    await world.post(world.tutor, f"/v1/memberships/{own['id']}/removal", {}, expect=200)
    assert await accept(world, world.student, invitation) == (409, "membership_removed")


async def test_nothing_stored_leads_to_a_link(world: World) -> None:
    made = await world.study_session()
    invitation = await invite(world, made)
    token = token_of(invitation)
    assert invitation["link"] == f"http://gateway.test/invitations#{token}"
    assert len(token) == 32
    async with world.parts.database.transaction() as session:
        [row] = (await session.execute(text("SELECT i::text FROM invitations i"))).all()
        body = await session.scalar(text("SELECT string_agg(body, ' ') FROM outbox"))
    assert token not in row[0]
    assert token not in str(body)
    one, other = Links("a", "http://x"), Links("b", "http://x")
    id_ = UUID(invitation["id"])
    assert len({one.token(id_), other.token(id_), one.token(new_id())}) == 3
    assert one.hidden("t") != other.hidden("t")


async def test_s3_an_invitations_qr_code_says_its_link(world: World) -> None:
    made = await world.study_session()
    invitation = await invite(world, made)
    path = f"/v1/invitations/{invitation['id']}/qr-code"
    for form in ("png", "svg"):
        wanted = io.BytesIO()
        code = segno.make(invitation["link"], error="m", micro=False)
        code.save(wanted, kind=form, scale=8, border=4, light="#fff")
        answer = await world.client.get(f"{path}?format={form}", headers=world.tutor.headers)
        assert answer.content == wanted.getvalue()


async def test_a_list_of_invitations_costs_two_statements(world: World) -> None:
    made = await world.study_session()
    path = f"/v1/study-sessions/{made['id']}/invitations?limit=2"
    for count in (0, 2):
        with statements() as seen:
            page = await world.get(world.tutor, path)
        assert (len(seen), len(page["items"])) == (2, count)
        for _ in range(3):
            await invite(world, made)
