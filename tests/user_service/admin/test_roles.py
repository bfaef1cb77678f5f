"""Roles: changed by admins only, felt by every login, and never without an admin left."""

import asyncio
import json
from functools import partial
from typing import Any

import httpx
import pytest

from libs.ids import new_id
from tests.stack import eventually
from tests.user_service.admin.test_blocking import answers, publish_revocations, second_admin
from tests.user_service.world import SECRETS, Person, World

REASON = "Agreed by telephone."


async def make(world: World, admin: Person, account_id: Any, role: str) -> httpx.Response:
    return await world.client.put(
        f"/v1/admin/accounts/{account_id}/role",
        json={"role": role, "reason": REASON},
        headers=admin.headers,
    )


@pytest.mark.parametrize(("before", "after"), [
    ("tutor", "student"), ("student", "tutor"), ("tutor", "admin"),
])  # fmt: skip
async def test_u5_a_new_role_ends_every_login(world: World, before: str, after: str) -> None:
    admin, person = await world.admin(), await world.sign_up(role=before)
    second = await world.sign_in("asha_rao", "a long pass phrase")
    answer = await make(world, admin, person.id, after)
    assert (answer.status_code, answer.json()["role"]) == (200, after)
    await publish_revocations(world)
    for login in (person, second):
        assert await eventually(partial(answers, world, login, 401, "login_revoked"))
        renewal = {"refresh_token": login.login["refresh_token"]}
        assert (await world.client.post("/v1/logins/refresh", json=renewal)).status_code == 401
    again = await world.sign_in("asha_rao", "a long pass phrase")
    assert again.login["account"]["role"] == after
    assert await answers(world, again, 200)


async def test_u5_a_new_role_is_audited_mailed_and_published_once(world: World) -> None:
    admin, person = await world.admin(), await world.sign_up(role="student")
    await world.run_jobs()
    world.mailer.mails.clear()
    for _ in range(2):
        assert (await make(world, admin, person.id, "tutor")).status_code == 200
    await world.run_jobs()
    [entry] = await world.rows("SELECT * FROM audit_entries WHERE action = 'account.role_changed'")
    assert (entry.actor_id, entry.subject_id) == (admin.id, person.id)
    assert entry.details == {"old_role": "student", "role": "tutor", "reason": REASON}
    [mail] = world.mailer.mails
    assert "An administrator has made you a tutor on StudyZed." in mail.text
    rows = await world.rows("SELECT body FROM outbox WHERE address = 'user.events' ORDER BY seq")
    event = json.loads(rows[-1].body)
    assert event["type"] == "studyzed.account.role_changed"
    data = event["data"]
    assert (data["old_role"], data["role"], data["revision"]) == ("student", "tutor", 2)


async def test_u13_the_last_active_admin_stays_one(world: World) -> None:
    admin = await world.admin()
    answer = await make(world, admin, admin.id, "tutor")
    assert (answer.status_code, answer.json()["code"]) == (409, "last_admin")
    other = await second_admin(world)
    assert (await make(world, admin, admin.id, "tutor")).status_code == 200
    answer = await make(world, other, other.id, "student")
    assert (answer.status_code, answer.json()["code"]) == (409, "last_admin")


async def test_u13_a_blocked_admin_does_not_count(world: World) -> None:
    admin, other = await world.admin(), await second_admin(world)
    await world.rows_written("UPDATE accounts SET blocked_at = now() WHERE id = :id", id=other.id)
    answer = await make(world, admin, admin.id, "tutor")
    assert (answer.status_code, answer.json()["code"]) == (409, "last_admin")


async def test_u13_two_admins_who_resign_at_once_leave_one(world: World) -> None:
    for _ in range(5):
        await world.rows_written("UPDATE accounts SET role = 'admin'")
        admin, other = await world.admin(), await second_admin(world)
        found = await asyncio.gather(
            make(world, admin, admin.id, "tutor"), make(world, other, other.id, "tutor")
        )
        assert sorted(answer.status_code for answer in found) == [200, 409]
        assert len(await world.rows("SELECT 1 FROM accounts WHERE role = 'admin'")) == 1


async def test_u_a11_only_admins_change_roles(world: World) -> None:
    person = await world.sign_up()
    answer = await make(world, person, person.id, "admin")
    assert (answer.status_code, answer.json()["code"]) == (403, "wrong_role")
    assert await world.rows("SELECT role FROM accounts WHERE username = 'asha_rao'") == [("tutor",)]


async def test_an_unknown_account_and_an_unknown_role_are_named(world: World) -> None:
    admin = await world.admin()
    missing = await make(world, admin, new_id(), "tutor")
    assert (missing.status_code, missing.json()["code"]) == (404, "account_not_found")
    assert (await make(world, admin, admin.id, "owner")).status_code == 422


async def test_u13_the_last_active_admin_cannot_leave(world: World) -> None:
    admin, leave = await world.admin(), {"password": SECRETS["admin_password"]}
    other = await second_admin(world)
    await world.rows_written(
        "UPDATE accounts SET erasure_due_at = now() WHERE id = :id", id=other.id
    )
    answer = await world.client.post("/v1/me/erasure", json=leave, headers=admin.headers)
    assert (answer.status_code, answer.json()["code"]) == (409, "last_admin")
    await world.rows_written("UPDATE accounts SET erasure_due_at = NULL")
    answer = await world.client.post("/v1/me/erasure", json=leave, headers=admin.headers)
    assert answer.status_code == 202


async def test_u13_an_admin_who_leaves_acts_no_more(world: World) -> None:
    admin, other = await world.admin(), await second_admin(world)
    await world.rows_written(
        "UPDATE accounts SET erasure_due_at = now() WHERE id = :id", id=other.id
    )
    answer = await make(world, other, admin.id, "student")
    assert (answer.status_code, answer.json()["code"]) == (401, "login_revoked")
