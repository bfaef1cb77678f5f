"""Rights on a class's material."""

from typing import Any
from uuid import UUID

from libs.ids import new_id
from session_service.materials.models import Material, MaterialVersion
from session_service.materials.schemas import VersionState
from tests.access.table import Row
from tests.session_service.world import World

CALLERS = (
    *("nobody", "student", "tutor", "admin"),
    *("owner", "co_tutor", "assistant", "member", "classmate", "observer"),
)
CLASS = "/v1/study-sessions/{study_session_id}"
ONE, FOLDER = "/v1/materials/{material_id}", "/v1/folders/{folder_id}"


def teaching(right: int) -> dict[str, int]:
    """For who teaches or helps in the class."""
    helpers = dict.fromkeys(("owner", "co_tutor", "assistant"), right)
    return dict.fromkeys(CALLERS, 403) | {"nobody": 401, "tutor": 404} | helpers


def learning(right: int, **others: int) -> dict[str, int]:
    """For all people of the class."""
    strangers = {"nobody": 401} | dict.fromkeys(("student", "tutor", "admin"), 404)
    return dict.fromkeys(CALLERS, right) | strangers | others


ROWS = [
    Row("POST", f"{CLASS}/folders", teaching(201), body={"name": "Week 1"}),
    Row("GET", f"{CLASS}/folders", learning(200, admin=200)),
    Row("PATCH", FOLDER, teaching(200), body={"name": "Week 2"}),
    Row(
        "POST", f"{FOLDER}/placement", teaching(200), body={"parent_id": None, "position": 1}
    ),
    Row("DELETE", FOLDER, teaching(204)),
    Row(
        "POST",
        "/v1/materials",
        teaching(201),
        body={
            "study_session_id": "{study_session_id}", "kind": "note", "title": "T", "text": "x",
        },
    ),
    Row("GET", f"{CLASS}/materials", learning(200, admin=200)),
    Row("GET", ONE, learning(200)),
    Row("PATCH", ONE, teaching(200), body={"title": "New"}),
    Row("DELETE", ONE, teaching(204)),
    Row("POST", f"{ONE}/publication", teaching(200), body={}),
    Row("DELETE", f"{ONE}/publication", teaching(204)),
    Row("GET", f"{ONE}/views", teaching(200)),
    Row(
        "POST",
        f"{ONE}/versions",
        teaching(201),
        body={"file_name": "a.pdf", "content_type": "application/pdf", "size": 1},
    ),
    Row("GET", f"{ONE}/versions", learning(200)),
    Row(
        "POST",
        "/v1/file-versions/{version_id}/complete",
        teaching(202),
        body={"sha256": "0" * 64},
    ),
    Row("POST", f"{ONE}/downloads", learning(201), body={}),
]  # fmt: skip


async def values(made: World, of: dict[str, Any]) -> dict[str, str]:
    """A folder, and a published file with a version that waits for its upload."""
    folder = await made.post(made.tutor, f"/v1/study-sessions/{of['id']}/folders", {"name": "A"})
    body = {"study_session_id": of["id"], "kind": "file", "title": "Sheet"}
    material = await made.post(made.tutor, "/v1/materials", body)
    version = MaterialVersion(
        id=new_id(), material_id=UUID(material["id"]), study_session_id=UUID(of["id"]), number=1,
        state=VersionState.READY.value, file_name="a.pdf", content_type="application/pdf", size=1,
        sha256="0" * 64, uploaded_by=made.tutor.id, asked_at=made.clock.now(),
    )  # fmt: skip
    async with made.parts.database.transaction() as session:
        session.add(version)
        await session.flush()
        found = await session.get_one(Material, UUID(material["id"]))
        found.newest_number = 1
    path = f"/v1/materials/{material['id']}"
    await made.post(made.tutor, f"{path}/publication", {}, expect=200)
    wanted = {"file_name": "b.pdf", "content_type": "application/pdf", "size": 1}
    asked = await made.post(made.tutor, f"{path}/versions", wanted)
    return {"folder_id": folder["id"], "material_id": material["id"], "version_id": asked["id"]}
