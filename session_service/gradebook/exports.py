"""A gradebook's file out."""

from uuid import UUID

from libs.auth import Principal
from libs.postgres import Reads
from session_service.gradebook import files, repository, service
from session_service.gradebook.errors import GradebookTooLarge
from session_service.gradebook.files import EXCUSED, MAX_COLUMNS, MAX_ROWS
from session_service.gradebook.rules import shown
from session_service.gradebook.service import Line, Moment
from session_service.marks.schemas import MarkState
from session_service.study_sessions import repository as study_sessions


async def write(
    reads: Reads, user: Principal, study_session_id: UUID, moment: Moment, *, drafts: bool
) -> str:
    """The file, for who teaches or helps: released marks, with `drafts` all that are whole. Raises
    `StudySessionNotFound` or `GradebookTooLarge`.
    """
    await study_sessions.check_helped(reads, user, study_session_id)
    items = await repository.list_items(reads, study_session_id, moment.at)
    students = await repository.list_all_students(reads, user, study_session_id, MAX_ROWS + 1)
    if len(items) > MAX_COLUMNS or len(students) > MAX_ROWS:
        raise GradebookTooLarge
    lines = await service.count(reads, study_session_id, students, moment)
    rows = [
        (line.student, _cells(line, drafts=drafts), shown(line.grade.percent)) for line in lines
    ]
    return files.write(items, rows)


def _cells(line: Line, *, drafts: bool) -> list[str]:
    return [
        EXCUSED
        if mark["excused"]
        else str(mark["total"])
        if mark["total"] is not None and (drafts or mark["state"] == MarkState.RELEASED)
        else ""
        for mark in line.marks
    ]
