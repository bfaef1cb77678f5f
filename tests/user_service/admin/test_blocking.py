"""Blocks: felt, undone, ended by themselves, audited, told by mail and by event."""

import asyncio
import json
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from tests.stack import eventually
from tests.user_service.world import Person, World
from user_service.accounts.models import Account
from user_service.admin import service
from user_service.admin.jobs import LiftBlocks
from user_service.logins import revocations

REASON = "Sold answers to a test."


async def block(world: World, admin: Person, person: Person, **body: Any) -> httpx.Response:
    return await world.client.post(
        f"/v1/admin/accounts/{person.id}/block",
        json={"reason": REASON} | body,
        headers=admin.headers,
    )


async def unblock(world: World, admin: Person, person: Person) -> httpx.Response:
    path = f"/v1/admin/accounts/{person.id}/block"
    return await world.client.delete(path, headers=admin.headers)


async def publish_revocations(world: World) -> None:
    """What the background process does twice a second."""
    wanted = await revocations.wanted(world.parts.database, world.clock.now())
    await revocations.project(world.parts.redis, wanted)


async def trail(world: World) -> list[tuple[Any, ...]]:
    rows = await world.rows(
        "SELECT action, actor_id, subject_id, details FROM audit_entries "
        "WHERE action LIKE 'account.%' ORDER BY id"
    )
    return [tuple(row) for row in rows]


async def events(world: World) -> list[dict[str, Any]]:
    rows = await world.rows("SELECT body FROM outbox WHERE destination = 'kafka' ORDER BY seq")
    found = [json.loads(row.body) for row in rows]
    return [one for one in found if not one["type"].endswith(".registered")]


async def answers(world: World, person: Person, status: int, code: str = "") -> bool:
    answer = await world.client.get("/v1/me", headers=person.headers)
    return answer.status_code == status and answer.json().get("code", "") == code


async def test_u_a4_a_block_is_felt_by_token_login_and_refresh_and_undone(world: World) -> None:
    admin, person = await world.admin(), await world.sign_up(locale="hi")
    answer = await block(world, admin, person)
    assert answer.status_code == 200
    body = answer.json()
    assert (body["state"], body["block_reason"], body["blocked_until"]) == ("blocked", REASON, None)
    assert datetime.fromisoformat(body["blocked_at"]) == world.clock.now()
    await publish_revocations(world)
    assert await eventually(lambda: answers(world, person, 403, "account_blocked"))
    again = {"identifier": "asha_rao", "password": "a long pass phrase"}  # pragma: allowlist secret
    refused = await world.client.post("/v1/logins", json=again)
    assert (refused.status_code, refused.json()["code"]) == (403, "account_blocked")
    renewal = {"refresh_token": person.login["refresh_token"]}
    refused = await world.client.post("/v1/logins/refresh", json=renewal)
    assert (refused.status_code, refused.json()["code"]) == (403, "account_blocked")
    world.clock.move(timedelta(seconds=31))  # a token used up by now would count as stolen

    answer = await unblock(world, admin, person)
    assert (answer.status_code, answer.json()["state"]) == (200, "active")
    assert answer.json()["block_reason"] is None
    await publish_revocations(world)
    assert await eventually(lambda: answers(world, person, 200))
    assert (await world.client.post("/v1/logins/refresh", json=renewal)).status_code == 200
    acts = await world.rows("SELECT action FROM audit_entries WHERE action = 'login.reused'")
    assert acts == []


async def test_u13_the_person_is_told_the_reason(world: World) -> None:
    admin, person = await world.admin(), await world.sign_up()
    await world.run_jobs()
    world.mailer.mails.clear()
    until = world.clock.now() + timedelta(days=7)
    await block(world, admin, person, until=until.isoformat())
    await unblock(world, admin, person)
    await world.run_jobs()
    told, opened = world.mailer.mails
    assert (told.to, opened.to) == ("asha@example.org", "asha@example.org")
    assert told.subject == "Your StudyZed account has been blocked for some time"
    assert f"The reason given: {REASON}" in told.text
    assert opened.subject == "Your StudyZed account is open again"


