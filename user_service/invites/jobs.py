"""Doing an import's rows and mailing invites, run by Celery."""

import asyncio
import secrets
from datetime import timedelta
from typing import ClassVar

from libs.jobs import Job
from libs.postgres import Database
from user_service.accounts import repository as accounts
from user_service.accounts.models import Account
from user_service.codes import service as codes
from user_service.invites import files, repository, service
from user_service.invites.models import LIVES
from user_service.invites.schemas import RunImport, SendInvite
from user_service.mails.smtp_gateway import Mail, SmtpGateway
from user_service.mails.templates import Reader, render

CHUNK = 200
LONGEST_NAME = 60
LINKS = str.maketrans("", "", ":/@")
"""What makes a web or mail address of a name."""
KEPT = timedelta(days=30)


class ForgetOldInvites(Job):
    """Drop imports and invites that ended more than a month ago; from the schedule."""

    type: ClassVar[str] = "user.invites.forget_old"


async def run_import(database: Database, job: RunImport) -> None:
    """Does the rows of a file, 200 in a transaction. After a crash it goes on where the last commit
    left off; two at once do each row once, since the import is locked. It ends early when its owner
    may invite no more.
    """
    async with database.transaction() as session:
        running = await repository.lock_import(session, job.import_id)
        text = running.csv if running is not None else None
    if text is None:
        return
    rows = await asyncio.to_thread(files.read, text)
    while await _do_chunk(database, job, rows):
        pass


async def _do_chunk(database: Database, job: RunImport, rows: list[files.Row]) -> bool:
    async with database.transaction() as session:
        running = await repository.lock_import(session, job.import_id)
        if running is None or running.finished_at is not None:
            return False
        inviter = await accounts.get(session, running.inviter_id)
        if not service.may_invite(inviter):
            running.finish(database.clock.now())
            return False
        chunk = rows[running.done : running.done + CHUNK]
        await service.do_rows(session, running, inviter.role, chunk)
        return running.finished_at is None


async def send(database: Database, mailer: SmtpGateway, secret: str, job: SendInvite) -> None:
    """Mails an invite; an address with an account is told to sign in instead, so that only its
    owner learns of it. A second run mails a new token, and only the newest counts. The invite of
    somebody who may invite no more is withdrawn instead.

    Raises `Unavailable` when the mail server is away; the job is then tried again.
    """
    now, token = database.clock.now(), secrets.token_urlsafe(24)
    async with database.transaction() as session:
        invite = await repository.lock_to_send(session, job.invite_id, now)
        if invite is None:
            return
        inviter = await accounts.get(session, invite.inviter_id)
        if not service.may_invite(inviter):
            invite.withdrawn_at = now
            return
        invite.token_hmac = codes.keyed(secret, "invite", token)
        known = await accounts.find_by_email(session, invite.email) is not None
        reader = Reader(invite.email, invite.locale)
    await mailer.send(_mail(reader, signature(inviter), token, known=known))


def signature(inviter: Account) -> str:
    """A name as it stands in mails to strangers: short, and nothing that becomes a link."""
    bare = inviter.name.translate(LINKS).strip()[:LONGEST_NAME].strip()
    return bare or inviter.user_code


def _mail(reader: Reader, inviter: str, token: str, *, known: bool) -> Mail:
    if known:
        return render("invited-again", reader, {"inviter": inviter})
    days = int(LIVES.total_seconds() // 86_400)
    return render("invited", reader, {"inviter": inviter, "token": token, "days": days})


async def forget_old(database: Database, _: ForgetOldInvites) -> None:
    """Drops what is old."""
    async with database.transaction() as session:
        await repository.remove_before(session, database.clock.now() - KEPT)
