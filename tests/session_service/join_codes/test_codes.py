"""Join codes: what they look like, what they open, and until when."""

import asyncio
import io
import re
import xml.etree.ElementTree as ET
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from session_service.join_codes.models import LETTERS, draw, normalise, shown
from tests.session_service.world import World, open_world
from tests.stack import Stack, User


@pytest.fixture
async def world(stack: Stack) -> AsyncIterator[World]:
    async with open_world(stack) as made:
        yield made


def path_of(made: dict[str, Any]) -> str:
    return f"/v1/study-sessions/{made['id']}/join-code"


async def rotate(world: World, made: dict[str, Any], **terms: Any) -> dict[str, Any]:
    found: dict[str, Any] = await world.post(
        world.tutor, f"{path_of(made)}/rotation", terms, expect=200
    )
    return found


async def join(world: World, user: User, code: str) -> tuple[int, str]:
    """Status, and the state or the code of the problem."""
    answer = await world.client.post(
        "/v1/memberships", json={"join_code": code}, headers=user.headers
    )
    body = answer.json()
    return answer.status_code, body.get("state") or body["code"]


def test_s_a1_rotated_codes_have_eight_letters_that_look_different() -> None:
    assert len(LETTERS) == 31
    assert not set(LETTERS) & set("0O1IL")
    drawn = [draw() for _ in range(2_000)]
    assert set("".join(drawn)) == set(LETTERS)
    assert {len(code) for code in drawn} == {8}
    assert all(re.fullmatch(r"[A-Z2-9]{4}-[A-Z2-9]{4}", shown(code)) for code in drawn)


@given(
    code=st.text(LETTERS, min_size=8, max_size=8),
    lower=st.booleans(),
    at=st.sets(st.integers(0, 8)),
)
def test_s_a1_codes_match_case_and_dash_blind(code: str, lower: bool, at: set[int]) -> None:
    typed = "".join(("-" if n in at else "") + letter for n, letter in enumerate(code))
    assert normalise(f" {typed.lower() if lower else typed} ") == code


async def test_s_a1_the_join_code_is_the_public_code_until_it_is_rotated(world: World) -> None:
    made = await world.study_session()
    code = await world.get(world.tutor, path_of(made))
    assert code == {
        "code": made["session_code"], "link": f"http://gateway.test/join/{made['session_code']}",
        "expires_at": None, "use_limit": None, "uses": 0, "rotated_at": None,
    }  # fmt: skip
    first = await rotate(world, made)
    assert first["rotated_at"] == world.clock.now().isoformat().replace("+00:00", "Z")
    again = await rotate(world, made)
    assert again["code"] != first["code"]
    assert await world.get(world.tutor, path_of(made)) == again
    seen = await world.get(world.tutor, f"/v1/study-sessions/{made['id']}")
    assert seen["session_code"] == made["session_code"]
    for old in (made["session_code"], first["code"]):
        assert await join(world, world.student, old) == (404, "join_code_unknown")
    typed = again["code"].lower().replace("-", " ")
    assert await join(world, world.student, typed) == (201, "pending")


async def test_s_a1_a_code_rotated_while_somebody_waits_to_join_is_unknown(world: World) -> None:
    """Whoever looked the code up before the rotation does not get in after it."""
    made = await world.study_session()
    database = world.parts.database
    async with database.transaction() as session:
        from session_service.join_codes import service
        from session_service.join_codes.schemas import JoinCodeTerms

        row = await service.rotate(session, world.tutor.principal, made_id(made), JoinCodeTerms())
        waiting = asyncio.create_task(join(world, world.student, made["session_code"]))
        await locked(world)
    assert row["code"]
    assert await waiting == (404, "join_code_unknown")


def made_id(made: dict[str, Any]) -> Any:
    from uuid import UUID

    return UUID(made["id"])


async def locked(world: World) -> None:
    """Until somebody waits for a lock."""
    from sqlalchemy import text

    from tests.stack import eventually

    async def waits() -> bool:
        async with world.parts.database.reads.connect() as connection:
            count = await connection.scalar(
                text("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
                     "AND wait_event_type = 'Lock'")
            )  # fmt: skip
        return bool(count)

    await eventually(waits)


async def test_s_a1_ten_wrong_tries_a_minute_then_429(world: World, stack: Stack) -> None:
    made = await world.study_session()
    assert await join(world, world.student, made["session_code"]) == (201, "pending")
    for _ in range(10):
        assert await join(world, world.student, "AAAA-AAAA") == (404, "join_code_unknown")
    for code in ("AAAA-AAAA", made["session_code"]):
        assert await join(world, world.student, code) == (429, "too_many_requests")
    assert await join(world, stack.as_user("student"), made["session_code"]) == (201, "pending")
    await world.parts.redis.flushdb()  # as when the minute is over
    assert await join(world, world.student, made["session_code"]) == (201, "pending")


