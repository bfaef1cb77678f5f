"""The rules of exports: every service gives its part, and only all of them make a file (U15)."""

import re
import uuid
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from libs import log, outbox
from libs.events.privacy import ExportPartReady
from libs.events.user import ExportRequested
from libs.export_parts import key_of
from libs.ids import new_id
from user_service.accounts import repository as accounts
from user_service.accounts.models import Account
from user_service.accounts.service import reader
from user_service.exports import repository
from user_service.exports.errors import ExportRunning, TooManyExports
from user_service.exports.models import Export, ExportPart
from user_service.exports.schemas import (
    SERVICES,
    CollectExport,
    DropExport,
    DropParts,
    ExportOut,
    ExportState,
    PackExport,
    PartOut,
    PartState,
)
from user_service.mails import service as mails

A_DAY = timedelta(days=1)
MOST_A_DAY = 3
LIVES = timedelta(days=7)
"""How long the file can be had."""
ASK_AGAIN = timedelta(minutes=10)
PATIENCE = timedelta(hours=2)
"""After so long an export without all its parts, or without its file, has failed."""
DROP_AGAIN = timedelta(hours=1)
"""After so long objects that should be gone are deleted again, unless that is known to be done."""
REMEMBERED = timedelta(days=30)
KEY = re.compile(r"exports/([0-9a-f-]{36})/[a-z_]+\.json")

logger = log.get(__name__)


async def request(session: AsyncSession, account_id: UUID) -> Export:
    """Begins an export. Raises `ExportRunning` or `TooManyExports`."""
    account = await accounts.lock(session, account_id)
    now: datetime = session.info["clock"].now()
    if await repository.find_running(session, account_id) is not None:
        raise ExportRunning
    if await repository.count_since(session, account_id, now - A_DAY) >= MOST_A_DAY:
        raise TooManyExports(retry_after=3_600)
    export = Export(
        id=new_id(),
        account_id=account_id,
        folder=uuid.uuid4(),  # by chance alone: whoever knows a UUIDv7 knows its time
        state=ExportState.COLLECTING.value,
        requested_at=now,
        asked_at=now,
        asked=1,
        failed=[],
    )
    await repository.add(session, export)
    await _ask(session, account, export)
    return export


async def show(session: AsyncSession, export: Export) -> ExportOut:
    """An export with each service's progress."""
    known = {part.service: part for part in await repository.list_parts(session, export.id)}
    parts = []
    for service in SERVICES:
        state = PartState.RECEIVED if service in known else PartState.WAITING
        if service in export.failed:
            state = PartState.FAILED
        size = known[service].size if service in known else None
        parts.append(PartOut(service=service, state=state, size=size))
    return ExportOut(
        id=export.id,
        state=ExportState(export.state),
        requested_at=export.requested_at,
        ready_at=export.ready_at,
        expires_at=export.expires_at if export.state == ExportState.READY else None,
        size=export.size,
        parts=parts,
    )


async def receive(session: AsyncSession, event: ExportPartReady) -> None:
    """Notes a part; the last one starts the packing. What comes too late is deleted."""
    export = await repository.lock(session, event.export_id)
    if export is None:
        if (found := KEY.fullmatch(event.object_key)) is not None:
            await outbox.enqueue(session, DropExport(folder=UUID(found[1])))
        return
    expected = event.service in SERVICES and key_of(export.folder, event.service)
    if event.object_key != expected:
        logger.error("export_part_misplaced", export_id=str(export.id), part_of=event.service)
        return
    if not export.collecting:
        await _drop_late(session, export)
        return
    part = ExportPart(
        export_id=export.id,
        service=event.service,
        sha256=event.sha256,
        size=event.size,
        received_at=session.info["clock"].now(),
    )
    await repository.save_part(session, part)
    if len(await repository.list_parts(session, export.id)) == len(SERVICES):
        await outbox.enqueue(session, PackExport(export_id=export.id))


async def finish(session: AsyncSession, export_id: UUID, folder: UUID, size: int) -> None:
    """The file exists: its parts go, and the person is told. If nobody waits for it any more, it
    goes as well.
    """
    export = await repository.lock(session, export_id)
    if export is None:
        await outbox.enqueue(session, DropExport(folder=folder))
        return
    if not export.collecting:
        await _drop_late(session, export)
        return
    now: datetime = session.info["clock"].now()
    export.state, export.size = ExportState.READY.value, size
    export.ready_at, export.expires_at = now, now + LIVES
    await outbox.enqueue(session, DropParts(folder=folder))
    account = await accounts.get(session, export.account_id)
    values = {"until": export.expires_at}
    await mails.ask(session, "export-ready", reader(account), values, account_id=account.id)


async def chase(session: AsyncSession, export_id: UUID) -> None:
    """Asks again for parts that have not come, or gives the export up after `PATIENCE`."""
    export = await repository.lock(session, export_id)
    if export is None or not export.collecting:
        return
    now: datetime = session.info["clock"].now()
    known = {part.service for part in await repository.list_parts(session, export.id)}
    missing = [service for service in SERVICES if service not in known]
    account = await accounts.get(session, export.account_id)
    if now - export.requested_at < PATIENCE:
        export.asked_at, export.asked = now, export.asked + 1
        if missing:
            await _ask(session, account, export)
        else:
            await outbox.enqueue(session, PackExport(export_id=export.id))
        return
    export.state, export.failed = ExportState.FAILED.value, missing or [SERVICES[0]]
    export.expires_at = now + A_DAY  # what comes late is deleted then, at the latest
    await outbox.enqueue(session, DropExport(folder=export.folder))
    await mails.ask(session, "export-failed", reader(account), account_id=account.id)


async def expire(session: AsyncSession, export_id: UUID) -> None:
    """The time of an export's objects is over: they are deleted, if need be hour after hour."""
    export = await repository.lock(session, export_id)
    now: datetime = session.info["clock"].now()
    if export is None or export.expires_at is None or export.expires_at > now:
        return
    if export.state == ExportState.READY:
        export.state = ExportState.EXPIRED.value
    export.expires_at = now + DROP_AGAIN
    await outbox.enqueue(session, DropExport(folder=export.folder, last=True))


async def drop_all(session: AsyncSession, account_id: UUID) -> None:
    """Ends all exports of a person. Their objects are deleted at once, and what was still on its
    way an hour later.
    """
    now: datetime = session.info["clock"].now()
    for export in await repository.lock_all(session, account_id):
        export.state, export.expires_at = ExportState.EXPIRED.value, now + DROP_AGAIN
        await outbox.enqueue(session, DropExport(folder=export.folder))


async def _drop_late(session: AsyncSession, export: Export) -> None:
    """Deletes what comes after its time."""
    if export.state == ExportState.READY:
        await outbox.enqueue(session, DropParts(folder=export.folder))
        return
    export.expires_at = session.info["clock"].now() + DROP_AGAIN
    await outbox.enqueue(session, DropExport(folder=export.folder))


async def _ask(session: AsyncSession, account: Account, export: Export) -> None:
    """Asks all services, ours among them; those that have answered answer again, the same way."""
    event = ExportRequested(
        account_id=account.id,
        export_id=export.id,
        folder=export.folder,
        revision=account.revision,
    )
    await outbox.publish(session, event)
    job = CollectExport(export_id=export.id, account_id=account.id, folder=export.folder)
    await outbox.enqueue(session, job)
