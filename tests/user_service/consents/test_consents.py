"""Consents and ages (U20): one statement after the other, by purpose, with version and time."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import httpx
import pytest

from tests.conftest import SettingsFor
from tests.user_service.world import PERSON, Person, World, new_world

REQUIRED: dict[str, Any] = {"terms_version": "2026-11", "privacy_version": "7"}
AGREED = [{"purpose": "terms", "version": "2026-11"}, {"purpose": "privacy", "version": "7"}]


@pytest.fixture
async def strict(settings_for: SettingsFor) -> AsyncIterator[World]:
    """A service that asks for terms and privacy notice."""
    async with new_world(settings_for, **REQUIRED) as made:
        yield made


async def sign_up(world: World, email: str = "asha@example.org", **other: Any) -> httpx.Response:
    await world.forget_limits()
    grant = await world.grant_for(email)
    return await world.client.post("/v1/accounts", json=PERSON | {"grant": grant} | other)


async def put(world: World, person: Person, purpose: str, **body: Any) -> httpx.Response:
    path = f"/v1/me/consents/{purpose}"
    return await world.client.put(path, json=body, headers=person.headers)


async def shown(world: World, person: Person) -> dict[str, Any]:
    answer = await world.client.get("/v1/me/consents", headers=person.headers)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def history(world: World, person: Person) -> list[tuple[str, str, bool, str]]:
    answer = await world.client.get("/v1/me/consents/history", headers=person.headers)
    assert answer.status_code == 200, answer.text
    return [
        (one["purpose"], one["version"], one["given"], one["source"])
        for one in answer.json()["items"]
    ]


async def test_u20_nothing_is_required_unless_it_is_set(world: World) -> None:
    person = await world.sign_up()
    assert await shown(world, person) == {"items": [], "missing": [], "needs_guardian": False}
    assert await world.count("ages") == 0


@pytest.mark.parametrize(
    ("given", "missing"),
    [([], 2), (AGREED[:1], 1), ([{"purpose": "terms", "version": "2025-01"}, AGREED[1]], 1)],
)
async def test_u20_sign_up_needs_the_versions_in_force(
    strict: World, given: list[dict[str, str]], missing: int
) -> None:
    refused = await sign_up(strict, consents=given)
    assert refused.status_code == 422
    assert [(one["pointer"], one["code"]) for one in refused.json()["fields"]] == [
        ("/consents", "consent_missing")
    ] * missing
    assert await strict.count("accounts") == 1  # the admin
    assert await strict.count("consents") == 0


async def test_u20_a_consent_has_version_time_and_source(strict: World) -> None:
    made = await sign_up(strict, consents=[*AGREED, {"purpose": "research", "version": "1"}])
    assert made.status_code == 201, made.text
    person = await strict.sign_in(PERSON["username"], PERSON["password"])
    found = await shown(strict, person)
    assert found["missing"] == []
    assert sorted(
        (one["purpose"], one["version"], one["given"], one["source"]) for one in found["items"]
    ) == [
        ("privacy", "7", True, "sign_up"),
        ("research", "1", True, "sign_up"),
        ("terms", "2026-11", True, "sign_up"),
    ]
    at = strict.clock.now().isoformat().replace("+00:00", "Z")
    assert {one["at"] for one in found["items"]} == {at}


async def test_u20_taking_back_keeps_the_history(world: World) -> None:
    person = await world.sign_up()
    for given in (True, True, False, True):
        world.clock.move(timedelta(seconds=1))
        answer = await put(world, person, "marketing_mail", version="1", given=given)
        assert answer.status_code == 200, answer.text
    assert await history(world, person) == [
        ("marketing_mail", "1", True, "settings"),
        ("marketing_mail", "1", False, "settings"),
        ("marketing_mail", "1", True, "settings"),
    ]
    found = (await shown(world, person))["items"]
    assert [(one["purpose"], one["given"]) for one in found] == [("marketing_mail", True)]


async def test_u20_old_accounts_are_told_what_is_missing(settings_for: SettingsFor) -> None:
    async with new_world(settings_for, terms_version="2") as world:
        await sign_up(world, consents=[{"purpose": "terms", "version": "2"}])
        person = await world.sign_in(PERSON["username"], PERSON["password"])
        await world.rows("UPDATE consents SET version = '1' RETURNING id")
        assert (await shown(world, person))["missing"] == ["terms"]
        outdated = await put(world, person, "terms", version="1", given=True)
        assert (outdated.status_code, outdated.json()["code"]) == (422, "consent_outdated")
        assert (await put(world, person, "terms", version="2", given=True)).status_code == 200
        assert (await shown(world, person))["missing"] == []
        back = await put(world, person, "terms", version="2", given=False)
        assert (back.status_code, back.json()["code"]) == (409, "consent_needed")
        assert await world.count("consents") == 2


async def test_u20_nobody_is_their_own_guardian(world: World) -> None:
    person = await world.sign_up()
    assert (await put(world, person, "guardian", version="1", given=True)).status_code == 422
    refused = await sign_up(
        world, "bela@example.org", consents=[{"purpose": "guardian", "version": "1"}]
    )
    assert refused.status_code == 422
    assert await world.count("consents") == 0


async def test_u20_under_age_until_the_birthday(world: World) -> None:
    today = world.clock.now().date()
    birth = today.replace(year=today.year - 16) + timedelta(days=1)
    person = await world.sign_up(birth_date=birth.isoformat())
    assert (await shown(world, person))["needs_guardian"] is True
    world.clock.move(timedelta(days=1))
    person = await world.sign_in(PERSON["username"], PERSON["password"])
    assert (await shown(world, person))["needs_guardian"] is False


async def test_u20_a_guardian_vouches(world: World) -> None:
    today = world.clock.now().date()
    person = await world.sign_up(birth_date=today.replace(year=today.year - 10).isoformat())
    assert (await shown(world, person))["needs_guardian"] is True
    await world.rows(
        "INSERT INTO consents VALUES (:id, :id, 'guardian', '1', true, 'guardian', :at) "
        "RETURNING id",
        id=person.id, at=world.clock.now(),
    )  # fmt: skip
    assert (await shown(world, person))["needs_guardian"] is False


async def test_u20_a_birth_date_lies_in_the_past(world: World) -> None:
    later = (world.clock.now().date() + timedelta(days=1)).isoformat()
    for wrong in (later, "1899-12-31", "2001-02-29"):
        refused = await sign_up(world, birth_date=wrong)
        assert refused.status_code == 422
        assert refused.json()["fields"][0]["pointer"] == "/birth_date"
    assert await world.count("accounts") == 1
