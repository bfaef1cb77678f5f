"""The rules of files for tasks and for the work on them: as with material, bytes go to the object
store by a signed address, and are looked at before anybody gets them.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from libs import outbox
from libs.auth import Principal
from libs.errors import FieldProblem, Invalid
from libs.hot_reads import RowPage
from libs.hot_writes import Transaction
from libs.ids import new_id
from libs.objects import Objects
from libs.pagination import PageRequest
from libs.postgres import Reads
from session_service.file_versions import names
from session_service.file_versions.kinds import KINDS
from session_service.file_versions.schemas import DownloadOut, UploadOut
from session_service.file_versions.service import DOWNLOAD_BEGINS, UPLOAD_BEGINS
from session_service.materials.schemas import VersionState
from session_service.study_sessions.models import check_open
from session_service.tasks import repository as tasks
from session_service.work_files import repository
from session_service.work_files.errors import (
    TooManyWorkFiles,
    WorkFileHandedIn,
    WorkFileNotAwaited,
)
from session_service.work_files.models import WorkFile
from session_service.work_files.schemas import (
    MOST,
    ClearWorkFile,
    TakeWorkFile,
    WorkFileAsked,
    WorkFileCreate,
    WorkFileOut,
)


async def ask(
    session: AsyncSession, objects: Objects, user: Principal, task_id: UUID, wanted: WorkFileCreate
) -> WorkFileAsked:
    """Gives leave for an upload of this type and size: to the task, by who teaches it, or to a
    student's own work. Raises `TaskNotFound`, `StudySessionNotOpen` or `TooManyWorkFiles`.
    """
    now: datetime = session.info["clock"].now()
    study_session_id, student_id = await repository.lock_place(session, user, task_id)
    check_open((await repository.get_class(session, study_session_id)).state)
    if await repository.count(session, task_id, student_id) >= MOST:
        raise TooManyWorkFiles
    file = WorkFile(
        id=new_id(),
        task_id=task_id,
        study_session_id=study_session_id,
        student_id=student_id,
        state=VersionState.ASKED.value,
        file_name=names.clean(wanted.file_name, KINDS[wanted.content_type].extensions),
        content_type=wanted.content_type,
        size=wanted.size,
        uploaded_by=user.account_id,
        asked_at=now,
    )
    await repository.add(session, file)
    leave = objects.upload_address(file.upload, file.content_type, file.size, UPLOAD_BEGINS)
    upload = UploadOut(url=leave.url, headers=dict(leave.headers), expires_at=leave.expires_at)
    return WorkFileAsked(**WorkFileOut.model_validate(file).model_dump(), upload=upload)


async def complete(
    session: AsyncSession, user: Principal, file_id: UUID, sha256: str, now: datetime
) -> WorkFile:
    """Takes the word that the upload is there; a repeat changes nothing. Raises `WorkFileNotFound`
    or `WorkFileNotAwaited`.
    """
    file = await repository.lock_own(session, user, file_id)
    if file.state != VersionState.ASKED:
        return file
    if file.is_over(now):
        raise WorkFileNotAwaited
    file.state, file.completed_at, file.sha256 = VersionState.PENDING.value, now, sha256
    await outbox.enqueue(session, TakeWorkFile(file_id=file.id))
    return file


async def remove(session: AsyncSession, user: Principal, file_id: UUID) -> None:
    """Takes a file away, unless it was handed in. Raises `WorkFileNotFound` or
    `WorkFileHandedIn`.
    """
    file = await repository.lock_own(session, user, file_id)
    if file.handed_in_at is not None:
        raise WorkFileHandedIn
    file.drop()
    await outbox.enqueue(session, ClearWorkFile(file_id=file.id))


async def hand_in(
    session: Transaction, user: Principal, task_id: UUID, file_ids: Sequence[UUID], now: datetime
) -> None:
    """Makes files a part of what the caller hands in. Raises `Invalid` unless each is the caller's
    own, for this task, ready, and named once.
    """
    if len(set(file_ids)) < len(file_ids):
        raise Invalid(fields=[FieldProblem("/file_ids", "file_twice", "name each file once")])
    if await repository.hand_in(session, user, task_id, file_ids, now) < len(file_ids):
        detail = "not all are ready files of yours for this task"
        raise Invalid(fields=[FieldProblem("/file_ids", "files_not_ready", detail)])


async def download(
    reads: Reads, objects: Objects, user: Principal, file_id: UUID, now: datetime
) -> DownloadOut:
    """An address for five minutes; who may have it is asked anew each time. Raises
    `WorkFileNotFound`.
    """
    found = await repository.get_ready(reads, user, file_id)
    file = WorkFile(**found)
    name = names.plain(file.file_name)
    url = objects.download_address(file.kept, name, DOWNLOAD_BEGINS, file.file_name)
    shown = {name: found[name] for name in ("file_name", "content_type", "size", "sha256")}
    return DownloadOut(url=url, expires_at=now + DOWNLOAD_BEGINS, **shown)


async def list_page(reads: Reads, user: Principal, task_id: UUID, page: PageRequest) -> RowPage:
    """One page of a task's files. Raises `TaskNotFound`."""
    await tasks.get_for(reads, user, task_id)
    return await repository.list_page(reads, user, task_id, page)
