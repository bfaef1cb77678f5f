"""The rules of tasks that repeat (S6). A task is made when it is to be published, not before: so
holidays and changes of the series count up to that moment, and none has to be taken back.
"""

from datetime import datetime
from itertools import islice
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from libs.auth import Principal
from libs.errors import FieldProblem, Invalid
from libs.hot_reads import Row
from libs.ids import new_id
from session_service.holidays import repository as holidays
from session_service.holidays.models import covering
from session_service.late_policies.models import NAMES
from session_service.lessons.repository import of_class
from session_service.series import recurrence
from session_service.series.recurrence import BadRule, Rule
from session_service.study_sessions.models import Taught
from session_service.task_series import repository
from session_service.task_series.errors import TooManyTaskSeries
from session_service.task_series.models import TaskSeries
from session_service.task_series.schemas import (
    MOST_SERIES,
    TaskSeriesCreate,
    TaskSeriesOut,
    TaskSeriesUpdate,
    UpcomingOut,
)
from session_service.tasks import repository as tasks
from session_service.tasks import service as tasks_service
from session_service.tasks.models import Task
from session_service.tasks.schemas import TaskState

SHOWN = 10
AT_ONCE = 100
"""Places that one transaction goes through at most; the next round goes on."""


async def create(
    session: AsyncSession, user: Principal, wanted: TaskSeriesCreate, now: datetime
) -> Row:
    """Lets a task repeat; the first one is set at once if its time has come.

    Raises `StudySessionNotFound`, `StudySessionNotOpen`, `StudySessionIsPaused`,
    `TooManyTaskSeries`, or `Invalid` for a rule that is not taken, and for a first due time that
    has passed or is not in the rule.
    """
    place = await tasks.get_place(session, user, wanted.study_session_id)
    place.of.check_open()
    rule = _rule(wanted, place.zone)
    series = TaskSeries(
        id=new_id(),
        **wanted.model_dump(exclude={"late_policy", "rule"}),
        **(wanted.late_policy or place.late_policy).model_dump(),
        zone=place.zone,
        rule=str(rule),
        created_at=now,
        revision=1,
    )
    if series.due_at(wanted.local_due) <= now:
        problem = FieldProblem("/local_due", "due_in_the_past", "must lie ahead")
        raise Invalid(fields=[problem])
    series.turn_to(wanted.local_due)
    if await repository.count_going_on(session, wanted.study_session_id) >= MOST_SERIES:
        raise TooManyTaskSeries
    await repository.add(session, series)
    await _set_due(session, series, place.of, now)
    return await shown(session, series)


async def get(session: AsyncSession, user: Principal, series_id: UUID) -> Row:
    """A series, and what comes next. Raises `TaskSeriesNotFound`."""
    return await shown(session, await repository.get_for(session, user, series_id))


async def change(
    session: AsyncSession, user: Principal, series_id: UUID, wanted: TaskSeriesUpdate
) -> Row:
    """Changes what is set from now on. Raises `TaskSeriesNotFound` or `StudySessionOver`."""
    series, study_session = await repository.lock_taught(session, user, series_id)
    study_session.check_changeable()
    for name, value in wanted.model_dump(exclude_none=True).items():
        setattr(series, name, value)
    series.revision += 1
    await session.flush()
    return await shown(session, series)


async def end(session: AsyncSession, user: Principal, series_id: UUID, now: datetime) -> None:
    """Sets no more tasks; those that are set stay. Raises `TaskSeriesNotFound`."""
    series, _ = await repository.lock_taught(session, user, series_id)
    series.end(now)


async def set_due(session: AsyncSession, series_id: UUID) -> None:
    """Sets the tasks of a series whose time has come, unless somebody has done so."""
    now: datetime = session.info["clock"].now()
    found = await repository.lock_due(session, series_id, now)
    if found is not None:
        await _set_due(session, found[0], of_class(found[1]), now)


async def _set_due(session: AsyncSession, series: TaskSeries, of: Taught, now: datetime) -> None:
    days = await holidays.list_of(session, series.study_session_id)
    for number, place in enumerate(series.places()):
        if series.publish_at(place) > now or number == AT_ONCE:
            series.turn_to(place)
            break
        if series.due_at(place) > now and not covering(days, place.date()):
            await tasks_service.add(session, of, _task(series, place, now))
    else:
        series.turn_to(None)
    await session.flush()


async def shown(session: AsyncSession, series: TaskSeries) -> Row:
    """A series as clients see it."""
    days = await holidays.list_of(session, series.study_session_id)
    upcoming = [
        UpcomingOut(
            due_at=series.due_at(place),
            publish_at=series.publish_at(place),
            on_holiday=covering(days, place.date()) is not None,
        )
        for place in islice(series.places(), SHOWN)
    ]
    row = {name: getattr(series, name) for name in TaskSeriesOut.model_fields}
    return {**row, "upcoming": upcoming}


def _task(series: TaskSeries, place: datetime, now: datetime) -> Task:
    task = Task(
        id=new_id(),
        study_session_id=series.study_session_id,
        task_series_id=series.id,
        title=series.title,
        description=series.description,
        points=series.points,
        category=series.category,
        state=TaskState.DRAFT.value,
        due_at=series.due_at(place),
        created_at=now,
        revision=0,
        **{name: getattr(series, name) for name in NAMES},
    )
    task.publish(now)
    return task


def _rule(wanted: TaskSeriesCreate, zone: str) -> Rule:
    try:
        rule = recurrence.read(wanted.rule, zone)
    except BadRule as error:
        raise Invalid(fields=[FieldProblem("/rule", error.code, error.detail)]) from error
    first = next(recurrence.places(rule, wanted.local_due, zone), None)
    if first != wanted.local_due:
        offered = (first.isoformat(timespec="minutes"),) if first else ()
        detail = "the rule has no task at this time" if first else "the rule makes no task"
        raise Invalid(fields=[FieldProblem("/local_due", "start_not_in_rule", detail, offered)])
    return rule