async def test_s_a1_right_codes_do_not_count_as_tries(world: World) -> None:
    made = await world.study_session()
    for _ in range(9):
        assert await join(world, world.student, "AAAA-AAAA") == (404, "join_code_unknown")
    for _ in range(20):
        assert await join(world, world.student, made["session_code"]) == (201, "pending")
    assert await join(world, world.student, "AAAA-AAAA") == (404, "join_code_unknown")
    assert await join(world, world.student, "AAAA-AAAA") == (429, "too_many_requests")


async def test_s_a1_parallel_wrong_tries_count_each(world: World) -> None:
    found = await asyncio.gather(*(join(world, world.student, f"AAAA-{n}") for n in range(40)))
    assert found.count((404, "join_code_unknown")) == 10
    assert found.count((429, "too_many_requests")) == 30


async def test_s2_a_code_ends_at_its_moment(world: World, stack: Stack) -> None:
    made = await world.study_session()
    end = world.clock.now() + timedelta(hours=1)
    code = await rotate(world, made, expires_at=end.isoformat())
    world.clock.move(timedelta(minutes=59, seconds=59))
    assert await join(world, world.student, code["code"]) == (201, "pending")
    world.clock.move(timedelta(seconds=1))
    other = stack.as_user("student")
    assert await join(world, other, code["code"]) == (409, "join_code_expired")
    assert await join(world, world.student, code["code"]) == (201, "pending")
    terms = {"expires_at": None, "use_limit": None}
    answer = await world.client.put(
        f"{path_of(made)}/terms", json=terms, headers=world.tutor.headers
    )
    assert answer.json()["code"] == code["code"]
    assert await join(world, other, code["code"]) == (201, "pending")


async def test_s2_parallel_joins_use_a_code_as_often_as_it_may_be(
    world: World, stack: Stack
) -> None:
    made = await world.study_session()
    code = (await rotate(world, made, use_limit=3))["code"]
    people = [stack.as_user("student") for _ in range(12)]
    found = await asyncio.gather(*(join(world, user, code) for user in people))
    assert found.count((201, "pending")) == 3
    assert found.count((409, "join_code_used_up")) == 9
    inside = [user for user, one in zip(people, found, strict=True) if one[0] == 201]
    assert await join(world, inside[0], code) == (201, "pending")
    assert (await world.get(world.tutor, path_of(made)))["uses"] == 3
    assert (await rotate(world, made))["uses"] == 0


@pytest.mark.parametrize(
    ("terms", "pointer"),
    [
        ({"expires_at": "2001-01-01T00:00:00Z"}, "/expires_at"),
        ({"expires_at": "2999-01-01T00:00:00"}, "/expires_at"),
        ({"use_limit": 0}, "/use_limit"),
        ({"use_limit": 100_001}, "/use_limit"),
    ],
)
async def test_bad_terms_are_refused(world: World, terms: Any, pointer: str) -> None:
    made = await world.study_session()
    for way in ("POST", "PUT"):
        path = f"{path_of(made)}/{'rotation' if way == 'POST' else 'terms'}"
        answer = await world.client.request(way, path, json=terms, headers=world.tutor.headers)
        assert answer.status_code == 422
        assert answer.json()["fields"][0]["pointer"] == pointer
    assert (await world.get(world.tutor, path_of(made)))["code"] == made["session_code"]


async def test_s2_the_qr_code_is_a_picture_of_the_link(world: World) -> None:
    import segno

    made = await world.study_session()
    code = await rotate(world, made)
    path, headers = f"{path_of(made)}/qr-code", world.tutor.headers
    png = await world.client.get(path, headers=headers)
    svg = await world.client.get(f"{path}?format=svg", headers=headers)
    assert png.headers["content-type"] == "image/png"
    assert svg.headers["content-type"] == "image/svg+xml"
    wanted = [list(row) for row in segno.make(code["link"], error="m", micro=False).matrix]
    picture = Image.open(io.BytesIO(png.content)).convert("L")
    side = len(wanted) + 8
    assert picture.size == (side * 8, side * 8)
    seen = [
        [int(picture.getpixel(((4 + x) * 8 + 4, (4 + y) * 8 + 4)) == 0) for x in range(side - 8)]
        for y in range(side - 8)
    ]
    assert seen == wanted
    drawing = ET.fromstring(svg.content)  # noqa: S314  (our own)
    assert drawing.attrib["width"] == str(side * 8)
    bad = await world.client.get(f"{path}?format=gif", headers=headers)
    assert bad.json()["fields"][0]["pointer"] == "query/format"