async def test_u13_a_reason_may_begin_with_any_word(world: World) -> None:
    admin, person = await world.admin(), await world.sign_up()
    await block(world, admin, person, reason="instant 2026 was sold")
    await world.run_jobs()
    assert "The reason given: instant 2026 was sold" in world.mailer.mails[-1].text


async def test_u_a4_blocking_twice_leaves_one_audit_row_and_the_first_reason(world: World) -> None:
    admin, person = await world.admin(), await world.sign_up()
    first = await block(world, admin, person)
    world.clock.move(timedelta(minutes=1))
    second = await block(world, admin, person, reason="Something else altogether.")
    assert (second.status_code, second.json()) == (200, first.json())
    await unblock(world, admin, person)
    third = await unblock(world, admin, person)
    assert (third.status_code, third.json()["state"]) == (200, "active")
    assert await trail(world) == [
        ("account.blocked", admin.id, person.id, {"reason": REASON, "until": None}),
        ("account.unblocked", admin.id, person.id, {}),
    ]
    kinds = [one["type"] for one in await events(world)]
    assert kinds == ["studyzed.account.blocked", "studyzed.account.unblocked"]


async def test_u_a4_twenty_blocks_at_once_are_one(world: World) -> None:
    admin, person = await world.admin(), await world.sign_up()
    found = await asyncio.gather(*(block(world, admin, person) for _ in range(20)))
    assert [answer.status_code for answer in found] == [200] * 20
    assert len(await trail(world)) == 1
    assert len(await events(world)) == 1
    [(revision,)] = await world.rows("SELECT revision FROM accounts WHERE username = 'asha_rao'")
    assert revision == 2


async def test_u_a4_events_carry_what_other_services_need(world: World) -> None:
    admin, person = await world.admin(), await world.sign_up()
    until = world.clock.now() + timedelta(days=7)
    await block(world, admin, person, until=until.isoformat())
    begun = world.clock.now()
    world.clock.move(timedelta(minutes=5))
    await unblock(world, admin, person)
    shut, opened = await events(world)
    common = {
        "account_id": str(person.id), "role": "tutor",
        "user_code": person.login["account"]["user_code"],
    }  # fmt: skip
    assert {name: shut["data"][name] for name in (*common, "revision")} == common | {"revision": 2}
    assert datetime.fromisoformat(shut["data"]["blocked_at"]) == begun
    assert datetime.fromisoformat(shut["data"]["until"]) == until
    assert {name: opened["data"][name] for name in (*common, "revision")} == common | {
        "revision": 3
    }
    assert datetime.fromisoformat(opened["data"]["blocked_at"]) == begun
    assert datetime.fromisoformat(opened["data"]["unblocked_at"]) == world.clock.now()
    assert shut["subject"] == opened["subject"] == str(person.id)


async def test_u13_a_block_ends_at_its_time_and_not_before(world: World) -> None:
    admin, person = await world.admin(), await world.sign_up()
    other = await world.sign_up("other@example.org", username="other_one")
    until = world.clock.now() + timedelta(days=7)
    await block(world, admin, person, until=until.isoformat())
    await block(world, admin, other)
    world.clock.move(timedelta(days=7) - timedelta(microseconds=1))
    await world.run(LiftBlocks())
    assert len(await world.rows("SELECT 1 FROM accounts WHERE blocked_at IS NOT NULL")) == 2
    world.clock.move(timedelta(microseconds=1))
    await asyncio.gather(world.run(LiftBlocks()), world.run(LiftBlocks()))
    left = await world.rows("SELECT username FROM accounts WHERE blocked_at IS NOT NULL")
    assert [row.username for row in left] == ["other_one"]
    assert (await trail(world))[2:] == [("account.unblocked", None, person.id, {})]
    assert (await mails(world)).count("account-unblocked") == 1


