"""The jobs of session_service; `deploy/local/worker.py` joins those of all services."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from uuid import UUID

from libs import outbox_jobs
from libs.celery import Worker, celery_app
from libs.clock import SystemClock
from libs.objects import Objects
from libs.postgres import Database
from libs.settings import load
from session_service.assessments import jobs as assessments
from session_service.assessments.schemas import CloseDue
from session_service.attendance import jobs as attendance
from session_service.attendance.schemas import CloseLessons
from session_service.attendance_exports import jobs as attendance_exports
from session_service.attendance_exports.schemas import BuildExport, SweepExports
from session_service.charts import jobs as charts
from session_service.charts.schemas import DrawChart
from session_service.class_images import jobs as class_images
from session_service.class_images.schemas import (
    ClearClassImage,
    ConvertClassImage,
    SweepClassImages,
)
from session_service.file_versions import jobs as file_versions
from session_service.file_versions.schemas import SweepVersions, TakeVersion
from session_service.item_statistics import jobs as item_statistics
from session_service.item_statistics.schemas import ComputeStatistics, SweepStatistics
from session_service.lessons import jobs as lessons
from session_service.materials import jobs as materials
from session_service.materials.schemas import ClearVersion, PublishDue
from session_service.privacy import jobs as privacy
from session_service.privacy.schemas import CollectExport, EraseAccount
from session_service.reminders import jobs as reminders
from session_service.reminders.schemas import RemindOfWork
from session_service.series import jobs as series
from session_service.settings import Settings
from session_service.task_series import jobs as task_series
from session_service.task_series.schemas import SetTasks
from session_service.tasks import jobs as tasks
from session_service.tasks.schemas import PublishTasks
from session_service.work_files import jobs as work_files
from session_service.work_files.schemas import ClearWorkFile, SweepWorkFiles, TakeWorkFile


@dataclass(frozen=True)
class Resources:
    """What jobs need."""

    database: Database
    objects: Objects


@asynccontextmanager
async def open_resources() -> AsyncIterator[Resources]:
    """Opens clients on the worker's loop."""
    settings, clock = load(Settings), SystemClock()
    database = Database(settings, clock, name="session_worker")
    objects = Objects(settings, clock)
    try:
        yield Resources(database, objects)
    finally:
        await objects.close()
        await database.close()


async def _collect(parts: Resources, job: CollectExport) -> None:
    await privacy.collect(parts.database, parts.objects, job)


async def _erase(parts: Resources, job: EraseAccount) -> None:
    await privacy.erase(parts.database, job)


async def _convert_class_image(parts: Resources, job: ConvertClassImage) -> None:
    await class_images.convert(parts.database, parts.objects, job)


async def _clear_class_image(parts: Resources, job: ClearClassImage) -> None:
    await class_images.clear(parts.database, parts.objects, job.image_id)


async def _sweep_class_images(parts: Resources, _: SweepClassImages) -> None:
    await class_images.sweep(parts.database, parts.objects)


async def _publish_due(parts: Resources, job: PublishDue) -> None:
    await materials.publish_due(parts.database, job)


async def _publish_tasks(parts: Resources, job: PublishTasks) -> None:
    await tasks.publish_due(parts.database, job)


async def _set_tasks(parts: Resources, job: SetTasks) -> None:
    await task_series.set_due(parts.database, job)


async def _remind(parts: Resources, job: RemindOfWork) -> None:
    await reminders.remind(parts.database, job)


async def _take_work_file(parts: Resources, job: TakeWorkFile) -> None:
    await work_files.take(parts.database, parts.objects, job)


async def _clear_work_file(parts: Resources, job: ClearWorkFile) -> None:
    await work_files.clear(parts.database, parts.objects, job.file_id)


async def _sweep_work_files(parts: Resources, _: SweepWorkFiles) -> None:
    await work_files.sweep(parts.database, parts.objects)


async def _take_version(parts: Resources, job: TakeVersion) -> None:
    await file_versions.take(parts.database, parts.objects, job)


