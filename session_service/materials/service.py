"""The rules of material: who may see it, and from when (N17).

Students see nothing of what is not published: no route, list or count differs from one for
material that does not exist.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from libs import outbox, zones
from libs.auth import Principal
from libs.errors import FieldProblem, Invalid
from libs.events.session import MaterialPublished, MaterialWithdrawn
from libs.hot_reads import Row, RowPage
from libs.ids import new_id
from libs.pagination import PageRequest
from libs.postgres import Reads
from session_service.folders import repository as folders
from session_service.materials import repository
from session_service.materials.models import Material
from session_service.materials.schemas import (
    ClearVersion,
    Kind,
    MaterialCreate,
    MaterialState,
    MaterialUpdate,
    PublicationCreate,
)
from session_service.study_sessions import repository as study_sessions
from session_service.study_sessions.models import StudySession

CONTENT = {Kind.LINK: "link", Kind.NOTE: "text"}
"""The field that holds what a kind of material is; a file's bytes lie elsewhere."""


async def create(
    session: AsyncSession, user: Principal, wanted: MaterialCreate, now: datetime
) -> Row:
    """Makes material that is a draft. Raises `StudySessionNotFound`, `FolderNotFound`, or `Invalid`
    for a lesson of another class, or content of another kind.
    """
    await repository.check_helps(session, user, wanted.study_session_id)
    _check_content(wanted.kind, wanted, new=True)
    await _check_places(session, wanted.study_session_id, wanted)
    made = Material(
        id=new_id(),
        **wanted.model_dump(),
        state=MaterialState.DRAFT.value,
        newest_number=0,
        notify=True,
        created_by=user.account_id,
        created_at=now,
        revision=1,
    )
    await repository.add(session, made)
    return await repository.get_for(session, user, made.id)


async def change(
    session: AsyncSession, user: Principal, material_id: UUID, wanted: MaterialUpdate
) -> Row:
    """Changes what the client names. Raises `MaterialNotFound`, `FolderNotFound` or `Invalid`."""
    material, _ = await repository.lock_for(session, user, material_id)
    _check_content(Kind(material.kind), wanted, new=False)
    await _check_places(session, material.study_session_id, wanted)
    for name, value in wanted.model_dump(exclude_unset=True).items():
        if value is not None or name in ("folder_id", "lesson_id"):
            setattr(material, name, value)
    material.revision += 1
    await repository.flush(session)
    return await repository.get_for(session, user, material_id)


async def open_one(session: AsyncSession, user: Principal, material_id: UUID, now: datetime) -> Row:
    """A material with what is in it; a student's first look is noted. Raises
    `MaterialNotFound`.
    """
    found = await repository.get_for(session, user, material_id)
    await repository.note_view(session, user, material_id, now, download=False)
    return found


async def publish(
    session: AsyncSession,
    user: Principal,
    material_id: UUID,
    wanted: PublicationCreate,
    now: datetime,
) -> Row:
    """Publishes now or later; what is published already is no news.

    Raises `MaterialNotFound`, `StudySessionNotOpen`, `NothingToPublish`, `AlreadyPublished`, or
    `Invalid` for a time that is over.
    """
    material, study_session = await repository.lock_for(session, user, material_id)
    study_session.check_open()
    at = _instant(wanted, study_session.zone)
    if at is None:
        await _publish(session, material, study_session, now, notify=wanted.notify)
    elif at <= now:
        pointer = "/local" if wanted.local is not None else "/at"
        raise Invalid(fields=[FieldProblem(pointer, "publish_in_the_past", "must lie ahead")])
    else:
        material.schedule(at, notify=wanted.notify)
    await repository.flush(session)
    return await repository.get_for(session, user, material_id)


async def publish_due(session: AsyncSession, material_id: UUID) -> None:
    """Publishes what is due, unless somebody has done it by hand, or put it off."""
    now: datetime = session.info["clock"].now()
    found = await repository.lock_due(session, material_id, now)
    if found is not None:
        material, study_session = found
        await _publish(session, material, study_session, now, notify=material.notify)


