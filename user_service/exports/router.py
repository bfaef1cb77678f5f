"""Exports over HTTP."""

from uuid import UUID

from fastapi import APIRouter, Request

from libs.auth import AccountBlocked, ScopeMissing
from libs.deps import OwnLogin
from libs.errors import Invalid, Unauthorized, problems
from libs.postgres_deps import SessionDep
from user_service.accounts.leavers import LeaverDep
from user_service.exports import packing, repository, service
from user_service.exports.errors import ExportNotFound, ExportRunning, TooManyExports
from user_service.exports.schemas import (
    DOWNLOAD_LIVES,
    FILE_NAME,
    Download,
    ExportOut,
    ExportState,
)

router = APIRouter(prefix="/v1/me/exports", tags=["exports"])


@router.post(
    "",
    status_code=202,
    responses=problems(Unauthorized, AccountBlocked, ScopeMissing, ExportRunning, TooManyExports),
)
async def create_export(user: OwnLogin, session: SessionDep) -> ExportOut:
    """Begins to collect one's data out of all services; one at a time, three a day. A mail says
    when the file is ready.
    """
    export = await service.request(session, user.account_id)
    return await service.show(session, export)


@router.get(
    "/{export_id}",
    responses=problems(Unauthorized, AccountBlocked, ScopeMissing, ExportNotFound, Invalid),
)
async def get_export(
    export_id: UUID, user: LeaverDep, session: SessionDep, request: Request
) -> ExportOut:
    """How far an export is and, when it is ready, where its file can be had for five minutes. Also
    for somebody who has asked to be erased since, until that is done.
    """
    export = await repository.get_for(session, user.account_id, export_id)
    shown = await service.show(session, export)
    if shown.state is not ExportState.READY:
        return shown
    parts = request.app.state.resources
    address = parts.objects.download_address(
        packing.zip_key(export.folder), FILE_NAME, DOWNLOAD_LIVES
    )
    until = parts.clock.now() + DOWNLOAD_LIVES
    return shown.model_copy(update={"download": Download(url=address, expires_at=until)})
