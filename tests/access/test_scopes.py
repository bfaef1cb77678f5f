"""Narrowed tokens, tried at every route of every service that asks who calls."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest

from libs.auth import Principal
from libs.ids import new_id
from tests.access.table import Row, World
from tests.access.test_rights import SERVICES, table
from tests.contracts.worlds import app_of
from tests.stack import Stack

ENROLLERS = ("/v1/factors", "/v1/step-ups", "/v1/logins/current")
"""What an admin's token takes while it may only add a second factor, or sign out."""


ENDS_THE_LOGIN = "/v1/logins/current"


def protected(service: str) -> list[Row]:
    """The routes that refuse whoever has no token."""
    return [row for row in table(service).ROWS if row.answers["nobody"] == 401]


EVERY = frozenset(
    f"{service.removesuffix('_service')}:{right}" for service in SERVICES
    for right in ("read", "write")
)  # fmt: skip


@asynccontextmanager
async def narrowed(
    stack: Stack, service: str, rights: Mapping[str, set[str]], **others: Any
) -> AsyncIterator[World]:
    """A service's world with one more caller per entry: an admin with these scopes only; `others`
    are further parts of their tokens.
    """
    async with stack.passing(), table(service).world(stack) as world:
        parts = app_of(world).state.resources
        admin = world.callers["admin"]["Authorization"].removeprefix("Bearer ")
        principal: Principal = await parts.verifier.verify(admin)
        key: Any = parts.keys if service == "user_service" else stack.key
        made = {}
        for name, scopes in rights.items():
            narrow = replace(principal, **{"scopes": frozenset(scopes), **others})
            token = key.sign(narrow, parts.clock.now())
            token = token if isinstance(token, str) else await token
            made[name] = {"Authorization": f"Bearer {token}"}
        world.callers = {**world.callers, **made}
        yield world


@pytest.mark.parametrize("service", SERVICES)
async def test_u7_no_route_takes_the_token_of_an_admin_who_must_enrol(
    stack: Stack, service: str
) -> None:
    async with narrowed(stack, service, {"enroller": {"user:enroll"}}) as world:
        before, tried = await world.fingerprint(), 0
        for row in protected(service):
            if service != "user_service" or not row.path.startswith(ENROLLERS):
                answer = await world.ask(row, "enroller")
                assert (answer.status_code, answer.json()["code"]) == (403, "scope_missing"), row
                tried += 1
        assert tried > 0
        assert await world.fingerprint() == before


@pytest.mark.parametrize("service", SERVICES)
async def test_u18_scopes_of_other_services_and_of_reading_change_nothing(
    stack: Stack, service: str
) -> None:
    own = service.removesuffix("_service")
    rights = {"others": {scope for scope in EVERY if not scope.startswith(f"{own}:")},
              "reader": set(EVERY - {f"{own}:write"})}  # fmt: skip
    async with narrowed(stack, service, rights) as world:
        before = await world.fingerprint()
        for row in protected(service):
            answer = await world.ask(row, "others")
            assert (answer.status_code, answer.json()["code"]) == (403, "scope_missing"), row
            if row.method != "GET":
                answer = await world.ask(row, "reader")
                assert (answer.status_code, answer.json()["code"]) == (403, "scope_missing"), row
        assert await world.fingerprint() == before


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize("token", [{"scopes": EVERY}, {"scopes": None, "actor_id": new_id()}])
async def test_u18_only_a_login_of_ones_own_does_what_no_other_token_may(
    stack: Stack, service: str, token: dict[str, Any]
) -> None:
    """A token with every scope, and somebody in an admin's place without any; all else they may."""
    async with narrowed(stack, service, {"other": set()}, **token) as world:
        before = await world.fingerprint()
        for row in protected(service):
            if row.own_login:
                answer = await world.ask(row, "other")
                assert (answer.status_code, answer.json()["code"]) == (403, "scope_missing"), row
        assert await world.fingerprint() == before
        rest = [row for row in protected(service) if not row.own_login]
        for row in sorted(rest, key=lambda row: row.path == ENDS_THE_LOGIN):
            answer = await world.ask(row, "other")
            assert answer.status_code != 401, row
            assert '"scope_missing"' not in answer.text, f"own_login=True is missing: {row}"
