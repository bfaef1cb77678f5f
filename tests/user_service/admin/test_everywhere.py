"""Blocks, roles, views and keys as all five services feel them, over real sockets."""

import asyncio
import json
from base64 import urlsafe_b64encode
from collections.abc import AsyncIterator
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from jose import jwk, jwt

from tests.stack import Stack, eventually
from tests.user_service.admin.five import READS, WRITES, Five, five
from tests.user_service.world import Person, World
from user_service.keys import rotate
from user_service.keys.errors import KeyTooYoung
from user_service.keys.ring import RELOAD

REASON = {"reason": "For the test."}


@pytest.fixture
async def services(stack: Stack) -> AsyncIterator[Five]:
    """All five."""
    async with five(stack) as made:
        yield made


async def act(world: World, admin: Person, method: str, path: str, **body: Any) -> Any:
    """What an admin does to an account; the answer's body."""
    answer = await world.client.request(
        method, f"/v1/admin/accounts/{path}", headers=admin.headers, json=REASON | body
    )
    assert answer.is_success, answer.text
    return answer.json()


async def test_u_a4_a_block_is_felt_by_all_services_and_undone(services: Five) -> None:
    world = services.world
    admin, person = await world.admin(), await world.sign_up()
    other = await world.sign_up("other@example.org", username="other_one")
    assert await services.all_say(person.headers, 200)
    socket, bystander = await services.live(person), await services.live(other)
    await act(world, admin, "POST", f"{person.id}/block")
    assert await eventually(
        partial(services.all_say, person.headers, 403, "account_blocked"), every=0.2
    )
    assert await socket.closed() == (4403, "account_blocked")
    again = await services.open_socket(person.login["access_token"])
    assert await again.closed() == (4403, "account_blocked")
    assert await services.all_say(other.headers, 200)
    await bystander.tell("ping")
    await bystander.await_type("pong")
    await act(world, admin, "DELETE", f"{person.id}/block")
    assert await eventually(partial(services.all_say, person.headers, 200), every=0.2)
    async with await services.live(person):
        pass
    await bystander.socket.close()


async def test_u5_a_new_role_is_felt_by_all_services(services: Five) -> None:
    world = services.world
    admin, person = await world.admin(), await world.sign_up(role="student")
    socket = await services.live(person)
    await act(world, admin, "PUT", f"{person.id}/role", role="tutor")
    assert await eventually(
        partial(services.all_say, person.headers, 401, "login_revoked"), every=0.2
    )
    assert await socket.closed() == (4401, "login_revoked")
    again = await world.sign_in("asha_rao", "a long pass phrase")
    assert await services.all_say(again.headers, 200)


async def test_u5_a_new_password_ends_other_logins_in_all_services(services: Five) -> None:
    world = services.world
    stolen = await world.sign_up()
    own = await world.sign_in("asha_rao", "a long pass phrase")
    socket = await services.live(stolen)
    body = {"old_password": "a long pass phrase"}  # pragma: allowlist secret
    body |= {"password": "another long pass phrase"}  # pragma: allowlist secret
    changed = await world.client.put("/v1/me/password", json=body, headers=own.headers)
    assert changed.status_code == 204, changed.text
    assert await eventually(
        partial(services.all_say, stolen.headers, 401, "login_revoked"), every=0.2
    )
    assert await socket.closed() == (4401, "login_revoked")
    assert await services.all_say(own.headers, 200)


async def view(services: Five, admin: Person, person: Person) -> dict[str, str]:
    """The headers of a view."""
    made = await act(services.world, admin, "POST", f"{person.id}/views")
    return {"Authorization": f"Bearer {made['access_token']}"}


async def test_u14_a_view_reads_everywhere_and_writes_nowhere(services: Five) -> None:
    admin, person = await services.world.admin(), await services.world.sign_up()
    headers = await view(services, admin, person)
    assert await services.all_say(headers, 200)
    me = await services.web.get("/v1/me", headers=headers)
    assert me.json()["id"] == str(person.id)
    for service, (method, path) in WRITES.items():
        assert await services.ask(service, headers, method, path) == (403, "scope_missing"), service
    socket = await services.open_socket(headers["Authorization"].removeprefix("Bearer "))
    assert await socket.closed() == (4403, "scope_missing")
    assert await services.ask(
        "user_service", headers, "GET", "/v1/admin/accounts"
    ) == (403, "scope_missing")  # fmt: skip


