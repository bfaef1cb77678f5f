"""Slow work about accounts, run by Celery."""

from libs.postgres import Database
from user_service.accounts import repository
from user_service.accounts.models import Account
from user_service.accounts.service import reader
from user_service.codes import service as codes
from user_service.codes.errors import CodeRefused
from user_service.codes.models import MailedCode
from user_service.codes.schemas import Purpose, SendCode
from user_service.mails.smtp_gateway import Mail, SmtpGateway
from user_service.mails.templates import Reader, render

CODE_MINUTES = int(codes.CODE_LIVES.total_seconds() // 60)


async def send_code(database: Database, mailer: SmtpGateway, secret: str, job: SendCode) -> None:
    """Mails a code to whom it may help: for a sign-up an address without an account (its owner is
    told otherwise), for a new password an address with one.

    A code is drawn in any case, so that tries at it take the same time. Safe to run twice: a second
    mail carries a new code, and only the newest counts. Raises `Unavailable` when the mail server
    is away; the job is then tried again.
    """
    now = database.clock.now()
    try:
        async with database.transaction() as session:
            row, code = await codes.draw(session, secret, job.code_id, now)
            account = await repository.find_by_email(session, row.email)
            if row.purpose == Purpose.PASSWORD_RESET:
                row.account_id = account.id if account else None
    except CodeRefused:
        return  # used meanwhile: nothing to send
    mail = _mail(row, account, {"code": code, "minutes": CODE_MINUTES})
    if mail is not None:
        await mailer.send(mail)


def _mail(row: MailedCode, account: Account | None, values: dict[str, str | int]) -> Mail | None:
    if row.purpose == Purpose.PASSWORD_RESET:
        return render("password-reset-code", reader(account), values) if account else None
    if account is not None:
        return render("already-registered", reader(account), {})
    return render("sign-up-code", Reader(row.email, row.locale), values)
