"""Queries for material. Permission, and whether a thing is published, are part of every query."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    DateTime,
    Uuid,
    and_,
    bindparam,
    case,
    func,
    literal_column,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from libs import postgres
from libs.auth import Principal
from libs.compiled import Statement
from libs.hot_reads import PageQuery, Query, Row, RowPage, columns_of
from libs.hot_writes import Transaction
from libs.ids import new_id
from libs.pagination import PageRequest
from libs.postgres import Reads
from session_service.class_roles.models import taught_by
from session_service.class_roles.schemas import HELPERS
from session_service.folders.errors import FolderNotFound
from session_service.lessons.models import Lesson
from session_service.lessons.schemas import LessonState
from session_service.materials.errors import MaterialNotFound
from session_service.materials.models import Material, MaterialVersion, MaterialView
from session_service.materials.rights import CALLER, EXISTS, helped, learned, visible
from session_service.materials.schemas import (
    FileOut,
    MaterialDetail,
    MaterialOut,
    VersionState,
    ViewOut,
)
from session_service.people.models import Person
from session_service.study_sessions.errors import StudySessionNotFound
from session_service.study_sessions.models import StudySession
from session_service.study_sessions.schemas import State

_CLASS = bindparam("study_session_id", type_=Uuid())
_HELPED = helped(Material.study_session_id)
_NUMBER = case((_HELPED, Material.newest_number), else_=Material.published_number)
"""The version that the caller sees."""
_BY_CALLER: dict[str, ColumnElement[Any]] = {
    "publish_at": case((_HELPED, Material.publish_at), else_=None),
    "published_number": func.nullif(Material.published_number, 0),
    "newest_number": func.nullif(_NUMBER, 0),
}
_FILE = [getattr(MaterialVersion, name).label(f"file_{name}") for name in FileOut.model_fields]


def _all(shown: type[MaterialOut]) -> Any:
    own = columns_of(Material, shown, without=[*_BY_CALLER, "file"])
    return (
        select(*own, *(value.label(name) for name, value in _BY_CALLER.items()), *_FILE)
        .outerjoin(
            MaterialVersion,
            and_(MaterialVersion.material_id == Material.id, MaterialVersion.number == _NUMBER),
        )
        .where(visible())
    )


_ONE = Query(_all(MaterialDetail).where(Material.id == bindparam("material_id")))
_PAGE = PageQuery(
    _all(MaterialOut).where(Material.study_session_id == _CLASS),
    Material.id,
    {
        "folder_id": Material.folder_id == bindparam("folder_id"),
        "lesson_id": Material.lesson_id == bindparam("lesson_id"),
        "at_top": Material.folder_id.is_(None),
    },
)
_HELPED_CLASS = Query(
    select(StudySession.id).where(StudySession.id == _CLASS, helped(StudySession.id))
)
_HELPED_ONE = Query(
    select(Material.id).where(Material.id == bindparam("material_id"), _HELPED, EXISTS)
)
_VIEWS = PageQuery(
    select(*columns_of(MaterialView, ViewOut, without=["name"]), Person.name)
    .join(Material, Material.id == MaterialView.material_id)
    .outerjoin(Person, Person.account_id == MaterialView.account_id)
    .where(Material.id == bindparam("material_id"), _HELPED, EXISTS),
    MaterialView.id,
)


_NOW = bindparam("now", type_=DateTime(timezone=True))
_SEEN = insert(MaterialView).from_select(
    ["id", "material_id", "account_id", "opened_at", "downloaded_at"],
    select(
        bindparam("id", type_=Uuid()), Material.id, CALLER, _NOW,
        bindparam("downloaded_at", type_=DateTime(timezone=True)),
    ).where(
        Material.id == bindparam("material_id", type_=Uuid()),
        learned(),
    ),
)  # fmt: skip
_NOTE_VIEW = Statement(
    _SEEN.on_conflict_do_update(
        index_elements=["material_id", "account_id"],
        set_={"downloaded_at": _SEEN.excluded.downloaded_at},
        where=and_(MaterialView.downloaded_at.is_(None), _SEEN.excluded.downloaded_at.is_not(None)),
    ).returning(literal_column("1"))
)


async def add(session: AsyncSession, material: Material) -> None:
    """Adds material. Raises `FolderNotFound` when its folder has just gone."""
    session.add(material)
    await flush(session)


async def flush(session: AsyncSession) -> None:
    """Sends what has changed. Raises `FolderNotFound` when a folder has just gone."""
    try:
        await session.flush()
    except IntegrityError as error:
        if postgres.constraint(error) == "fk_materials_folder_id":
            raise FolderNotFound from error
        raise


async def check_helps(session: Transaction, user: Principal, study_session_id: UUID) -> None:
    """Raises `StudySessionNotFound` unless the caller teaches or helps in a class."""
    if not await _HELPED_CLASS.run(
        session, caller=user.account_id, study_session_id=study_session_id
    ):
        raise StudySessionNotFound


async def get_for(session: Transaction, user: Principal, material_id: UUID) -> Row:
    """A material as the caller may see it. Raises `MaterialNotFound`."""
    rows = await _ONE.run(session, caller=user.account_id, material_id=material_id)
    if not rows:
        raise MaterialNotFound
    return with_file(rows[0])


async def lock_for(
    session: AsyncSession, user: Principal, material_id: UUID
) -> tuple[Material, StudySession]:
    """A material in a class in which the caller teaches or helps, locked, and the class. Raises
    `MaterialNotFound`.
    """
    statement = (
        select(Material, StudySession)
        .join(StudySession, StudySession.id == Material.study_session_id)
        .where(Material.id == material_id, EXISTS, taught_by(user.account_id, HELPERS))
        .with_for_update(of=Material)
    )
    row = (await session.execute(statement)).first()
    if row is None:
        raise MaterialNotFound
    return row[0], row[1]


async def lock_due(
    session: AsyncSession, material_id: UUID, now: datetime
) -> tuple[Material, StudySession] | None:
    """A material that is due still, locked, and its class."""
    statement = (
        select(Material, StudySession)
        .join(StudySession, StudySession.id == Material.study_session_id)
        .where(Material.id == material_id, Material.publish_at <= now)
        .with_for_update(of=Material)
    )
    row = (await session.execute(statement)).first()
    return (row[0], row[1]) if row else None


async def list_due(session: AsyncSession, now: datetime, limit: int) -> Sequence[UUID]:
    """What is to be published by now, longest due first. Classes that are not open wait."""
    statement = (
        select(Material.id)
        .join(StudySession, StudySession.id == Material.study_session_id)
        .where(Material.publish_at <= now, StudySession.state == State.ACTIVE.value)
        .order_by(Material.publish_at)
        .limit(limit)
    )
    return (await session.scalars(statement)).all()


async def has_lesson(session: AsyncSession, study_session_id: UUID, lesson_id: UUID) -> bool:
    """Whether a lesson is one of this class, in which the caller's rights are known."""
    found = await session.scalar(
        select(Lesson.id).where(
            Lesson.id == lesson_id,
            Lesson.study_session_id == study_session_id,
            Lesson.state != LessonState.DROPPED.value,
        )
    )
    return found is not None


