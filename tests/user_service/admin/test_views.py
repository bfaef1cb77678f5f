"""Looking through somebody else's eyes: who may, for how long, and that it is on record (U14)."""

from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest

from libs.ids import new_id
from tests.user_service.world import Person, World

REASON = "He asked why his list is empty."


async def view(world: World, admin: Person, account_id: Any, **body: Any) -> httpx.Response:
    return await world.client.post(
        f"/v1/admin/accounts/{account_id}/views",
        json={"reason": REASON} | body,
        headers=admin.headers,
    )


async def test_u14_a_view_is_audited_and_says_what_it_is(world: World) -> None:
    admin, person = await world.admin(), await world.sign_up()
    answer = await view(world, admin, person.id)
    assert answer.status_code == 201
    body = answer.json()
    code = person.login["account"]["user_code"]
    assert body["banner"] == (
        f"You see StudyZed as Asha Rao ({code}) does. "
        "You cannot change anything, and this view is on record."
    )
    assert (body["expires_in"], body["scope"]) == (
        900, "message:read notification:read payment:read session:read user:read",
    )  # fmt: skip
    assert (body["account_id"], body["viewed_by"]) == (str(person.id), str(admin.id))
    seen = await world.parts.verifier.verify(body["access_token"])
    assert (seen.account_id, seen.actor_id) == (person.id, admin.id)
    own = await world.parts.verifier.verify(admin.login["access_token"])
    assert seen.login_id == own.login_id
    listed = await world.client.get(
        "/v1/admin/audit-entries", params={"action": "account.viewed"}, headers=admin.headers
    )
    [entry] = listed.json()["items"]
    assert (entry["actor_id"], entry["subject_id"]) == (str(admin.id), str(person.id))
    assert entry["details"]["reason"] == REASON
    assert datetime.fromisoformat(entry["details"]["until"]) == world.clock.now() + timedelta(
        minutes=15
    )


async def test_u14_a_view_ends_after_a_quarter_of_an_hour(world: World) -> None:
    admin, person = await world.admin(), await world.sign_up()
    token = (await view(world, admin, person.id)).json()["access_token"]
    headers = {"Authorization": f"Bearer {token}"}
    for wait, status in ((timedelta(minutes=14, seconds=58), 200), (timedelta(seconds=2), 401)):
        world.clock.move(wait)
        assert (await world.client.get("/v1/me", headers=headers)).status_code == status


async def test_u14_admins_and_blocked_accounts_cannot_be_viewed(world: World) -> None:
    admin, person = await world.admin(), await world.sign_up()
    for account_id in (admin.id, person.id):
        await world.rows_written("UPDATE accounts SET blocked_at = now() WHERE role <> 'admin'")
        answer = await view(world, admin, account_id)
        assert (answer.status_code, answer.json()["code"]) == (409, "not_viewable")
    missing = await view(world, admin, new_id())
    assert (missing.status_code, missing.json()["code"]) == (404, "account_not_found")
    assert await world.count("audit_entries WHERE action = 'account.viewed'") == 0


@pytest.mark.parametrize("reason", ["", "no", "x" * 501, None])
async def test_u14_a_view_needs_a_reason(world: World, reason: str | None) -> None:
    admin, person = await world.admin(), await world.sign_up()
    assert (await view(world, admin, person.id, reason=reason)).status_code == 422


async def test_u14_views_are_limited(world: World) -> None:
    admin, person = await world.admin(), await world.sign_up()
    found = [(await view(world, admin, person.id)).status_code for _ in range(31)]
    assert found == [201] * 30 + [429]
