"""The rules of tasks: drafts that are published at once or later, changed and deleted (S5)."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from libs import etags, outbox, zones
from libs.auth import Principal
from libs.errors import FieldProblem, Invalid
from libs.events.session import TaskAssigned
from libs.events.session_tasks import TaskDueChanged, TaskLatePolicyChanged
from libs.hot_reads import Row
from libs.ids import new_id
from libs.postgres import Reads
from session_service.grade_items import service as grade_items
from session_service.grade_items.models import GradeItem
from session_service.grade_items.schemas import ItemKind
from session_service.late_policies.models import NAMES, policy_of
from session_service.late_policies.rules import closes_at
from session_service.study_sessions.models import StudySession, Taught
from session_service.tasks import repository
from session_service.tasks.models import Task
from session_service.tasks.repository import Place
from session_service.tasks.schemas import (
    PublicationWanted,
    TaskCreate,
    TaskOut,
    TaskState,
    TaskUpdate,
)


async def create(session: AsyncSession, user: Principal, wanted: TaskCreate, now: datetime) -> Task:
    """Sets a task for all students of a class, or makes a draft of one.

    Raises `StudySessionNotFound`, `StudySessionNotOpen`, `StudySessionIsPaused`, `TaskDuePassed`,
    or `Invalid` for a time that has passed.
    """
    place = await repository.get_place(session, user, wanted.study_session_id)
    place.of.check_open()
    due_at = _ahead(wanted.due_at, wanted.due_local, place.zone, "due", now)
    assert due_at is not None  # noqa: S101  (the schema asks for one of both)
    publish_at = _ahead(wanted.publish_at, wanted.publish_local, place.zone, "publish", now)
    task = _new(place, wanted, due_at, now)
    if publish_at is not None:
        task.schedule(publish_at)
    elif not wanted.draft:
        task.publish(now)
    task.revision = 1
    await add(session, place.of, task)
    return task


async def add(session: AsyncSession, of: Taught, task: Task) -> None:
    """Adds a task to an open class, and tells its students if it is published."""
    await repository.add(session, task)
    if task.is_published:
        await open_columns(session, [task])
        await outbox.publish(session, _assigned(of, task))


async def open_columns(session: AsyncSession, tasks: Sequence[Task]) -> None:
    """Opens the columns of the gradebook that tasks have from their publication on."""
    await grade_items.open_items(session, [_column(task) for task in tasks])


def _column(task: Task) -> GradeItem:
    return GradeItem(
        id=task.id,
        study_session_id=task.study_session_id,
        kind=ItemKind.TASK.value,
        title=task.title,
        points=task.points,
        category=task.category,
        due_at=task.due_at,
        cut_off_at=closes_at(task.late_policy, task.due_at),
        created_at=task.created_at,
    )


async def get(reads: Reads, user: Principal, task_id: UUID) -> Row:
    """A task with its policy, and its revision. Raises `TaskNotFound`."""
    return _with_policy(await repository.get_for(reads, user, task_id))


async def change(
    session: AsyncSession,
    user: Principal,
    task_id: UUID,
    wanted: TaskUpdate,
    if_match: str | None,
) -> Row:
    """Changes what the client names; who attends hears of another due time. Work that was handed
    in stays, and is late or not by the new one; so are its marks.

    Raises `TaskNotFound`, `Stale`, `StudySessionOver`, `TaskDuePassed`, `GradeItemMarked` for other
    points when marks are given, or `Invalid`.
    """
    now: datetime = session.info["clock"].now()
    task, study_session = await repository.lock_taught(session, user, task_id)
    etags.check(if_match, task.revision)
    study_session.check_changeable()
    policy = task.late_policy
    named = wanted.model_dump(exclude_none=True, exclude={"due_at", "due_local", "late_policy"})
    if wanted.late_policy is not None:
        named |= wanted.late_policy.model_dump()
    for name, value in named.items():
        setattr(task, name, value)
    task.revision += 1
    due_at = _ahead(wanted.due_at, wanted.due_local, study_session.zone, "due", now)
    if due_at is not None and due_at != task.due_at:
        await _move_due(session, user, study_session, task, due_at)
    if task.is_published:
        await _change_column(session, task)
        if task.late_policy != policy:
            await outbox.publish(session, _treated(user, study_session, task))
    await session.flush()
    return shown(task)


async def _change_column(session: AsyncSession, task: Task) -> None:
    await grade_items.change_item(
        session,
        task.id,
        title=task.title,
        points=task.points,
        category=task.category,
        due_at=task.due_at,
        cut_off_at=closes_at(task.late_policy, task.due_at),
    )


async def _move_due(
    session: AsyncSession, user: Principal, study_session: StudySession, task: Task, to: datetime
) -> None:
    old = task.due_at
    task.move_due(to, session.info["clock"].now())
    if task.publish_at is not None:
        task.schedule(task.publish_at)
    if task.is_published:
        about = _about(study_session, task)
        event = TaskDueChanged(**about, old_due_at=old, changed_by=user.account_id)
        await outbox.publish(session, event)


async def publish(
    session: AsyncSession, user: Principal, task_id: UUID, wanted: PublicationWanted
) -> Row:
    """Publishes a task now or later; what is published already is no news.

    Raises `TaskNotFound`, `StudySessionNotOpen`, `StudySessionIsPaused`, `TaskPublished`,
    `TaskDuePassed` or `Invalid`.
    """
    now: datetime = session.info["clock"].now()
    task, study_session = await repository.lock_taught(session, user, task_id)
    study_session.check_open()
    at = _instant(wanted.at, wanted.local, study_session.zone, "/local")
    if at is not None:
        _check_ahead(at, now, "/local" if wanted.local else "/at", "publish")
        task.schedule(at)
    else:
        await _publish(session, study_session, task, now)
    await session.flush()
    return shown(task)


async def publish_due(session: AsyncSession, task_id: UUID) -> None:
    """Publishes a task whose time has come, unless somebody has done so or put it off. One that
    would be due by now becomes a draft again.
    """
    now: datetime = session.info["clock"].now()
    found = await repository.lock_due(session, task_id, now)
    if found is None or not found[1].is_open:
        return
    task, study_session = found
    if task.due_at <= now:
        task.unschedule()
    else:
        await _publish(session, study_session, task, now)


async def _publish(
    session: AsyncSession, study_session: StudySession, task: Task, now: datetime
) -> None:
    if task.publish(now):
        await session.flush()
        await open_columns(session, [task])
        await outbox.publish(session, TaskAssigned(**_about(study_session, task)))


async def unschedule(session: AsyncSession, user: Principal, task_id: UUID) -> None:
    """Makes a scheduled task a draft again. Raises `TaskNotFound` or `TaskPublished`."""
    task, _ = await repository.lock_taught(session, user, task_id)
    task.unschedule()


async def delete(session: AsyncSession, user: Principal, task_id: UUID) -> None:
    """Deletes a task that students have never seen. Raises `TaskNotFound` or `TaskPublished`."""
    task, _ = await repository.lock_taught(session, user, task_id)
    task.check_not_published()
    await repository.remove(session, task.id)


def shown(task: Task) -> Row:
    """A task as clients see it, and its revision."""
    names = (*TaskOut.model_fields, *NAMES, "revision")
    return _with_policy({name: getattr(task, name) for name in names})


def _with_policy(row: Row) -> Row:
    policy = {name: row.pop(name) for name in NAMES}
    closing = closes_at(policy_of(policy), row["due_at"])
    return {**row, "late_policy": policy, "closes_at": closing}


def _new(place: Place, wanted: TaskCreate, due_at: datetime, now: datetime) -> Task:
    policy = wanted.late_policy or place.late_policy
    return Task(
        id=new_id(),
        study_session_id=place.of.study_session_id,
        title=wanted.title,
        description=wanted.description,
        points=wanted.points,
        category=wanted.category,
        state=TaskState.DRAFT.value,
        due_at=due_at,
        created_at=now,
        revision=0,
        **policy.model_dump(),
    )


def _ahead(
    at: datetime | None, local: datetime | None, zone: str, name: str, now: datetime
) -> datetime | None:
    """An instant that a client has named by `<name>_at` or `<name>_local`. Raises `Invalid` unless
    it lies ahead.
    """
    found = _instant(at, local, zone, f"/{name}_local")
    if found is not None:
        _check_ahead(found, now, f"/{name}_at" if local is None else f"/{name}_local", name)
    return found


def _instant(
    at: datetime | None, local: datetime | None, zone: str, pointer: str
) -> datetime | None:
    if local is None:
        return at
    try:
        return zones.to_instant(local, zone)
    except OverflowError as error:
        problem = FieldProblem(pointer, "out_of_range", "not a time that can be kept")
        raise Invalid(fields=[problem]) from error


def _check_ahead(at: datetime, now: datetime, pointer: str, name: str) -> None:
    if at <= now:
        raise Invalid(fields=[FieldProblem(pointer, f"{name}_in_the_past", "must lie ahead")])


def _treated(user: Principal, study_session: StudySession, task: Task) -> TaskLatePolicyChanged:
    return TaskLatePolicyChanged(
        study_session_id=study_session.id,
        session_code=study_session.session_code,
        task_id=task.id,
        changed_by=user.account_id,
        revision=task.revision,
    )


def _assigned(of: Taught, task: Task) -> TaskAssigned:
    return TaskAssigned(
        study_session_id=of.study_session_id,
        session_code=of.session_code,
        task_id=task.id,
        tutor_id=of.tutor_id,
        due_at=task.due_at,
        revision=task.revision,
    )


def _about(study_session: StudySession, task: Task) -> dict[str, object]:
    return {
        "study_session_id": study_session.id,
        "session_code": study_session.session_code,
        "task_id": task.id,
        "tutor_id": study_session.tutor_id,
        "due_at": task.due_at,
        "revision": task.revision,
    }
