"""Consents and ages (U20): one statement after the other, by purpose, with version and time."""

from collections.abc import AsyncIterator
from datetime import date, timedelta
from typing import Any

import httpx
import pytest

from tests.conftest import SettingsFor
from tests.user_service.world import PERSON, Person, World, new_world
from user_service.consents.service import birthday

REQUIRED: dict[str, Any] = {"terms_version": "2026-11", "privacy_version": "7"}
AGREED = [{"purpose": "terms", "version": "2026-11"}, {"purpose": "privacy", "version": "7"}]


@pytest.fixture
async def strict(settings_for: SettingsFor) -> AsyncIterator[World]:
    """A service that asks for terms and privacy notice."""
    async with new_world(settings_for, **REQUIRED) as made:
        yield made


@pytest.fixture
async def gated(settings_for: SettingsFor) -> AsyncIterator[World]:
    """A service for people of sixteen years and more."""
    async with new_world(settings_for, guardian_age=16) as made:
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


def birth(world: World, years: int, later: timedelta = timedelta()) -> str:
    """The birth date of somebody who is, or will be then, so many years old today."""
    today = world.clock.now().date() + later
    return today.replace(year=today.year - years).isoformat()


async def test_u20_nobody_under_age_signs_up_until_the_birthday(gated: World) -> None:
    born = birth(gated, 16, later=timedelta(days=1))
    refused = await sign_up(gated, birth_date=born)
    assert (refused.status_code, refused.json()["code"]) == (422, "guardian_needed")
    for table, count in (("accounts", 1), ("ages", 0), ("outbox", 2)):  # the admin's, and the code
        assert await gated.count(table) == count, table
    gated.clock.move(timedelta(days=1))
    assert (await sign_up(gated, birth_date=born)).status_code == 201
    person = await gated.sign_in(PERSON["username"], PERSON["password"])
    assert (await shown(gated, person))["needs_guardian"] is False
    assert await gated.rows("SELECT birth_date::text FROM ages") == [(born,)]


async def test_u20_an_age_gate_asks_for_the_birth_date(gated: World) -> None:
    refused = await sign_up(gated)
    assert (refused.status_code, refused.json()["code"]) == (422, "invalid")
    assert [(one["pointer"], one["code"]) for one in refused.json()["fields"]] == [
        ("/birth_date", "missing")
    ]
    assert await gated.count("accounts") == 1


async def test_u20_without_an_age_gate_a_birth_date_may_be_said(world: World) -> None:
    person = await world.sign_up(birth_date=birth(world, 10))
    assert (await shown(world, person))["needs_guardian"] is False
    assert await world.count("ages") == 1


async def test_u20_who_was_under_age_before_needs_a_guardian_who_vouches(gated: World) -> None:
    assert (await sign_up(gated, birth_date=birth(gated, 16))).status_code == 201
    person = await gated.sign_in(PERSON["username"], PERSON["password"])
    await gated.rows("UPDATE ages SET of_age_on = of_age_on + 1 RETURNING 1")
    assert (await shown(gated, person))["needs_guardian"] is True
    await gated.rows(
        "INSERT INTO consents VALUES (:id, :id, 'guardian', '1', true, 'guardian', :at) "
        "RETURNING id",
        id=person.id, at=gated.clock.now(),
    )  # fmt: skip
    assert (await shown(gated, person))["needs_guardian"] is False


@pytest.mark.parametrize(
    ("born", "age", "day"),
    [
        ("2012-02-29", 16, "2028-02-29"),
        ("2012-02-29", 18, "2030-03-01"),
        ("2012-03-01", 0, "2012-03-01"),
    ],
)
def test_u20_whoever_is_born_on_a_leap_day_is_of_age_the_day_after(
    born: str, age: int, day: str
) -> None:
    assert birthday(date.fromisoformat(born), age) == date.fromisoformat(day)


async def test_u20_a_birth_date_lies_in_the_past(world: World) -> None:
    later = (world.clock.now().date() + timedelta(days=1)).isoformat()
    for wrong in (later, "1899-12-31", "2001-02-29"):
        refused = await sign_up(world, birth_date=wrong)
        assert refused.status_code == 422
        assert refused.json()["fields"][0]["pointer"] == "/birth_date"
    assert await world.count("accounts") == 1
