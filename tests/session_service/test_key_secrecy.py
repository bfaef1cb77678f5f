"""The answer key never leaves before its release (R1, S16, S-A10).

The world of rights holds a question of every type with a marker in all that a student may not see.
Each row of the table of rights, which has one for every route, is asked as everybody who does not
teach; so is each route with a body that is refused. Whatever comes back is searched, and so is what
goes out to other services.
"""

import json
import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from pydantic import TypeAdapter
from sqlalchemy import text

from notification_service.notifications import assessment_templates
from notification_service.notifications.templates import TEMPLATES
from session_service.question_rules.contents import AnyContent, Content
from tests.access import session_service
from tests.access.session_service import ROWS, app_for_routes
from tests.access.table import Row, World
from tests.session_service.assessments.school import PLANTED, SECRET, School, open_school
from tests.stack import Stack

OTHERS = ("nobody", "student", "tutor", "admin", "member", "classmate", "observer", "assistant")
MARKERS = (SECRET, "7341.7341")
ALL = (*MARKERS, "Look for reasons.")
KEYS = {"key", "right", "explanation", "variants", "guidance", "is_correct", "correct", "tolerance",
        "credit", "seed"}  # fmt: skip
"""Names of fields by which a key, or what would give it away, could be told. Weights are none: they
are the gradebook's, and no key has any.
"""
OWN = {"/v1/questions", "/v1/question-imports", "/v1/question-exports"}
"""Where tutors without a tie to the class read and write banks of their own."""


def fields(found: Any) -> Iterator[tuple[str, Any]]:
    """All fields in JSON with their values, at any depth."""
    if isinstance(found, dict):
        yield from found.items()
    for value in found.values() if isinstance(found, dict) else found:
        if isinstance(value, dict | list):
            yield from fields(value)


def is_key(name: str, value: Any) -> bool:
    """Whether a field tells of a key. The parts of marks have a `key` that is a name, and what is
    to be matched a `right` side of texts.
    """
    named = name == "key" and isinstance(value, str)
    side = name == "right" and isinstance(value, list) and isinstance(value[0], dict)
    return name in KEYS and not named and not side


def leaks(answer: httpx.Response) -> list[str]:
    """What an answer tells of keys."""
    told = answer.text + json.dumps(dict(answer.headers))
    found = [marker for marker in ALL if marker in told]
    if answer.headers.get("content-type", "").startswith("application/json") and answer.content:
        found += sorted({name for name, value in fields(answer.json()) if is_key(name, value)})
    return found


async def ask_all(world: World, rows: list[Row], callers: tuple[str, ...] = OTHERS) -> list[str]:
    """Every leak in what these people get."""
    found = []
    for row in rows:
        for caller in callers:
            if caller in ("tutor", "assistant") and row.path in OWN:
                continue
            answer = await world.ask(row, caller)
            found += [f"{row.name} as {caller}: {leak}" for leak in leaks(answer)]
    return found


async def test_r1_no_answer_tells_a_key(stack: Stack) -> None:
    reads = [row for row in ROWS if row.method == "GET"]
    writes = [row for row in ROWS if row.method != "GET"]
    async with stack.passing(), session_service.world(stack) as world:
        planted = await world.ask(
            row_of("GET", "/v1/assessments/{assessment_id}/questions"), "owner"
        )
        assert set(leaks(planted)) >= {*MARKERS, "key", "right", "explanation"}
        assert await ask_all(world, reads) == []
        spoiled = [Row(row.method, row.path, {}, body={"x": ["y"]}) for row in writes]
        assert await ask_all(world, spoiled, ("member",)) == []
        assert await ask_all(world, writes) == []
        assert await ask_all(world, reads) == []


def row_of(method: str, path: str) -> Row:
    """A row of the table."""
    [found] = [row for row in ROWS if (row.method, row.path) == (method, path)]
    return found


def test_r1_every_route_is_asked() -> None:
    """The table has a row for each route that the document names, whatever its ids are called."""
    document = app_for_routes().openapi()
    named = {(method.upper(), path) for path, item in document["paths"].items() for method in item}
    shapes = [re.sub(r"{.*?}", "{}", f"{method} {path}") for method, path in named]
    assert set(shapes) == {re.sub(r"{.*?}", "{}", row.name) for row in ROWS}
    assert len(named) > 100


def test_r1_what_students_see_of_a_question_has_no_place_for_a_key() -> None:
    """The type itself: all fields of all contents, by their schema."""
    adapter: TypeAdapter[AnyContent] = TypeAdapter(Content)
    schema = adapter.json_schema()
    shown = {name for one in schema["$defs"].values() for name in one.get("properties", {})}
    assert shown == {
        "type", "prompt", "options", "items", "left", "right", "gaps", "choices", "id", "text",
        "decimal_mark",
    }  # fmt: skip


@pytest.fixture
async def school(stack: Stack) -> Any:
    async with open_school(stack) as made:
        yield made


async def test_r1_nothing_that_goes_out_tells_a_key(school: School) -> None:
    """Events, jobs and notifications."""
    asked = [await school.question(**one) for one in PLANTED]
    made = await school.published(*({"question_id": one["id"]} for one in asked))
    path = f"/v1/assessments/{made['id']}"
    later = {"closes_at": "2999-01-01T00:00:00Z"}
    await school.send(school.tutor, "PATCH", path, later)
    await school.world.post(school.tutor, f"{path}/closing", expect=200)
    async with school.world.parts.database.transaction() as session:
        bodies = list(await session.scalars(text("SELECT body FROM outbox")))
    about = [json.loads(body) for body in bodies if made["id"] in body]
    assert len(about) == 3
    told = {name for one in about for name, _ in fields(one["data"])}
    assert told == {
        "study_session_id", "session_code", "assessment_id", "tutor_id", "opens_at", "closes_at",
        "revision",
    }  # fmt: skip
    assert not [body for body in bodies if any(marker in body for marker in ALL)]
    kinds = [one for one in TEMPLATES.values() if one.__module__ == assessment_templates.__name__]
    assert {name for one in kinds for name in one.model_fields} == told - {"tutor_id", "revision"}
