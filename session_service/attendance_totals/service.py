"""Totals of a class's attendance."""

from datetime import datetime
from uuid import UUID

from libs.auth import Principal
from libs.hot_reads import RowPage
from libs.pagination import PageRequest
from libs.postgres import Reads
from session_service.attendance_totals import repository
from session_service.study_sessions import repository as study_sessions


async def list_page(
    reads: Reads, user: Principal, study_session_id: UUID, now: datetime, page: PageRequest
) -> RowPage:
    """One page of a class's totals. Raises `StudySessionNotFound`."""
    await study_sessions.get_for(reads, user, study_session_id)
    return await repository.list_page(reads, user, study_session_id, now, page)
