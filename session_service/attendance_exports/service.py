"""The rules of exports: who teaches or helps asks, a job writes, a signed address gives."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from libs import outbox
from libs.auth import Principal
from libs.ids import new_id
from libs.objects import Objects
from session_service.attendance_exports import repository
from session_service.attendance_exports.models import AttendanceExport
from session_service.attendance_exports.schemas import (
    AttendanceExportOut,
    BuildExport,
    ExportState,
)

ADDRESS_LIVES = timedelta(minutes=5)


async def ask(
    session: AsyncSession, user: Principal, study_session_id: UUID, now: datetime
) -> AttendanceExportOut:
    """Asks for an export. Raises `StudySessionNotFound`."""
    await repository.check_helped(session, user, study_session_id)
    export = AttendanceExport(
        id=new_id(),
        study_session_id=study_session_id,
        asked_by=user.account_id,
        state=ExportState.PENDING.value,
        asked_at=now,
    )
    await repository.add(session, export)
    await outbox.enqueue(session, BuildExport(export_id=export.id))
    return _shown(export, None)


async def get(
    session: AsyncSession, objects: Objects, user: Principal, export_id: UUID, now: datetime
) -> AttendanceExportOut:
    """One's own export, with an address once it is ready. Raises `AttendanceExportNotFound`."""
    export = await repository.get_own(session, user, export_id, now)
    url = None
    if export.state == ExportState.READY:
        name = f"attendance-{export.asked_at:%Y-%m-%d}.csv"
        url = objects.download_address(export.key, name, ADDRESS_LIVES)
    return _shown(export, url)


def _shown(export: AttendanceExport, url: str | None) -> AttendanceExportOut:
    return AttendanceExportOut(
        id=export.id,
        study_session_id=export.study_session_id,
        state=ExportState(export.state),
        rows=export.rows,
        asked_at=export.asked_at,
        expires_at=export.expires_at,
        url=url,
    )
