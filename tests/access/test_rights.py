"""Walks the table of rights."""

import importlib
import importlib.util
from pathlib import Path
from typing import Any

import httpx
import pytest

from libs.ids import new_id
from tests.access.table import Row
from tests.stack import Stack

ROOT = Path(__file__).parents[2]
SERVICES = sorted(folder.parent.name for folder in ROOT.glob("*_service/app.py"))


def table(service: str) -> Any:
    return importlib.import_module(f"tests.access.{service}")


def rows() -> list[Any]:
    return [
        pytest.param(service, row, id=f"{service} {row.name}")
        for service in SERVICES
        if importlib.util.find_spec(f"tests.access.{service}")
        for row in table(service).ROWS
    ]


@pytest.mark.parametrize("service", SERVICES)
def test_u_a6_every_route_has_a_row(service: str) -> None:
    from tests.access.table import routes

    module = table(service)
    listed = [(row.method, row.path) for row in module.ROWS]
    assert len(listed) == len(set(listed)), "a route has two rows"
    assert set(listed) == routes(module.app_for_routes())


A_CHANNEL = "a class's channel, and who moderates it"
PROVED_ELSEWHERE = {
    "POST /v1/stripe/webhooks": "Stripe's signature",
    "POST /v1/wallet/top-ups": "a payment provider",
    "POST /v1/google-logins": "Google's ID token",
    "POST /v1/google-logins/nonces": "an app that Google knows",
    "PUT /v1/me/google": "Google's ID token",
    "POST /v1/factors/totp/confirmations": "an app's code of this half minute",
    "POST /v1/step-ups/factor": "a challenge, and an app's code",
    "POST /v1/logins/factors": "a challenge, and an app's code",
    "POST /v1/factors/passkeys": "a passkey's attestation",
    "POST /v1/passkey-logins": "a passkey's assertion",
    "POST /v1/lessons/{lesson_id}/check-ins": "the code that is shown in the lesson",
    "PUT /v1/conversations/{conversation_id}/freeze": A_CHANNEL,
    "DELETE /v1/conversations/{conversation_id}/freeze": A_CHANNEL,
    "GET /v1/conversations/{conversation_id}/mutes": A_CHANNEL,
    "PUT /v1/conversations/{conversation_id}/mutes/{account_id}": A_CHANNEL,
    "DELETE /v1/conversations/{conversation_id}/mutes/{account_id}": A_CHANNEL,
    "GET /v1/conversations/{conversation_id}/moderation-log": A_CHANNEL,
    "GET /v1/conversations/{conversation_id}/reports": A_CHANNEL,
    "POST /v1/conversations/{conversation_id}/reports/{report_id}/resolution": A_CHANNEL,
    "POST /v1/conversations/{conversation_id}/messages/{seq}/removal": A_CHANNEL,
    "POST /v1/subscriptions/{subscription_id}/plan-changes/preview": "an active period",
    "POST /v1/subscriptions/{subscription_id}/plan-changes": "an active period",
}
"""What nobody here brings along; the tests of these features do."""


def test_u_a6_some_caller_may_take_every_route() -> None:
    refused = {
        row.name
        for service in SERVICES
        for row in table(service).ROWS
        if min(row.answers.values()) >= 400
    }
    assert refused == set(PROVED_ELSEWHERE)


@pytest.mark.parametrize(("service", "row"), rows())
async def test_u_a6_rights(stack: Stack, service: str, row: Row) -> None:
    """Denials first, and they change nothing; then each right: those to read in the same world,
    each other one in a world of its own.
    """
    module = table(service)
    assert set(row.answers) >= module.CALLERS, f"every caller needs an answer: {module.CALLERS}"
    denied = {caller: status for caller, status in row.answers.items() if status >= 400}
    async with stack.passing(), module.world(stack) as world:
        before = await world.fingerprint()
        for caller, status in denied.items():
            answer = await world.ask(row, caller)
            assert answer.status_code == status, f"{caller}: {answer.text}"
            assert answer.headers["content-type"] == "application/problem+json"
            assert await world.fingerprint() == before, f"{caller} was denied, and yet changed data"
        rights = {one: status for one, status in row.answers.items() if one not in denied}
        for caller, status in rights.items() if row.method == "GET" else ():
            answer = await world.ask(row, caller)
            assert answer.status_code == status, f"{caller}: {answer.text}"
    for caller, status in rights.items() if row.method != "GET" else ():
        async with stack.passing(), module.world(stack) as world:
            answer = await world.ask(row, caller)
            assert answer.status_code == status, f"{caller}: {answer.text}"


@pytest.mark.parametrize("service", SERVICES)
async def test_u_a6_a_missing_thing_is_answered_like_a_foreign_one(
    stack: Stack, service: str
) -> None:
    """Nobody learns that there is something of which they may not know."""
    module = table(service)
    async with stack.passing(), module.world(stack) as world:
        before, tried = await world.fingerprint(), 0
        for row in module.ROWS:
            missing = dict.fromkeys(world.ids(row), new_id())
            tried += bool(missing)
            for caller, status in row.answers.items() if missing else ():
                answer = await world.ask(row, caller, missing)
                kept = (401,) if row.seen else (401, 403)
                expected = status if status in kept else 404
                assert answer.status_code == expected, f"{row.name}, {caller}: {answer.text}"
                if status == 404:
                    foreign = await world.ask(row, caller)
                    assert told(answer) == told(foreign), f"{row.name}, {caller}"
        assert tried > 0
        assert await world.fingerprint() == before


def told(answer: httpx.Response) -> dict[str, Any]:
    """What a refusal says, but for what names this very request."""
    return {name: value for name, value in answer.json().items() if name != "trace_id"}
