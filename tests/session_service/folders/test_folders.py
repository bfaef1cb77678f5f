"""Folders over HTTP (S25)."""

import asyncio
from uuid import UUID

from libs.ids import new_id
from session_service.class_roles.schemas import ClassRoleName
from session_service.folders.models import Folder
from session_service.folders.schemas import MOST
from tests.session_service.materials.library import Library


async def test_s25_folders_move_and_keep_their_order(library: Library) -> None:
    tutor = library.tutor
    a, b = await library.make_folder("A"), await library.make_folder("B")
    await library.make_folder("A1", a)
    assert await library.folders(tutor) == {"A": (None, 0), "B": (None, 1), "A1": ("A", 0)}
    to = {"parent_id": None, "position": 0}
    moved = await library.send(tutor, "POST", f"/v1/folders/{b['id']}/placement", to)
    assert moved == b | {"position": 0}
    assert await library.folders(tutor) == {"B": (None, 0), "A": (None, 1), "A1": ("A", 0)}
    to = {"parent_id": a["id"], "position": 0}
    await library.send(tutor, "POST", f"/v1/folders/{b['id']}/placement", to)
    assert await library.folders(tutor) == {"A": (None, 0), "B": ("A", 0), "A1": ("A", 1)}
    renamed = await library.send(tutor, "PATCH", f"/v1/folders/{b['id']}", {"name": "First"})
    assert renamed["name"] == "First"
    assert await library.folders(tutor) == {"A": (None, 0), "First": ("A", 0), "A1": ("A", 1)}
    await library.send(tutor, "DELETE", f"/v1/folders/{b['id']}", expect=204)
    assert await library.folders(tutor) == {"A": (None, 0), "A1": ("A", 0)}


async def test_s25_what_is_refused(library: Library) -> None:
    tutor, path = library.tutor, f"/v1/study-sessions/{library.made['id']}/folders"
    a = await library.make_folder("A")
    b = await library.make_folder("B", a)
    inside = {"parent_id": b["id"], "position": 0}
    place = f"/v1/folders/{a['id']}/placement"
    assert await library.refused(tutor, "POST", place, inside) == (409, "folder_cycle")
    unknown = {"parent_id": str(new_id()), "position": 0}
    assert await library.refused(tutor, "POST", place, unknown) == (404, "folder_not_found")
    other = await library.world.study_session()
    elsewhere = await library.send(
        tutor, "POST", f"/v1/study-sessions/{other['id']}/folders", {"name": "X"}, 201
    )
    foreign = {"parent_id": elsewhere["id"], "position": 0}
    assert await library.refused(tutor, "POST", place, foreign) == (404, "folder_not_found")
    body = {"name": "C", "parent_id": elsewhere["id"]}
    assert await library.refused(tutor, "POST", path, body) == (404, "folder_not_found")
    kept = (409, "folder_not_empty")
    assert await library.refused(tutor, "DELETE", f"/v1/folders/{a['id']}") == kept
    await library.add(folder_id=b["id"])
    assert await library.refused(tutor, "DELETE", f"/v1/folders/{b['id']}") == kept
    assert await library.folders(tutor) == {"A": (None, 0), "B": ("A", 0)}


async def test_s25_a_deleted_material_does_not_hold_its_folder(library: Library) -> None:
    a = await library.make_folder("A")
    material = await library.add(folder_id=a["id"])
    await library.send(library.tutor, "DELETE", f"/v1/materials/{material['id']}", expect=204)
    await library.send(library.tutor, "DELETE", f"/v1/folders/{a['id']}", expect=204)
    assert await library.folders(library.tutor) == {}


async def test_s25_as_many_folders_as_a_class_may_have(library: Library) -> None:
    now, of = library.world.clock.now(), UUID(library.made["id"])
    rows = [
        Folder(
            id=new_id(), study_session_id=of, parent_id=None, position=n, name="F", created_at=now
        )
        for n in range(MOST - 1)
    ]
    async with library.world.parts.database.transaction() as session:
        session.add_all(rows)
    assert (await library.make_folder("Last"))["position"] == MOST - 1
    path = f"/v1/study-sessions/{library.made['id']}/folders"
    refusal = await library.refused(library.tutor, "POST", path, {"name": "More"})
    assert refusal == (409, "too_many_folders")


async def test_s25_two_moves_at_once_make_no_cycle(library: Library) -> None:
    """A goes under B beside B under A, ten times: one is done, the other is refused."""
    for n in range(10):
        a, b = await library.make_folder(f"A{n}"), await library.make_folder(f"B{n}")
        answers = await asyncio.gather(
            *(
                library.world.client.post(
                    f"/v1/folders/{one['id']}/placement",
                    json={"parent_id": other["id"], "position": 0},
                    headers=library.tutor.headers,
                )
                for one, other in ((a, b), (b, a))
            )
        )
        assert sorted(answer.status_code for answer in answers) == [200, 409]
        found = await library.folders(library.tutor)
        assert [found[f"A{n}"][0], found[f"B{n}"][0]].count(None) == 1


async def test_s25_twenty_folders_at_once_get_twenty_places(library: Library) -> None:
    await asyncio.gather(*(library.make_folder(f"F{n}") for n in range(20)))
    found = await library.folders(library.tutor)
    assert sorted(position for _, position in found.values()) == list(range(20))


async def test_u_a6_who_may_order_folders(library: Library) -> None:
    a = await library.make_folder("A")
    path, body = f"/v1/folders/{a['id']}", {"name": "B"}
    for role in (ClassRoleName.CO_TUTOR, ClassRoleName.ASSISTANT):
        user = library.stack.as_user("tutor")
        assert await library.refused(user, "PATCH", path, body) == (404, "folder_not_found")
        await library.give(user, role)
        await library.send(user, "PATCH", path, body)
    observer = library.stack.as_user("tutor")
    await library.give(observer, ClassRoleName.OBSERVER)
    assert await library.refused(observer, "PATCH", path, body) == (404, "folder_not_found")