async def _clear_version(parts: Resources, job: ClearVersion) -> None:
    await file_versions.clear(parts.database, parts.objects, job.version_id)


async def _sweep_versions(parts: Resources, _: SweepVersions) -> None:
    await file_versions.sweep(parts.database, parts.objects)


async def _extend_series(parts: Resources, job: series.ExtendSeries) -> None:
    await series.extend(parts.database, job)


async def _reexpand_series(parts: Resources, job: series.ReexpandSeries) -> None:
    await series.reexpand(parts.database, job)


async def _tell_of_hours(parts: Resources, job: lessons.TellOfHours) -> None:
    await lessons.tell_of_hours(parts.database, job)


async def _close_lessons(parts: Resources, job: CloseLessons) -> None:
    await attendance.close_lessons(parts.database, job)


async def _build_export(parts: Resources, job: BuildExport) -> None:
    await attendance_exports.build(parts.database, parts.objects, job)


async def _sweep_exports(parts: Resources, job: SweepExports) -> None:
    await attendance_exports.sweep(parts.database, parts.objects, job)


async def _close_due(parts: Resources, job: CloseDue) -> None:
    await assessments.close_due(parts.database, job)


async def _compute_statistics(parts: Resources, job: ComputeStatistics) -> None:
    await item_statistics.compute(parts.database, job)


async def _sweep_statistics(parts: Resources, job: SweepStatistics) -> None:
    await item_statistics.sweep(parts.database, job)


async def _draw_chart(parts: Resources, job: DrawChart) -> None:
    await charts.draw(parts.database, job)


async def _begin(parts: Resources, job_id: UUID) -> bool:
    return await parts.database.run(lambda session: outbox_jobs.begin_job(session, job_id))


async def _close(parts: Resources, job_id: UUID) -> None:
    await parts.database.run(lambda session: outbox_jobs.close_job(session, job_id))


async def _postpone(parts: Resources, job_id: UUID, delays: Sequence[float], error: str) -> bool:
    return await parts.database.run(
        lambda session: outbox_jobs.postpone_job(session, job_id, delays, error)
    )


WORKER = Worker(
    service="session_service",
    broker_url=lambda: load(Settings).celery_broker_url.get_secret_value(),
    open=open_resources,
    jobs={
        CollectExport: _collect,
        EraseAccount: _erase,
        ConvertClassImage: _convert_class_image,
        ClearClassImage: _clear_class_image,
        SweepClassImages: _sweep_class_images,
        PublishDue: _publish_due,
        PublishTasks: _publish_tasks,
        SetTasks: _set_tasks,
        RemindOfWork: _remind,
        TakeWorkFile: _take_work_file,
        ClearWorkFile: _clear_work_file,
        SweepWorkFiles: _sweep_work_files,
        TakeVersion: _take_version,
        ClearVersion: _clear_version,
        SweepVersions: _sweep_versions,
        series.ExtendSeries: _extend_series,
        series.ReexpandSeries: _reexpand_series,
        lessons.TellOfHours: _tell_of_hours,
        CloseLessons: _close_lessons,
        BuildExport: _build_export,
        SweepExports: _sweep_exports,
        CloseDue: _close_due,
        ComputeStatistics: _compute_statistics,
        SweepStatistics: _sweep_statistics,
        DrawChart: _draw_chart,
    },
    begin=_begin,
    close=_close,
    postpone=_postpone,
    schedule={
        SweepClassImages: 600,
        PublishDue: 10,
        PublishTasks: 10,
        SetTasks: 10,
        RemindOfWork: 60,
        SweepVersions: 600,
        SweepWorkFiles: 600,
        series.ExtendSeries: 3_600,
        series.ReexpandSeries: 3_600,
        lessons.TellOfHours: 3_600,
        CloseLessons: 60,
        SweepExports: 600,
        CloseDue: 30,
        SweepStatistics: 300,
    },
)
app = celery_app(WORKER)