@pytest.mark.parametrize(
    ("end", "status", "code"),
    [
        ("the admin signs out", 401, "login_revoked"),
        ("the admin is demoted", 401, "login_revoked"),
        ("the admin is blocked", 403, "account_blocked"),
        ("the viewed account is blocked", 403, "account_blocked"),
    ],
)
async def test_u14_a_view_ends_everywhere(services: Five, end: str, status: int, code: str) -> None:
    world = services.world
    admin, person = await world.admin(), await world.sign_up()
    await world.sign_up("second@example.org", username="second_admin")
    await world.rows_written("UPDATE accounts SET role = 'admin' WHERE username = 'second_admin'")
    second = await world.sign_in("second_admin", "a long pass phrase")
    headers, other = await view(services, second, person), await view(services, admin, person)
    assert await services.all_say(headers, 200)
    if end == "the admin signs out":
        await world.client.delete("/v1/logins/current", headers=second.headers)
    elif end == "the admin is demoted":
        await act(world, admin, "PUT", f"{second.id}/role", role="tutor")
    elif end == "the admin is blocked":
        await act(world, admin, "POST", f"{second.id}/block")
    else:
        await act(world, admin, "POST", f"{person.id}/block")
    assert await eventually(partial(services.all_say, headers, status, code), every=0.2)
    if "viewed" not in end:
        assert await services.all_say(other, 200)


async def test_u_a8_rotation_fails_none_of_1000_requests_across_services(services: Five) -> None:
    world = services.world
    before = (await services.web.get("/.well-known/jwks.json")).json()["keys"]
    assert [key["alg"] for key in before] == ["RS256", "RS256"]  # the current one and the next
    world.clock.move(timedelta(minutes=11))
    person = await world.sign_up()
    used: set[str] = set()
    tokens = {"access_token": "", "refresh_token": person.login["refresh_token"]}
    answers: list[tuple[int, str]] = []
    under_way = asyncio.Event()

    async def client(number: int) -> None:
        service = list(READS)[number]
        for _ in range(200):
            headers = {"Authorization": f"Bearer {tokens['access_token']}"}
            answers.append(await services.ask(service, headers))
            if len(answers) == 300:
                under_way.set()

    async def renew() -> None:
        body = {"refresh_token": tokens["refresh_token"]}
        answer = await services.web.post("/v1/logins/refresh", json=body)
        assert answer.status_code == 200, answer.text
        tokens.update(answer.json())
        used.add(jwt.get_unverified_header(tokens["access_token"])["kid"])

    await renew()
    clients = [asyncio.create_task(client(number)) for number in range(len(READS))]
    await under_way.wait()
    kid = await rotate.run(world.parts.settings, world.clock, hurried=False)
    world.clock.move(RELOAD)
    await renew()
    await asyncio.gather(*clients)
    assert answers == [(200, "")] * 1_000
    assert used == {before[0]["kid"], before[1]["kid"]}
    assert kid == before[1]["kid"]
    after = (await services.web.get("/.well-known/jwks.json")).json()["keys"]
    assert [key["kid"] for key in after[:2]] == [key["kid"] for key in before]
    assert len(after) == 3  # the retired one stays while its tokens live
    with pytest.raises(KeyTooYoung):
        await rotate.run(world.parts.settings, world.clock, hurried=False)
    [entry] = await world.rows("SELECT * FROM audit_entries WHERE action = 'keys.rotated'")
    assert entry.details == {"kid": kid, "hurried": False}


async def test_u_a8_forged_tokens_are_refused_by_all_services(services: Five) -> None:
    person = await services.world.sign_up()
    token = person.login["access_token"]
    assert await services.all_say(person.headers, 200)
    [public, _] = (await services.web.get("/.well-known/jwks.json")).json()["keys"]
    pem = jwk.construct(public, "RS256").to_pem()
    claims, kid = jwt.get_unverified_claims(token), {"kid": public["kid"]}
    head, body, signature = token.split(".")
    symmetric = jwk.construct({"kty": "oct", "k": b64(pem)}, "HS256")
    forged = {
        "none": f"{header(alg='none', **kid)}.{body}.",
        "HS256 with the public key": jwt.encode(claims, symmetric, "HS256", headers=kid),
        "another signature": f"{head}.{body}.{signature[:-8]}AAAAAAAA",
        "unknown kid": f"{header(alg='RS256', kid='nobody')}.{body}.{signature}",
    }
    for name, one in forged.items():
        found = await services.everywhere({"Authorization": f"Bearer {one}"})
        assert set(found.values()) == {(401, "token_invalid")}, name


def b64(raw: bytes) -> str:
    """Unpadded base64url."""
    return urlsafe_b64encode(raw).decode().rstrip("=")


def header(**fields: str) -> str:
    """A token's header."""
    return b64(json.dumps(fields).encode())