async def withdraw(session: AsyncSession, user: Principal, material_id: UUID) -> None:
    """Takes material back from students, or its time to be published; doing it twice is no news.
    Raises `MaterialNotFound`.
    """
    material, study_session = await repository.lock_for(session, user, material_id)
    if material.withdraw():
        await outbox.publish(session, MaterialWithdrawn(**_about(material, study_session)))


async def delete(session: AsyncSession, user: Principal, material_id: UUID, now: datetime) -> None:
    """Leaves a tombstone, which nobody sees; jobs take the files away. Raises
    `MaterialNotFound`.
    """
    material, study_session = await repository.lock_for(session, user, material_id)
    if material.delete(now):
        await outbox.publish(session, MaterialWithdrawn(**_about(material, study_session)))
    gone = await repository.retire_versions(session, material_id)
    await outbox.enqueue_all(session, [ClearVersion(version_id=one) for one in gone])


async def list_page(
    reads: Reads, user: Principal, study_session_id: UUID, page: PageRequest, **filters: object
) -> RowPage:
    """One page of a class's material. Raises `StudySessionNotFound`."""
    await study_sessions.get_for(reads, user, study_session_id)
    return await repository.list_page(reads, user, study_session_id, page, **filters)


async def list_views(
    reads: Reads, user: Principal, material_id: UUID, page: PageRequest
) -> RowPage:
    """One page of who has seen a material, for who teaches or helps. Raises
    `MaterialNotFound`.
    """
    await repository.check_helped(reads, user, material_id)
    return await repository.list_views(reads, user, material_id, page)


async def _publish(
    session: AsyncSession,
    material: Material,
    study_session: StudySession,
    now: datetime,
    *,
    notify: bool,
) -> None:
    if material.publish(now, notify=notify):
        only = await repository.find_only_student(session, material)
        event = MaterialPublished(
            **_about(material, study_session), silent=not notify, student_id=only
        )
        await outbox.publish(session, event)


def _instant(wanted: PublicationCreate, zone: str) -> datetime | None:
    """The instant that is meant; at a change of the clock as with lessons (S-A2)."""
    if wanted.local is None:
        return wanted.at
    if wanted.at is not None:
        raise Invalid(fields=[FieldProblem("/local", "two_times", "give `at` or `local`")])
    try:
        return zones.to_instant(wanted.local, zone)
    except OverflowError as error:
        raise Invalid(
            fields=[FieldProblem("/local", "out_of_range", "not a time that can be kept")]
        ) from error


def _check_content(kind: Kind, wanted: MaterialCreate | MaterialUpdate, *, new: bool) -> None:
    for of, name in CONTENT.items():
        given = getattr(wanted, name) is not None
        if given and of is not kind:
            problem = FieldProblem(f"/{name}", "wrong_kind", f"a {kind} has no {name}")
            raise Invalid(fields=[problem])
        if new and of is kind and not given:
            raise Invalid(fields=[FieldProblem(f"/{name}", "missing", f"a {kind} needs a {name}")])


async def _check_places(
    session: AsyncSession, study_session_id: UUID, wanted: MaterialCreate | MaterialUpdate
) -> None:
    if wanted.folder_id is not None:
        await folders.check_in(session, study_session_id, wanted.folder_id)
    if wanted.lesson_id is not None and not await repository.has_lesson(
        session, study_session_id, wanted.lesson_id
    ):
        problem = FieldProblem("/lesson_id", "lesson_unknown", "no lesson of this class")
        raise Invalid(fields=[problem])


def _about(material: Material, study_session: StudySession) -> dict[str, object]:
    return {
        "study_session_id": study_session.id,
        "session_code": study_session.session_code,
        "material_id": material.id,
        "revision": material.revision,
    }
