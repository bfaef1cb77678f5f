"""Profiles over HTTP: what may stand in them, who may change and see them, who is told."""

import asyncio
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import event as sql

from libs import compiled
from libs.clock import FixedClock
from tests.conftest import SettingsFor
from tests.user_service.world import PERSON, Person, World, new_world

FRESH: dict[str, Any] = {
    "username": "asha_rao",
    "email": "asha@example.org",
    "role": "tutor",
    "first_name": "Asha",
    "last_name": "Rao",
    "locale": "en",
    "zone": "Asia/Kolkata",
    "week_start": "sunday",
    "needs": [],
    "needs_note": "",
    "phone": "",
    "bio": "",
    "picture": None,
}


async def patch(
    world: World, person: Person, body: dict[str, Any], **headers: str
) -> tuple[int, dict[str, Any], str]:
    """Status, body and tag of a change."""
    answer = await world.client.patch("/v1/me/profile", json=body, headers=person.headers | headers)
    return answer.status_code, answer.json(), answer.headers.get("etag", "")


async def read(world: World, person: Person) -> tuple[dict[str, Any], str]:
    """One's own profile and its tag."""
    answer = await world.client.get("/v1/me/profile", headers=person.headers)
    assert answer.status_code == 200, answer.text
    return answer.json(), answer.headers["etag"]


async def told(world: World) -> list[dict[str, Any]]:
    """The data of the events that tell of changed profiles, oldest first."""
    rows = await world.rows("SELECT body FROM outbox WHERE destination = 'kafka' ORDER BY seq")
    wires = [json.loads(row.body) for row in rows]
    return [wire["data"] for wire in wires if wire["type"] == "studyzed.profile.changed"]


async def test_u10_a_profile_that_was_never_written(world: World) -> None:
    person = await world.sign_up()
    shown, tag = await read(world, person)
    assert shown == FRESH | {"user_code": person.login["account"]["user_code"]}
    assert tag == '"1"'
    assert await world.count("profiles") == 0


async def test_u10_every_field_changes_and_stays(world: World) -> None:
    person = await world.sign_up()
    wanted = {
        "first_name": "Asha Devi",
        "last_name": "Ráo",
        "locale": "hi-IN",
        "zone": "Europe/Berlin",
        "week_start": "saturday",
        "needs": ["screen_reader", "extra_time"],
        "needs_note": "A third more time.",
        "phone": "+919812345678",
        "bio": "Mathematics since 1999.",
    }
    status, shown, tag = await patch(world, person, wanted)
    expected = FRESH | wanted | {"user_code": person.login["account"]["user_code"]}
    assert (status, shown, tag) == (200, expected, '"2"')
    assert await read(world, person) == (expected, '"2"')
    me = (await world.client.get("/v1/me", headers=person.headers)).json()
    assert (me["first_name"], me["zone"], me["locale"]) == ("Asha Devi", "Europe/Berlin", "hi-IN")


async def test_u10_a_change_tells_of_name_locale_and_zone_only(world: World) -> None:
    person = await world.sign_up()
    account = person.login["account"]
    await patch(world, person, {"bio": "Hello", "phone": "12345", "needs": ["captions"]})
    assert await told(world) == []
    assert (await read(world, person))[1] == '"2"'
    await patch(world, person, {"last_name": "Nair"})
    await patch(world, person, {"zone": "Asia/Calcutta"})  # is what it was
    await patch(world, person, {"zone": "Asia/Tokyo", "locale": "ja"})
    everything = {
        "account_id": account["id"], "user_code": account["user_code"], "role": "tutor",
        "name": "Asha Nair", "email": "asha@example.org", "locale": "en", "zone": "Asia/Kolkata",
        "revision": 3,
    }  # fmt: skip
    later = everything | {"zone": "Asia/Tokyo", "locale": "ja", "revision": 4}
    assert await told(world) == [everything, later]


async def test_u10_nothing_new_raises_nothing(world: World) -> None:
    person = await world.sign_up()
    nothing: list[dict[str, Any]] = [
        *({}, {"first_name": "Asha"}, {"first_name": None, "bio": ""}, {"needs": []})
    ]
    for body in nothing:
        assert (await patch(world, person, body))[2] == '"1"'
    assert await told(world) == []


async def test_u10_only_the_profile_that_was_seen_is_changed(world: World) -> None:
    person = await world.sign_up()
    _, seen = await read(world, person)
    assert (await patch(world, person, {"bio": "one"}, **{"If-Match": seen}))[0] == 200
    status, problem, tag = await patch(world, person, {"bio": "two"}, **{"If-Match": seen})
    assert (status, problem["code"], tag) == (412, "stale", '"2"')
    for never in ('W/"2"', "2", '""', "none"):
        assert (await patch(world, person, {"bio": "no"}, **{"If-Match": never}))[0] == 412
    assert (await read(world, person))[0]["bio"] == "one"
    for right in ('"2"', '"1", "3"', "*"):
        status, _, _ = await patch(world, person, {"bio": right}, **{"If-Match": right})
        assert status == 200


