"""Linking an account with a Google account (U2); its owner is told.

Below `logins`, since a sign-in that waits for a second factor links once that factor was shown.
"""

from sqlalchemy.ext.asyncio import AsyncSession

from user_service.accounts.models import Account
from user_service.accounts.service import reader
from user_service.audit import service as audit
from user_service.google_links import repository
from user_service.google_links.errors import GoogleLinkTaken
from user_service.mails import service as mails


async def is_linked(session: AsyncSession, account: Account, subject: str) -> bool:
    """Whether an account and a Google account are linked; false when neither has a link. Raises
    `GoogleLinkTaken`.
    """
    owner = await repository.find_account_id(session, subject)
    held = await repository.find_subject(session, account.id)
    if owner not in (None, account.id) or held not in (None, subject):
        raise GoogleLinkTaken
    return owner is not None


async def link(session: AsyncSession, account: Account, subject: str) -> None:
    """Links a locked account with a Google account, once. Raises `GoogleLinkTaken`."""
    if await is_linked(session, account, subject):
        return
    now = session.info["clock"].now()
    if not await repository.link(session, subject, account.id, now):
        raise GoogleLinkTaken  # another account was faster
    await audit.record(session, "google.linked", actor_id=account.id, subject_id=account.id)
    values = {"at": now}
    await mails.ask(session, "google-linked", reader(account), values, account_id=account.id)
