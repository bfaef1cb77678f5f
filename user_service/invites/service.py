"""Inviting many people by a CSV file (U-A10).

Each row either becomes an invite with its mail or does nothing; a second run of the same file makes
nothing new. Whether an address has an account is told to its owner alone, by the mail.
"""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from libs import outbox
from libs.auth import Principal, Role
from libs.ids import new_id
from libs.pagination import PageRequest, cut
from libs.postgres import Database
from user_service.accounts.models import Account
from user_service.audit import service as audit
from user_service.codes import service as codes
from user_service.invites import files, repository
from user_service.invites.errors import InviteRefused
from user_service.invites.files import Person, Wrong
from user_service.invites.models import Invite, InviteImport
from user_service.invites.schemas import (
    AcceptedInvite,
    InviteImportOut,
    InviteRowOut,
    RowResult,
    RunImport,
    SendInvite,
)

INVITERS = (Role.TUTOR, Role.ADMIN)
DAY = timedelta(days=1)
TUTORS_A_DAY = 1_000
"""Invites of a tutor in 24 hours: enough for a school, too few for a spammer. Admins have no
such limit.
"""


def may_invite(account: Account) -> bool:
    """Whether somebody may invite (still): neither shut out, nor leaving, nor a student."""
    here = account.blocked_at is None and account.erasure_due_at is None
    return here and account.erased_at is None and account.role in INVITERS


async def try_out(database: Database, user: Principal, raw: bytes) -> InviteImportOut:
    """What an import of this file would do. Writes nothing. Raises `CsvRefused`."""
    rows = await asyncio.to_thread(_read, raw)  # half a second of CPU for 10,000 rows
    now = database.clock.now()
    async with database.transaction() as session:
        results = await _judge(session, user.account_id, user.role, rows, now)
    return InviteImportOut(
        id=None, state="finished", dry_run=True, total=len(rows), done=len(rows),
        **_counts(results), started_at=now, finished_at=now, rows=results,
    )  # fmt: skip


async def start(database: Database, user: Principal, raw: bytes) -> InviteImport:
    """Begins an import; a job does the rows. Raises `CsvRefused` or `ImportRunning`."""
    rows = await asyncio.to_thread(_read, raw)
    wanted = InviteImport(
        id=new_id(), inviter_id=user.account_id, csv=files.decode(raw), total=len(rows), done=0,
        created=0, repeated=0, refused=0, started_at=database.clock.now(),
    )  # fmt: skip
    async with database.transaction() as session:
        await repository.add_import(session, wanted)
        await audit.record(
            session, "invites.imported", actor_id=user.account_id, subject_id=None, rows=len(rows)
        )
        await outbox.enqueue(session, RunImport(import_id=wanted.id))
    return wanted


def _read(raw: bytes) -> list[files.Row]:
    return files.read(files.decode(raw))


def _counts(results: Sequence[InviteRowOut]) -> dict[str, int]:
    found = [row.result for row in results]
    return {result.value: found.count(result) for result in RowResult}


async def _judge(
    session: AsyncSession, inviter_id: UUID, role: str, rows: Sequence[files.Row], now: datetime
) -> list[InviteRowOut]:
    """What each row would become, in order."""
    keys = [row.key for row in rows if isinstance(row, Person)]
    known = await repository.known_keys(session, inviter_id, keys, now)
    room = len(rows)
    if role != Role.ADMIN:
        room = TUTORS_A_DAY - await repository.count_since(session, inviter_id, now - DAY)
    results = []
    for row in rows:
        result = _judge_one(row, known, room)
        room -= result.result is RowResult.CREATED
        results.append(result)
    return results


def _judge_one(row: files.Row, known: set[str], room: int) -> InviteRowOut:
    if isinstance(row, Wrong):
        return InviteRowOut(
            line=row.line, result=RowResult.REFUSED, code=row.code, detail=row.detail
        )
    if row.key in known:
        return InviteRowOut(line=row.line, result=RowResult.REPEATED)
    if room <= 0:
        detail = f"A tutor may invite {TUTORS_A_DAY} addresses a day: try this one tomorrow."
        return InviteRowOut(
            line=row.line, result=RowResult.REFUSED, code="limit_reached", detail=detail
        )
    return InviteRowOut(line=row.line, result=RowResult.CREATED)


async def do_rows(
    session: AsyncSession, running: InviteImport, role: str, rows: Sequence[files.Row]
) -> None:
    """Does the next rows of an import that is locked, and notes what became of them."""
    now: datetime = session.info["clock"].now()
    results = await _judge(session, running.inviter_id, role, rows, now)
    wanted = [
        row
        for row, result in zip(rows, results, strict=True)
        if isinstance(row, Person) and result.result is RowResult.CREATED
    ]
    made = await repository.add_invites(session, running.inviter_id, wanted, now)
    await outbox.enqueue_all(session, [SendInvite(invite_id=one) for one in made.values()])
    await repository.add_rows(session, running.id, results)
    for result, count in _counts(results).items():
        setattr(running, result, getattr(running, result) + count)
    running.done += len(rows)
    if running.done >= running.total:
        running.finish(now)


async def list_rows(
    session: AsyncSession, user: Principal, import_id: UUID, after: int, limit: int
) -> tuple[list[InviteRowOut], int | None]:
    """Rows of one's own import behind a line, and the line to go on from. Raises
    `ImportNotFound`.
    """
    await repository.get_import(session, user.account_id, import_id)
    rows = await repository.list_rows(session, import_id, after, limit + 1)
    shown = [InviteRowOut.model_validate(row) for row in rows[:limit]]
    return shown, shown[-1].line if len(rows) > limit else None


async def list_page(
    session: AsyncSession, user: Principal, page: PageRequest
) -> tuple[list[Invite], str | None]:
    """One's own invites, newest first."""
    return cut(await repository.list_page(session, user.account_id, page), page)


async def accept(session: AsyncSession, secret: str, token: str, now: datetime) -> AcceptedInvite:
    """Exchanges an invitation's token, which only the owner of the address has got, for a grant to
    sign up. Raises `InviteRefused`.
    """
    invite = await repository.accept(session, codes.keyed(secret, "invite", token), now)
    if invite is None:
        raise InviteRefused
    grant, expires_at = await codes.give_grant(session, secret, codes.Subject(invite.email), now)
    return AcceptedInvite(
        grant=grant, expires_at=expires_at, email=invite.email, first_name=invite.first_name,
        last_name=invite.last_name,
    )  # fmt: skip