async def test_u10_of_two_at_once_one_is_stale(world: World) -> None:
    person = await world.sign_up()
    _, seen = await read(world, person)
    answers = await asyncio.gather(
        *(patch(world, person, {"bio": str(n)}, **{"If-Match": seen}) for n in range(8))
    )
    assert sorted(status for status, _, _ in answers) == [200] + [412] * 7
    [won] = [shown["bio"] for status, shown, _ in answers if status == 200]
    shown, tag = await read(world, person)
    assert (shown["bio"], tag) == (won, '"2"')


async def test_u10_without_a_tag_all_changes_count(world: World) -> None:
    """Eight at once are the first to write the profile; each comes after another."""
    person = await world.sign_up()
    answers = await asyncio.gather(*(patch(world, person, {"bio": str(n)}) for n in range(8)))
    assert [status for status, _, _ in answers] == [200] * 8
    assert {tag for _, _, tag in answers} == {f'"{n}"' for n in range(2, 10)}
    assert await world.count("profiles") == 1


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"role": "admin"}, "/role"),
        ({"email": "other@example.org"}, "/email"),
        ({"revision": 9}, "/revision"),
        ({"first_name": ""}, "/first_name"),
        ({"first_name": "x" * 201}, "/first_name"),
        ({"last_name": "a\u0000b"}, "/last_name"),
        ({"locale": "english"}, "/locale"),
        ({"week_start": "friday"}, "/week_start"),
        ({"needs": ["wings"]}, "/needs/0"),
        ({"needs": ["captions"] * 10}, "/needs"),
        ({"needs_note": "x" * 501}, "/needs_note"),
        ({"phone": "1234"}, "/phone"),
        ({"phone": "1234567890123456"}, "/phone"),
        ({"phone": "call me"}, "/phone"),
        ({"bio": "x" * 2001}, "/bio"),
        ({"zone": "x" * 65}, "/zone"),
    ],
)
async def test_u10_what_may_not_stand_there(
    world: World, body: dict[str, Any], pointer: str
) -> None:
    person = await world.sign_up()
    status, problem, _ = await patch(world, person, {"bio": "changed"} | body)
    assert (status, problem["code"]) == (422, "invalid")
    assert [field["pointer"] for field in problem["fields"]] == [pointer]
    assert (await read(world, person))[1] == '"1"'


async def test_u10_text_is_tidied_up(world: World) -> None:
    person = await world.sign_up()
    body = {"last_name": " Ra\u0301o ", "phone": "+91 (98) 123-45.678", "needs": ["captions"] * 3,
            "bio": "Cafe\u0301"}  # fmt: skip
    _, shown, _ = await patch(world, person, body)
    assert (shown["last_name"], shown["bio"]) == ("R\u00e1o", "Caf\u00e9")
    assert (shown["phone"], shown["needs"]) == ("+919812345678", ["captions"])


@pytest.mark.parametrize(
    ("zone", "suggestions"),
    [
        ("IST", ["Asia/Kolkata", "Europe/Dublin", "Asia/Jerusalem"]),
        ("ist", ["Asia/Kolkata", "Europe/Dublin", "Asia/Jerusalem"]),
        ("+05:30", ["Asia/Colombo", "Asia/Kolkata"]),
        ("UTC+0530", ["Asia/Colombo", "Asia/Kolkata"]),
        ("GMT+5:45", ["Asia/Kathmandu"]),
        ("EDT", ["America/New_York", "America/Panama"]),
        ("EST", ["America/New_York", "America/Panama"]),
        ("CEST", ["Europe/Berlin", "Europe/Paris", "Europe/Madrid"]),
        ("India Standard Time", ["Asia/Kolkata"]),
        ("asia/kolkata", ["Asia/Kolkata"]),
        ("Calcutta", ["Asia/Kolkata"]),
        ("New York", ["America/New_York"]),
        ("Asia/Kolkatta", ["Asia/Kolkata"]),
        ("../../etc/passwd", None),
        ("Factory", None),
        ("+27:00", None),
    ],
)
async def test_u_a7_no_zone_but_a_suggestion(
    world: World, zone: str, suggestions: list[str] | None
) -> None:
    person = await world.sign_up()
    status, problem, _ = await patch(world, person, {"zone": zone})
    assert status == 422
    [field] = problem["fields"]
    assert (field["pointer"], field["code"]) == ("/zone", "unknown_zone")
    assert field.get("suggestions") == suggestions
    assert (await read(world, person))[0]["zone"] == "Asia/Kolkata"