async def find_only_student(session: AsyncSession, material: Material) -> UUID | None:
    """Whose alone a material is: the student's whose lesson it hangs on."""
    if material.lesson_id is None:
        return None
    return await session.scalar(select(Lesson.student_id).where(Lesson.id == material.lesson_id))


async def retire_versions(session: AsyncSession, material_id: UUID) -> Sequence[UUID]:
    """Makes all versions of a material gone; returns which."""
    statement = (
        update(MaterialVersion)
        .where(MaterialVersion.material_id == material_id)
        .values(state=VersionState.GONE.value, swept_at=None)
        .returning(MaterialVersion.id)
        .execution_options(synchronize_session=False)
    )
    return (await session.scalars(statement)).all()


async def note_view(
    session: Transaction, user: Principal, material_id: UUID, now: datetime, *, download: bool
) -> None:
    """Notes a student's first opening or download; of other people nothing."""
    await _NOTE_VIEW.run(
        session,
        id=new_id(),
        caller=user.account_id,
        material_id=material_id,
        now=now,
        downloaded_at=now if download else None,
    )


async def list_page(
    reads: Reads, user: Principal, study_session_id: UUID, page: PageRequest, **filters: Any
) -> RowPage:
    """Material of a class that the caller may see, newest first."""
    found = await _PAGE.page(
        reads, page, caller=user.account_id, study_session_id=study_session_id, **filters
    )
    return {**found, "items": [with_file(row) for row in found["items"]]}


async def check_visible(reads: Reads, user: Principal, material_id: UUID) -> None:
    """Raises `MaterialNotFound` unless the caller may see the material."""
    if await _ONE.first(reads, caller=user.account_id, material_id=material_id) is None:
        raise MaterialNotFound


async def check_helped(reads: Reads, user: Principal, material_id: UUID) -> None:
    """Raises `MaterialNotFound` unless the caller teaches or helps in the material's class."""
    found = await _HELPED_ONE.first(reads, caller=user.account_id, material_id=material_id)
    if found is None:
        raise MaterialNotFound


async def list_views(
    reads: Reads, user: Principal, material_id: UUID, page: PageRequest
) -> RowPage:
    """Who has seen a material, the latest first look first."""
    return await _VIEWS.page(reads, page, caller=user.account_id, material_id=material_id)


def with_file(row: Row) -> Row:
    """A row with its file's columns as one."""
    file = {name: row.pop(f"file_{name}") for name in FileOut.model_fields}
    return {**row, "file": file if file["id"] is not None else None}
