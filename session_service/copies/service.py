"""A class once more for the next term, with dates shifted (S35): its settings, series of
lessons, folders, links, notes and tasks. Not its members, their work, its codes, image, files, nor
what was changed for one lesson alone.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from libs import outbox, zones
from libs.auth import Principal
from libs.errors import FieldProblem, Invalid
from libs.events.base import Event
from libs.events.session import TaskAssigned
from libs.events.session_lessons import LessonScheduled, SeriesScheduled
from libs.ids import new_id
from session_service.copies import repository, timetables
from session_service.copies.schemas import StudySessionCopyCreate
from session_service.copies.shifts import Shift, between
from session_service.copies.timetables import Timetable
from session_service.folders.models import Folder
from session_service.late_policies.models import NAMES
from session_service.lessons import news
from session_service.lessons.models import Lesson, Series
from session_service.lessons.repository import of_class
from session_service.materials.models import Material
from session_service.materials.schemas import Kind, MaterialState
from session_service.series import plans
from session_service.study_sessions import repository as study_sessions
from session_service.study_sessions import service as classes
from session_service.study_sessions.models import StudySession
from session_service.study_sessions.schemas import StudySessionCreate
from session_service.tasks.models import Task
from session_service.tasks.schemas import TaskState
from session_service.tasks.service import open_columns

TOO_FAR = f"lessons would begin more than {plans.LATEST.days} days ahead"
IN_THE_PAST = "something of the class would lie in the past: shift it further"


@dataclass(frozen=True, slots=True)
class Content:
    """What of a class is copied."""

    folders: Sequence[Folder]
    materials: Sequence[Material]
    files: Sequence[Material]
    tasks: Sequence[Task]
    series: Sequence[Series]

    def dates(self, zone: str) -> list[date]:
        """The days on which something is due, in the class's zone, or begins."""
        due = [zones.to_wall(one.due_at, zone).date() for one in self.tasks]
        return due + [one.local_start.date() for one in self.series]

    def instants(self, zone: str, shift: Shift) -> list[datetime]:
        """When it is due, or begins, so much later."""
        due = [shift.instant(one.due_at, zone) for one in self.tasks]
        starts = [zones.to_instant(shift.wall(one.local_start), one.zone) for one in self.series]
        return due + starts


@dataclass(frozen=True, slots=True)
class Copied:
    """The new class and what of the old one it has."""

    made: StudySession
    content: Content
    timetable: Timetable
    shift: Shift
    now: datetime


async def copy(
    session: AsyncSession,
    user: Principal,
    study_session_id: UUID,
    wanted: StudySessionCopyCreate,
) -> Copied:
    """Makes the owner's class once more; it waits for payment and approval. Raises
    `StudySessionNotFound`, or `Invalid` for a shift that leaves something in the past.
    """
    now: datetime = session.info["clock"].now()
    source = await study_sessions.lock_own(session, user, study_session_id)
    content = await _content(session, source)
    shift = _shift(source, content, wanted, now)
    create = StudySessionCreate(
        name=wanted.name or source.name, description=source.description, zone=source.zone
    )
    made = await classes.create(session, user, create, now, like=source)
    timetable = timetables.shifted(content.series, of_class(made), shift, now)
    copied = Copied(made, content, timetable, shift, now)
    await _add_lessons(session, copied)
    folder_ids = await _copy_folders(session, copied)
    materials = [_material(one, copied, folder_ids) for one in content.materials]
    await repository.add(session, materials)
    await _copy_tasks(session, copied)
    return copied


async def _content(session: AsyncSession, source: StudySession) -> Content:
    found = await repository.list_materials(session, source.id)
    return Content(
        await repository.list_folders(session, source.id),
        [one for one in found if one.kind != Kind.FILE],
        [one for one in found if one.kind == Kind.FILE],
        await repository.list_tasks(session, source.id),
        await repository.list_series(session, source.id),
    )


