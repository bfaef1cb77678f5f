"""Who sees which picture, and from what it is drawn. The drawing itself is a job's."""

import hashlib
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from libs import outbox, zones
from libs.auth import Principal
from session_service.charts import repository, rules
from session_service.charts.models import Chart
from session_service.charts.schemas import WEEKS, ChartFacts, ChartKind, DrawChart
from session_service.progress.periods import midnight, steps
from session_service.progress.schemas import Step


class Viewer(NamedTuple):
    """Who looks at pictures of which class, and when."""

    session: AsyncSession
    user: Principal
    study_session_id: UUID
    now: datetime


class Gathered(NamedTuple):
    """The row of a picture, and the facts of today."""

    chart: Chart
    facts: ChartFacts

    @property
    def digest(self) -> str:
        """Of the facts: it changes when the picture must."""
        return _hash(self.facts.model_dump_json())


async def get_of_class(viewer: Viewer) -> Chart | None:
    """The picture of a class, for who teaches or helps in it; null while there is none. Raises
    `StudySessionNotFound`.
    """
    await repository.check_helped(viewer.session, viewer.user, viewer.study_session_id)
    return await _get(viewer, ChartKind.CLASS, viewer.study_session_id)


async def get_of_student(viewer: Viewer, student_id: UUID) -> Chart | None:
    """The picture of a student, for whoever may see the progress; with the class's median for who
    teaches or helps. Raises `ProgressNotFound`.
    """
    of = (viewer.session, viewer.user, viewer.study_session_id, student_id)
    helped = await repository.is_helped(*of)
    kind = ChartKind.STUDENT_IN_CLASS if helped else ChartKind.STUDENT
    return await _get(viewer, kind, student_id)


async def _get(viewer: Viewer, kind: ChartKind, subject_id: UUID) -> Chart | None:
    """What is there, and a look at whether it is right still, if the last one was long ago."""
    session, study_session_id = viewer.session, viewer.study_session_id
    if await repository.wish(session, study_session_id, kind, subject_id, viewer.now):
        job = DrawChart(study_session_id=study_session_id, kind=kind, subject_id=subject_id)
        await outbox.enqueue(session, job)
    found = await repository.find(session, study_session_id, kind, subject_id)
    return None if found is None or found.svg is None else found


async def gather(session: AsyncSession, job: DrawChart) -> Gathered | None:
    """What a picture is drawn from; `None` if nobody wishes it, or its student has left, whose
    picture then goes.
    """
    chart = await repository.find(session, job.study_session_id, job.kind, job.subject_id)
    if chart is None:
        return None
    whole = job.kind is ChartKind.CLASS
    if not whole and not await repository.is_member(session, job.study_session_id, job.subject_id):
        await repository.remove(session, chart)
        return None
    now: datetime = session.info["clock"].now()
    study_session = await repository.get_class(session, job.study_session_id)
    zone = study_session.zone
    days = steps(Step.WEEK, zones.to_wall(now, zone).date(), WEEKS)
    edges = [midnight(day, zone) for day in days]
    counts = await repository.list_counts(session, job.study_session_id, edges, now)
    weeks = rules.weeks(job.kind, job.subject_id, days[:-1], counts)
    facts = ChartFacts(kind=job.kind, class_name=study_session.name, weeks=weeks)
    return Gathered(chart, facts)


async def keep(session: AsyncSession, gathered: Gathered, svg: str) -> None:
    """Keeps a picture, unless its row is gone meanwhile."""
    now: datetime = session.info["clock"].now()
    drawn = {"svg": svg, "tag": _hash(svg), "digest": gathered.digest, "drawn_at": now}
    await repository.keep(session, gathered.chart, drawn)


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:32]