async def test_u13_one_block_that_does_not_end_keeps_no_other_from_ending(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    admin, person = await world.admin(), await world.sign_up()
    other = await world.sign_up("other@example.org", username="other_one")
    until = world.clock.now() + timedelta(days=7)
    await block(world, admin, person, until=until.isoformat())
    await block(world, admin, other, until=(until + timedelta(seconds=1)).isoformat())
    tell = service.tell

    async def fail(session: AsyncSession, account: Account, *rest: Any) -> None:
        if account.id == person.id:
            raise RuntimeError("on purpose")
        await tell(session, account, *rest)

    monkeypatch.setattr(service, "tell", fail)
    world.clock.move(timedelta(days=8))
    await world.run(LiftBlocks())
    left = "SELECT id FROM accounts WHERE blocked_at IS NOT NULL"
    assert await world.rows(left) == [(person.id,)]
    monkeypatch.undo()
    await world.run(LiftBlocks())
    assert await world.rows(left) == []


async def mails(world: World) -> list[str]:
    return [row.kind for row in await world.rows("SELECT kind FROM outgoing_mails ORDER BY id")]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"until": "2020-01-01T00:00:00Z"}, "end_in_past"), ({"until": "2030-01-01T00:00:00"}, ""),
        ({"reason": ""}, ""), ({"reason": "no"}, ""), ({"reason": "x" * 501}, ""),
        ({"reason": "nul\x00byte"}, ""), ({"reason": None}, ""), ({"why": "unknown"}, ""),
    ],
)  # fmt: skip
async def test_u13_a_block_needs_a_good_reason_and_end(
    world: World, body: dict[str, Any], code: str
) -> None:
    admin, person = await world.admin(), await world.sign_up()
    answer = await block(world, admin, person, **body)
    assert answer.status_code == 422
    assert answer.json()["code"] == (code or "invalid")
    assert await trail(world) == []


async def test_u13_a_reason_is_kept_in_nfc(world: World) -> None:
    admin, person = await world.admin(), await world.sign_up()
    answer = await block(world, admin, person, reason="  Cafe\u0301 talk  ")
    assert answer.json()["block_reason"] == "Café talk"


async def test_u13_an_admin_cannot_block_himself(world: World) -> None:
    admin = await world.admin()
    answer = await block(world, admin, admin)
    assert (answer.status_code, answer.json()["code"]) == (409, "own_account")
    assert await trail(world) == []


async def test_u13_a_blocked_admin_cannot_act_before_the_revocation_is_felt(world: World) -> None:
    admin, other = await world.admin(), await world.sign_up()
    await world.rows_written("UPDATE accounts SET role = 'admin' WHERE username = 'asha_rao'")
    other = await world.sign_in("asha_rao", "a long pass phrase")
    await block(world, admin, other)
    answer = await block(world, other, admin)
    assert (answer.status_code, answer.json()["code"]) == (403, "account_blocked")
    assert [row[0] for row in await trail(world)] == ["account.blocked"]


async def test_u13_two_admins_who_block_each_other_leave_one(world: World) -> None:
    for _ in range(5):
        await world.rows_written("UPDATE accounts SET blocked_at = NULL")
        admin = await world.admin()
        other = await second_admin(world)
        found = await asyncio.gather(block(world, admin, other), block(world, other, admin))
        assert sorted(answer.status_code for answer in found) == [200, 403]
        active = await world.rows("SELECT 1 FROM accounts WHERE blocked_at IS NULL")
        assert len(active) == 1


async def second_admin(world: World) -> Person:
    """Another admin, signed in."""
    await world.forget_limits()
    if not await world.rows("SELECT 1 FROM accounts WHERE username = 'asha_rao'"):
        await world.sign_up()
    await world.rows_written("UPDATE accounts SET role = 'admin'")
    return await world.sign_in("asha_rao", "a long pass phrase")
