"""Question banks (S14, S15, S21)."""

import asyncio
from typing import Any

import pytest

from tests.session_service.assessments.school import ESSAY, OPTIONS, SINGLE, School
from tests.stack import Stack
from tests.statements import statements


async def test_s21_a_question_gets_drawn_ids_and_its_key_follows(school: School) -> None:
    made = await school.question(tags=["Sums", "easy "])
    options = made["content"]["options"]
    assert [one["text"] for one in options] == ["Three", "Four", "Five"]
    assert made["key"]["right"] == options[1]["id"]
    assert not {one["id"] for one in options} & {"a", "b", "c"}
    assert (made["tags"], made["number"], made["type"]) == (["sums", "easy"], 1, "single")
    assert (made["points"], made["negative"]) == ("2.00", "0.00")
    answer = await school.send(school.tutor, "GET", f"/v1/questions/{made['id']}")
    assert (answer.json(), answer.headers["etag"]) == (made, '"1"')


async def test_s21_an_edit_is_a_new_version_that_keeps_known_ids(school: School) -> None:
    made = await school.question()
    path = f"/v1/questions/{made['id']}/versions"
    ids = [one["id"] for one in made["content"]["options"]]
    options = [*made["content"]["options"], {"id": "new", "text": "Six"}]
    content = {**made["content"], "options": options}
    edit = {**SINGLE, "content": content, "key": {"type": "single", "right": ids[2]}}
    changed = await school.world.post(school.tutor, path, edit)
    assert [one["id"] for one in changed["content"]["options"]][:3] == ids
    assert changed["content"]["options"][3]["id"] != "new"
    assert (changed["number"], changed["key"]["right"]) == (2, ids[2])
    same = {name: changed[name] for name in ("content", "key", "explanation", "points")}
    assert (await school.world.post(school.tutor, path, same))["number"] == 2
    versions = (await school.world.get(school.tutor, path))["items"]
    assert [(one["number"], one["key"]["right"]) for one in versions] == [(2, ids[2]), (1, ids[1])]
    stale = await school.refused(school.tutor, "POST", path, edit, **{"If-Match": '"1"'})
    assert stale == (412, "stale")
    assert await school.refused(school.tutor, "POST", path, ESSAY) == (422, "invalid")


async def test_s21_a_bank_by_tag_and_type_without_what_is_archived(school: School) -> None:
    first = await school.question(tags=["sums"])
    await school.question(tags=["sums", "hard"])
    await school.question(**ESSAY, tags=["hard"])
    found = {}
    for query in ("", "?tag=sums", "?tag=HARD", "?type=essay", "?type=essay&tag=sums"):
        found[query] = len((await school.world.get(school.tutor, f"/v1/questions{query}"))["items"])
    assert list(found.values()) == [3, 2, 2, 1, 0]
    change = {"archived": True, "tags": ["old"]}
    answer = await school.send(school.tutor, "PATCH", f"/v1/questions/{first['id']}", change)
    assert (answer.json()["tags"], answer.json()["archived_at"] is None) == (["old"], False)
    with statements() as seen:
        page = await school.world.get(school.tutor, "/v1/questions?limit=1")
    assert (len(page["items"]), page["next_cursor"] is None, len(seen)) == (1, False, 1)
    page = await school.world.get(school.tutor, "/v1/questions?archived=true")
    assert [one["id"] for one in page["items"]] == [first["id"]]


async def test_s21_edits_at_once_are_versions_of_their_own(school: School) -> None:
    """Without a tag all are taken, one after the other; of those that name one, the first."""
    made = await school.question()
    path = f"/v1/questions/{made['id']}/versions"
    edits = [SINGLE | {"explanation": f"Edit {n}"} for n in range(6)]
    answers = await asyncio.gather(*(school.send(school.tutor, "POST", path, one) for one in edits))
    assert sorted(answer.json()["number"] for answer in answers) == [2, 3, 4, 5, 6, 7]
    tag = {"If-Match": '"7"'}
    answers = await asyncio.gather(
        *(school.send(school.tutor, "POST", path, one, **tag) for one in edits)
    )
    assert sorted(answer.status_code for answer in answers) == [201, 412, 412, 412, 412, 412]


@pytest.mark.parametrize(
    ("fields", "pointer"),
    [
        ({"key": {"type": "single", "right": "z"}}, "/key/right"),
        ({"key": {"type": "true_false", "right": True}}, "/key/type"),
        ({"content": {"type": "single", "prompt": "P", "options": OPTIONS[:1]}},
         "/content/single/options"),
        ({"content": {"type": "hotspot", "prompt": "P"}}, "/content"),
        ({"points": "-1"}, "/points"),
        ({"points": "1.005"}, "/points"),
        ({"tags": ["a", "A"]}, "/tags"),
    ],
)  # fmt: skip
async def test_s14_what_is_no_question(
    school: School, fields: dict[str, Any], pointer: str
) -> None:
    answer = await school.send(school.tutor, "POST", "/v1/questions", SINGLE | fields)
    assert answer.status_code == 422
    assert [one["pointer"] for one in answer.json()["fields"]] == [pointer]


async def test_r8_a_bank_is_its_owner_s_alone(school: School, stack: Stack) -> None:
    """Not even who teaches in the same class may look into it."""
    made = await school.question()
    path = f"/v1/questions/{made['id']}"
    stranger = stack.as_user("tutor")
    await school.world.role(school.made, stranger, "co_tutor")
    gone = (404, "question_not_found")
    for method, where, body in (
        ("GET", path, None),
        ("GET", f"{path}/versions", None),
        ("PATCH", path, {"tags": []}),
        ("POST", f"{path}/versions", SINGLE),
    ):
        assert await school.refused(stranger, method, where, body) == gone
        role = await school.refused(school.student, method, where, body)
        assert role == (403, "wrong_role")
    assert (await school.world.get(stranger, "/v1/questions"))["items"] == []
    assert await school.refused(school.student, "POST", "/v1/questions", SINGLE) == (
        403, "wrong_role",
    )  # fmt: skip
