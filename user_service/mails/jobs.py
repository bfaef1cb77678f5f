"""Sending mails, run by Celery."""

from datetime import timedelta
from typing import ClassVar

from libs.jobs import Job
from libs.postgres import Database
from user_service.mails import repository, service
from user_service.mails.schemas import SendMail
from user_service.mails.smtp_gateway import SmtpGateway
from user_service.mails.templates import FORGOTTEN

KEPT = timedelta(days=30)
A_DAY = timedelta(days=1)
"""A mail that nothing may be kept of goes by then even if no server took it."""


class ForgetOldMails(Job):
    """Drop mails of more than a month ago; from the schedule."""

    type: ClassVar[str] = "user.mails.forget_old"


async def send(database: Database, mailer: SmtpGateway, job: SendMail) -> None:
    """Sends a mail. A crash after sending may send it again, with the same Message-ID.

    Raises `Unavailable` when the mail server is away; the job is then tried again.
    """
    async with database.transaction() as session:
        mail = await repository.find(session, job.mail_id)
    if mail is None or mail.sent_at is not None:
        return
    await mailer.send(service.written(mail))
    async with database.transaction() as session:
        sent = await repository.find(session, job.mail_id)
        if sent is not None and sent.kind in FORGOTTEN:
            await repository.remove(session, sent)
        elif sent is not None:
            sent.sent_at = database.clock.now()


async def forget_old(database: Database, _: ForgetOldMails) -> None:
    """Drops old mails."""
    async with database.transaction() as session:
        now = database.clock.now()
        await repository.remove_before(session, now - KEPT)
        await repository.remove_kinds_before(session, FORGOTTEN, now - A_DAY)