def _shift(
    source: StudySession, content: Content, wanted: StudySessionCopyCreate, now: datetime
) -> Shift:
    """Raises `Invalid` unless all that has a date is ahead afterwards."""
    if wanted.shift_days is not None:
        shift = Shift(wanted.shift_days)
    else:
        first: date = wanted.starts_on  # type: ignore[assignment]  # one of both is given
        shift = Shift(between(content.dates(source.zone), first))
    instants = content.instants(source.zone, shift)
    if any(one <= now for one in instants):
        raise Invalid(fields=[FieldProblem(wanted.pointer, "shifted_into_the_past", IN_THE_PAST)])
    if any(one > now + plans.LATEST for one in instants[len(content.tasks) :]):
        raise Invalid(fields=[FieldProblem(wanted.pointer, "shifted_too_far", TOO_FAR)])
    return shift


async def _add_lessons(session: AsyncSession, copied: Copied) -> None:
    made, found = copied.made, copied.timetable.series
    await repository.add(session, [series for series, _ in found])
    await repository.add(session, [lesson for _, lessons in found for lesson in lessons])
    about = await news.about(session, of_class(made), made.tutor_id)
    await outbox.publish(session, *(_scheduled(about, made, *one) for one in found))


def _scheduled(
    about: news.ClassFields, made: StudySession, series: Series, lessons: Sequence[Lesson]
) -> Event:
    first = lessons[0]
    fields = about | {"series_id": series.id, "tutor_id": made.tutor_id, "revision": 1}
    if series.rule is None:
        times = {"starts_at": first.starts_at, "ends_at": first.ends_at}
        return LessonScheduled.model_validate(fields | {"lesson_id": first.id} | times)
    ids = tuple(one.id for one in lessons)
    return SeriesScheduled.model_validate(
        fields | {"lesson_ids": ids, "starts_at": first.starts_at}
    )


async def _copy_folders(session: AsyncSession, copied: Copied) -> Mapping[UUID, UUID]:
    """Returns the new folders' ids by the old ones'."""
    folders = copied.content.folders
    ids = {one.id: new_id() for one in folders}
    rows = [
        Folder(
            id=ids[one.id],
            study_session_id=copied.made.id,
            parent_id=None,
            position=one.position,
            name=one.name,
            created_at=copied.now,
        )
        for one in folders
    ]
    await repository.add(session, rows)  # first all, then what lies in what: in any order
    for old, new in zip(folders, rows, strict=True):
        new.parent_id = ids[old.parent_id] if old.parent_id else None
    return ids


def _material(old: Material, copied: Copied, folder_ids: Mapping[UUID, UUID]) -> Material:
    """A draft, which is published when the old one was, or is to be, so much later."""
    at = old.publish_at or old.published_at
    later = copied.shift.instant(at, copied.made.zone) if at else None
    return Material(
        id=new_id(),
        study_session_id=copied.made.id,
        folder_id=folder_ids[old.folder_id] if old.folder_id else None,
        kind=old.kind,
        title=old.title,
        description=old.description,
        link=old.link,
        text=old.text,
        state=MaterialState.DRAFT.value,
        newest_number=0,
        publish_at=later if later is not None and later > copied.now else None,
        notify=old.notify,
        created_by=copied.made.tutor_id,
        created_at=copied.now,
        revision=1,
    )


async def _copy_tasks(session: AsyncSession, copied: Copied) -> None:
    made = copied.made
    rows = [_task(old, copied) for old in copied.content.tasks]
    await repository.add(session, rows)
    await open_columns(session, [one for one in rows if one.is_published])
    events = [
        TaskAssigned(
            study_session_id=made.id,
            session_code=made.session_code,
            task_id=one.id,
            tutor_id=made.tutor_id,
            due_at=one.due_at,
            revision=one.revision,
        )
        for one in rows
        if one.is_published
    ]
    await outbox.publish(session, *events)


def _task(old: Task, copied: Copied) -> Task:
    """Published, or to be so much later, or a draft, as the old one."""
    made, now = copied.made, copied.now
    task = Task(
        id=new_id(),
        study_session_id=made.id,
        title=old.title,
        description=old.description,
        points=old.points,
        category=old.category,
        state=TaskState.DRAFT.value,
        due_at=copied.shift.instant(old.due_at, made.zone),
        created_at=now,
        revision=0,
        **{name: getattr(old, name) for name in NAMES},
    )
    later = copied.shift.instant(old.publish_at, made.zone) if old.publish_at else None
    if old.is_published:
        task.publish(now)
    elif later is not None and now < later < task.due_at:
        task.schedule(later)
    task.revision = 1
    return task
