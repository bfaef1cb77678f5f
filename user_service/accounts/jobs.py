"""Slow work about accounts, run by Celery."""

from libs.postgres import Database
from user_service.accounts import repository
from user_service.codes import service as codes
from user_service.codes.errors import CodeRefused
from user_service.codes.schemas import SendCode
from user_service.mails.smtp_gateway import SmtpGateway
from user_service.mails.templates import Reader, render

CODE_MINUTES = int(codes.CODE_LIVES.total_seconds() // 60)


async def send_code(database: Database, mailer: SmtpGateway, secret: str, job: SendCode) -> None:
    """Mails a code, or tells the owner of a known address that an account exists.

    Safe to run twice: a second mail carries a new code, and only the newest counts. Raises
    `Unavailable` when the mail server is away; the job is then tried again.
    """
    now = database.clock.now()
    try:
        async with database.transaction() as session:
            email, code = await codes.draw(session, secret, job.code_id, now)
            known = await repository.find_by_email(session, email) is not None
    except CodeRefused:
        return  # used meanwhile: nothing to send
    reader = Reader(email)
    mail = (
        render("already-registered", reader, {})
        if known
        else render("sign-up-code", reader, {"code": code, "minutes": CODE_MINUTES})
    )
    await mailer.send(mail)
