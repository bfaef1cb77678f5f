"""Mailing the two codes of a change of address, run by Celery."""

from libs.postgres import Database
from user_service.accounts import repository as accounts
from user_service.accounts.jobs import CODE_MINUTES
from user_service.accounts.service import reader
from user_service.codes import service as codes
from user_service.codes.errors import CodeRefused
from user_service.email_changes import repository
from user_service.email_changes.schemas import SendEmailChange
from user_service.mails.smtp_gateway import SmtpGateway
from user_service.mails.templates import Reader, Value, render


async def send(database: Database, mailer: SmtpGateway, secret: str, job: SendEmailChange) -> None:
    """Mails a code to the old address and one to the new; whoever has the new address already is
    told so instead. Safe to run twice: the later codes count.

    Raises `Unavailable` when the mail server is away; the job is then tried again.
    """
    now = database.clock.now()
    try:
        async with database.transaction() as session:
            change = await repository.find(session, job.change_id)
            if change is None or change.done_at is not None:
                return
            account = await accounts.get(session, change.account_id)
            _, old_code = await codes.draw(session, secret, change.old_code_id, now)
            _, new_code = await codes.draw(session, secret, change.new_code_id, now)
            owner = await accounts.find_by_email(session, change.email)
    except CodeRefused:
        return  # used meanwhile, or forgotten: nothing to send
    to_old: dict[str, Value] = {"code": old_code, "minutes": CODE_MINUTES, "email": change.email}
    old = render("email-change-old-code", reader(account), to_old)
    to_new: dict[str, Value] = {"code": new_code, "minutes": CODE_MINUTES}
    new = Reader(change.email, account.locale, account.zone)
    await mailer.send(old)
    await mailer.send(
        render("email-change-new-code", new, to_new)
        if owner is None
        else render("email-in-use", reader(owner), {})
    )
