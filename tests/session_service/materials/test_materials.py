"""Material: links, notes, places, and who has seen what (S25)."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import insert

from libs.ids import new_id
from session_service.class_roles.schemas import ClassRoleName
from session_service.folders.models import Folder
from session_service.lessons.schemas import LessonState
from session_service.materials.models import Material, MaterialView
from tests.session_service.attendance.lessons import add_lesson
from tests.session_service.materials.library import Library
from tests.statements import statements


async def test_s25_a_link_and_a_note(library: Library) -> None:
    link = await library.add("link", title="Watch", link="https://example.org/fractions?v=1")
    note = await library.add(title="Read", text="Three *quarters*.", description="At home")
    for made, content in ((link, ("https://example.org/fractions?v=1", None)),
                          (note, (None, "Three *quarters*."))):  # fmt: skip
        found = await library.send(library.tutor, "GET", f"/v1/materials/{made['id']}")
        assert found == made
        assert (found["link"], found["text"]) == content
        assert (found["state"], found["file"], found["published_at"]) == ("draft", None, None)
    page = await library.send(
        library.tutor, "GET", f"/v1/study-sessions/{library.made['id']}/materials"
    )
    assert [one["title"] for one in page["items"]] == ["Read", "Watch"]
    assert "text" not in page["items"][0]


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"kind": "link", "link": "http://example.org/"}, "/link"),
        ({"kind": "link", "link": "javascript:alert(1)"}, "/link"),
        ({"kind": "link", "link": "file:///etc/passwd"}, "/link"),
        ({"kind": "link", "link": "https://"}, "/link"),
        (
            {"kind": "link", "link": "https://me:secret@example.org/"},  # pragma: allowlist secret
            "/link",
        ),
        ({"kind": "link", "link": "https://example.org/" + "a" * 2_000}, "/link"),
        ({"kind": "link"}, "/link"),
        ({"kind": "note"}, "/text"),
        ({"kind": "note", "text": "a\x00b"}, "/text"),
        ({"kind": "note", "text": "x", "link": "https://example.org/"}, "/link"),
        ({"kind": "file", "text": "x"}, "/text"),
        ({"kind": "page", "text": "x"}, "/kind"),
        ({"kind": "note", "text": "x", "lesson_id": str(new_id())}, "/lesson_id"),
    ],
)
async def test_s25_what_is_no_material(
    library: Library, body: dict[str, Any], pointer: str
) -> None:
    wanted = {"study_session_id": library.made["id"], "title": "T"} | body
    answer = await library.world.client.post(
        "/v1/materials", json=wanted, headers=library.tutor.headers
    )
    assert answer.status_code == 422
    assert [field["pointer"] for field in answer.json()["fields"]] == [pointer]
    assert await library.rows("SELECT 1 FROM materials") == []


async def test_s25_changing_and_moving(library: Library) -> None:
    a = await library.make_folder("A")
    made = await library.add(folder_id=a["id"])
    path = f"/v1/materials/{made['id']}"
    changed = await library.send(library.tutor, "PATCH", path, {"title": "New", "text": "B"})
    assert changed == made | {"title": "New", "text": "B"}
    assert await library.seen(library.tutor, f"?folder_id={a['id']}") == ["New"]
    assert await library.seen(library.tutor, "?at_top=true") == []
    moved = await library.send(library.tutor, "PATCH", path, {"folder_id": None, "title": None})
    assert moved == changed | {"folder_id": None}
    assert await library.seen(library.tutor, f"?folder_id={a['id']}") == []
    assert await library.seen(library.tutor, "?at_top=true") == ["New"]
    gone = (404, "folder_not_found")
    body = {"folder_id": str(new_id())}
    assert await library.refused(library.tutor, "PATCH", path, body) == gone
    assert await library.refused(library.tutor, "PATCH", path, {"link": "https://a.example/"}) == (
        422, "invalid",
    )  # fmt: skip


async def test_s25_material_belongs_to_a_lesson(library: Library) -> None:
    lesson = await add_lesson(library)
    dropped = await add_lesson(library, state=LessonState.DROPPED.value)
    made = await library.add(title="For the lesson", lesson_id=str(lesson.id))
    await library.add(title="For all")
    assert made["lesson_id"] == str(lesson.id)
    assert await library.seen(library.tutor, f"?lesson_id={lesson.id}") == ["For the lesson"]
    path = f"/v1/materials/{made['id']}"
    body = {"lesson_id": str(dropped.id)}
    assert await library.refused(library.tutor, "PATCH", path, body) == (422, "invalid")
    other = await library.world.study_session()
    body = {"study_session_id": other["id"], "kind": "note", "title": "T", "text": "t"}
    refusal = await library.refused(
        library.tutor, "POST", "/v1/materials", body | {"lesson_id": str(lesson.id)}
    )
    assert refusal == (422, "invalid")
    await library.send(library.tutor, "PATCH", path, {"lesson_id": None})
    assert await library.seen(library.tutor, f"?lesson_id={lesson.id}") == []


async def test_s25_a_first_look_is_noted_once(library: Library) -> None:
    made = await library.add()
    await library.publish(made)
    path = f"/v1/materials/{made['id']}"
    observer = library.stack.as_user("tutor")
    await library.give(observer, ClassRoleName.OBSERVER)
    for user in (library.tutor, observer):
        await library.send(user, "GET", path)
    assert (await library.send(library.tutor, "GET", f"{path}/views"))["items"] == []
    await library.seen(library.student)
    assert (await library.send(library.tutor, "GET", f"{path}/views"))["items"] == []
    first = library.world.clock.now()
    for _ in range(2):
        await library.send(library.student, "GET", path)
        library.world.clock.move(timedelta(minutes=1))
    [view] = (await library.send(library.tutor, "GET", f"{path}/views"))["items"]
    assert view["account_id"] == str(library.student.id)
    assert (view["name"], view["downloaded_at"]) == (None, None)
    assert view["opened_at"] == first.isoformat().replace("+00:00", "Z")
    assert await library.refused(library.student, "GET", f"{path}/views") == (403, "wrong_role")
    assert await library.refused(observer, "GET", f"{path}/views") == (404, "material_not_found")


async def test_s25_a_tombstone_is_nobody_s(library: Library) -> None:
    made = await library.add("link")
    await library.publish(made)
    path = f"/v1/materials/{made['id']}"
    await library.send(library.tutor, "DELETE", path, expect=204)
    gone = (404, "material_not_found")
    for user in (library.tutor, library.student):
        assert await library.refused(user, "GET", path) == gone
        assert await library.seen(user) == []
    assert await library.refused(library.tutor, "DELETE", path) == gone
    assert await library.refused(library.tutor, "POST", f"{path}/publication", {}) == gone
    assert await library.refused(library.tutor, "GET", f"{path}/views") == gone
    assert await library.rows("SELECT state, link, folder_id FROM materials") == [
        ("deleted", None, None)
    ]
    assert [event["type"] for event in await library.events()] == [
        "studyzed.material.published", "studyzed.material.withdrawn",
    ]  # fmt: skip


async def test_s25_material_of_others_is_not_found(library: Library) -> None:
    made = await library.add()
    await library.publish(made)
    path, stranger = f"/v1/materials/{made['id']}", library.stack.as_user("tutor")
    gone = (404, "material_not_found")
    for method, rest, body in (
        ("GET", "", None), ("PATCH", "", {"title": "X"}), ("DELETE", "", None),
        ("POST", "/publication", {}), ("DELETE", "/publication", None), ("GET", "/views", None),
        ("GET", "/versions", None), ("POST", "/downloads", {}),
    ):  # fmt: skip
        assert await library.refused(stranger, method, path + rest, body) == gone
    of = f"/v1/study-sessions/{library.made['id']}"
    for rest in ("/materials", "/folders"):
        found = await library.refused(stranger, "GET", of + rest)
        assert found == (404, "study_session_not_found")
    assert await library.seen(library.student) == ["Fractions"]


async def test_u_a6_who_may_share_material(library: Library) -> None:
    made = await library.add()
    path = f"/v1/materials/{made['id']}"
    for role in (ClassRoleName.CO_TUTOR, ClassRoleName.ASSISTANT):
        user = library.stack.as_user("tutor")
        await library.give(user, role)
        assert await library.seen(user) == ["Fractions"]
        await library.send(user, "PATCH", path, {"description": "by a helper"})
        await library.send(user, "POST", f"{path}/publication", {})
        await library.send(user, "DELETE", f"{path}/publication", expect=204)
        await library.send(user, "GET", f"{path}/views")
    observer = library.stack.as_user("student")
    await library.give(observer, ClassRoleName.OBSERVER)
    assert await library.seen(observer) == []
    await library.publish(made)
    assert await library.seen(observer) == ["Fractions"]
    assert (await library.send(observer, "GET", path))["text"] == "Read this."
    assert await library.refused(observer, "PATCH", path, {"title": "X"}) == (403, "wrong_role")


async def fill(library: Library, folder: dict[str, Any], material: dict[str, Any]) -> None:
    """Twenty-five more rows in each list."""
    now, many = library.world.clock.now(), range(25)
    of, author = library.made["id"], library.tutor.id
    folders = [
        {
            "id": new_id(), "study_session_id": of, "parent_id": None, "position": n + 1,
            "name": "F", "created_at": now,
        }
        for n in many
    ]  # fmt: skip
    materials = [
        {
            "id": new_id(), "study_session_id": of, "folder_id": one["id"], "kind": "note",
            "title": "T", "description": "", "text": "", "state": "published",
            "newest_number": 0, "published_number": 0, "notify": True, "published_at": now,
            "created_by": author, "created_at": now, "revision": 1,
        }
        for one in folders
    ]  # fmt: skip
    views = [
        {
            "id": new_id(), "material_id": material["id"], "account_id": new_id(),
            "opened_at": now, "downloaded_at": None,
        }
        for _ in many
    ]  # fmt: skip
    async with library.world.parts.database.transaction() as session:
        for table, rows in ((Folder, folders), (Material, materials), (MaterialView, views)):
            await session.execute(insert(table), rows)


async def test_s25_a_list_costs_the_same_number_of_statements(library: Library) -> None:
    folder = await library.make_folder("A")
    material = await library.add(folder_id=folder["id"])
    await library.publish(material)
    of = f"/v1/study-sessions/{library.made['id']}"
    wanted = [
        (library.tutor, f"{of}/folders", 2), (library.student, f"{of}/folders", 2),
        (library.tutor, f"{of}/materials", 2), (library.student, f"{of}/materials", 2),
        (library.tutor, f"/v1/materials/{material['id']}/views", 2),
    ]  # fmt: skip
    for full in (False, True):
        for user, path, count in wanted:
            with statements() as seen:
                page = await library.send(user, "GET", path)
            assert (path, len(seen)) == (path, count)
            if full:
                assert (path, len(page["items"])) == (path, 20)
                following = f"{path}?cursor={page['next_cursor']}&limit=100"
                more = (await library.send(user, "GET", following))["items"]
                assert len(more) == (6 if "views" not in path else 5)
        if not full:
            await fill(library, folder, material)