@pytest.mark.parametrize(
    ("day", "suggestions"),
    [
        (datetime(2026, 1, 15, tzinfo=UTC), ["Australia/Adelaide", "Australia/Broken_Hill"]),
        (datetime(2026, 7, 15, tzinfo=UTC), None),
    ],
)
async def test_u_a7_offsets_are_those_of_today(
    settings_for: SettingsFor, day: datetime, suggestions: list[str] | None
) -> None:
    """+10:30 is Adelaide's summer; in July only Lord Howe keeps it."""
    async with new_world(settings_for, FixedClock(day)) as world:
        person = await world.sign_up()
        _, problem, _ = await patch(world, person, {"zone": "+10:30"})
        assert problem["fields"][0]["suggestions"] == (suggestions or ["Australia/Lord_Howe"])


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("Asia/Calcutta", "Asia/Kolkata"),
        ("US/Eastern", "America/New_York"),
        ("Europe/Kiev", "Europe/Kyiv"),
        ("Europe/Stockholm", "Europe/Stockholm"),
        ("Etc/GMT+5", "Etc/GMT+5"),
        ("UTC", "UTC"),
    ],
)
async def test_u_a7_deprecated_names_become_those_of_today(
    world: World, given: str, kept: str
) -> None:
    person = await world.sign_up()
    assert (await patch(world, person, {"zone": given}))[1]["zone"] == kept


async def test_u_a7_sign_up_knows_the_same_zones(world: World) -> None:
    grant = await world.grant_for("b@example.org")
    body = {
        "username": "bhavna", "password": PERSON["password"], "first_name": "B",
        "role": "student", "grant": grant,
    }  # fmt: skip
    refused = await world.client.post("/v1/accounts", json=body | {"zone": "IST"})
    assert refused.status_code == 422
    assert refused.json()["fields"][0]["suggestions"][0] == "Asia/Kolkata"
    made = await world.client.post("/v1/accounts", json=body | {"zone": "Asia/Calcutta"})
    assert (made.status_code, made.json()["zone"]) == (201, "Asia/Kolkata")


@pytest.mark.parametrize(
    ("locale", "zone", "first"),
    [
        ("en", "Asia/Kolkata", "sunday"),
        ("en", "Europe/Berlin", "monday"),
        ("en-US", "Europe/Berlin", "sunday"),
        ("ar-EG", "Europe/Berlin", "saturday"),
        ("de-Latn-DE", "Asia/Kolkata", "monday"),
        ("en", "Africa/Cairo", "saturday"),
        ("en", "UTC", "monday"),
    ],
)
async def test_u10_the_usual_week_is_the_places(
    world: World, locale: str, zone: str, first: str
) -> None:
    person = await world.sign_up()
    _, shown, _ = await patch(world, person, {"locale": locale, "zone": zone})
    assert shown["week_start"] == first
    await patch(world, person, {"week_start": "saturday"})
    assert (await read(world, person))[0]["week_start"] == "saturday"
    assert (await patch(world, person, {"week_start": None}))[1]["week_start"] == first


async def test_u10_others_see_name_role_and_bio_only(world: World) -> None:
    tutor = await world.sign_up()
    student = await world.sign_up("s@example.org", username="student", role="student")
    await patch(world, tutor, {"bio": "Maths.", "phone": "+4912345", "needs": ["breaks"],
                               "needs_note": "private"})  # fmt: skip
    code = tutor.login["account"]["user_code"]
    card = {
        "user_code": code, "name": "Asha Rao", "role": "tutor", "bio": "Maths.", "picture": None,
    }  # fmt: skip
    answer = await world.client.get(f"/v1/profiles/{code}", headers=student.headers)
    assert (answer.status_code, answer.json()) == (200, card)
    nobody = await world.client.get("/v1/profiles/NOBOD-0000000", headers=student.headers)
    assert (nobody.status_code, nobody.json()["code"]) == (404, "profile_not_found")


async def test_u10_a_roster_is_one_statement(world: World) -> None:
    asker = await world.sign_up()
    codes = []
    for number in range(3):
        name = f"student_{number}"
        made = await world.sign_up(f"{name}@example.org", username=name, first_name=name)
        codes.append(made.login["account"]["user_code"])
    asked = [codes[2], "NOBOD-0000000", codes[0], codes[1], codes[2]]
    statements: list[str] = []
    sql.listen(
        world.parts.database.engine.sync_engine,
        "before_cursor_execute",
        lambda *args: statements.append(args[2]),
    )
    compiled.WATCHERS.append(lambda _: statements.append("read"))
    try:
        answer = await world.client.get(
            "/v1/profiles", params={"code": asked}, headers=asker.headers
        )
    finally:
        compiled.WATCHERS.pop()
    assert statements == ["read"]
    names = [item["name"] for item in answer.json()["items"]]
    assert names == ["student_2 Rao", "student_0 Rao", "student_1 Rao"]


@pytest.mark.parametrize(("count", "status"), [(0, 422), (1, 200), (100, 200), (101, 422)])
async def test_u10_up_to_a_hundred_at_once(world: World, count: int, status: int) -> None:
    asker = await world.sign_up()
    answer = await world.client.get(
        "/v1/profiles", params={"code": ["NOBOD-0"] * count}, headers=asker.headers
    )
    assert answer.status_code == status
    if status == 200:
        assert answer.json() == {"items": []}
