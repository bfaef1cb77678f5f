"""Signing in by Google (U2): by its subject, or the first time by an address that Google runs."""

from dataclasses import replace
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from libs.auth import AccountBlocked, Principal, Role
from libs.postgres import Database
from user_service.accounts import repository as accounts
from user_service.accounts.errors import AccountNotFound
from user_service.accounts.models import Account
from user_service.audit import service as audit
from user_service.codes import service as codes
from user_service.factors import step_ups
from user_service.google.errors import GoogleNotForAdmins, GoogleNotLinked, GoogleTokenRefused
from user_service.google.id_tokens import GooglePerson
from user_service.google.schemas import GoogleNewcomer, GoogleNonce
from user_service.google_links import repository
from user_service.google_links import service as links
from user_service.google_links.errors import GoogleLinkTaken
from user_service.logins.devices import Device
from user_service.logins.models import Login
from user_service.logins.schemas import SecondFactorNeeded
from user_service.logins.service import begin, shown_device
from user_service.proofs import challenges
from user_service.proofs.errors import ChallengeRefused
from user_service.settings import Settings

NOT_VOUCHED = (
    "Google does not run this address: sign in otherwise, and link the Google account then."
)


async def ask_nonce(session: AsyncSession, settings: Settings) -> GoogleNonce:
    """A nonce for one ID token."""
    secret = settings.code_secret.get_secret_value()
    asked = await challenges.ask(session, secret, "google_login", None)
    return GoogleNonce(nonce=asked.token, expires_at=asked.expires_at)


async def _use_nonce(session: AsyncSession, settings: Settings, person: GooglePerson) -> None:
    """Uses up the nonce of an ID token that has one. Raises `GoogleTokenRefused` unless it is ours
    and new.
    """
    if person.nonce is None:
        return
    secret = settings.code_secret.get_secret_value()
    try:
        await challenges.use_token(session, secret, "google_login", person.nonce)
    except ChallengeRefused as error:
        raise GoogleTokenRefused from error


async def sign_in(
    database: Database,
    settings: Settings,
    person: GooglePerson,
    device: Device,
    device_token: str | None,
) -> tuple[Account, Login | SecondFactorNeeded] | GoogleNewcomer:
    """Starts a login of the account that is linked with a Google account, or that has an address
    which Google vouches for: every address of ours was verified too, so both are the same person's.
    An account with a second factor is asked for it, as after a password, and linked after that.
    Without an account there is a grant to make one.

    Raises `AccountBlocked`, `GoogleNotForAdmins`, and `GoogleTokenRefused` for an address that
    Google does not vouch for, for a second Google account of one address, and for a nonce that is
    not ours or was used.
    """
    async with database.transaction() as session:
        await _use_nonce(session, settings, person)
        account_id = await _find(session, person)
        if account_id is None:
            return await _welcome(session, settings, person)
        account = await _enter(session, account_id)
        new = None if await _is_linked(session, account, person) else person.subject
        key = settings.key_secret.get_secret_value()
        shown = await shown_device(session, key, device_token, account)
        device = replace(device, id=shown or device.id)
        begun = await begin(session, settings, account, device, google_subject=new)
    return account, begun


async def _find(session: AsyncSession, person: GooglePerson) -> UUID | None:
    linked = await repository.find_account_id(session, person.subject)
    if linked is not None:
        return linked
    if not person.vouched:
        raise GoogleTokenRefused(NOT_VOUCHED)
    account = await accounts.find_by_email(session, person.email)
    return account.id if account else None


async def _welcome(
    session: AsyncSession, settings: Settings, person: GooglePerson
) -> GoogleNewcomer:
    secret, now = settings.code_secret.get_secret_value(), session.info["clock"].now()
    subject = codes.Subject(person.email)
    grant, expires_at = await codes.give_grant(session, secret, subject, now)
    return GoogleNewcomer(
        grant=grant, expires_at=expires_at, email=person.email, first_name=person.first_name,
        last_name=person.last_name,
    )  # fmt: skip


async def _enter(session: AsyncSession, account_id: UUID) -> Account:
    """The account, locked, if it may sign in by Google."""
    try:
        account = await accounts.lock(session, account_id)
    except AccountNotFound as error:
        raise GoogleTokenRefused from error
    if account.blocked_at is not None:
        raise AccountBlocked
    if account.role == Role.ADMIN:
        raise GoogleNotForAdmins
    return account


async def _is_linked(session: AsyncSession, account: Account, person: GooglePerson) -> bool:
    """Whether it is linked already, or else may be now. Raises `GoogleTokenRefused`."""
    try:
        linked = await links.is_linked(session, account, person.subject)
    except GoogleLinkTaken as error:
        raise GoogleTokenRefused from error
    if not linked and not (person.vouched and account.has_email(person.email)):
        raise GoogleTokenRefused  # it got another address, or lost the link, just now
    return linked


async def link(
    database: Database, settings: Settings, user: Principal, person: GooglePerson
) -> None:
    """Links the caller's account with a Google account of any address.

    Raises `StepUpNeeded`, `GoogleNotForAdmins`, `GoogleLinkTaken`, `GoogleTokenRefused` for a nonce
    that is not ours or was used, `LoginRevoked` or `AccountNotFound`.
    """
    async with database.transaction() as session:
        await _use_nonce(session, settings, person)
        by = await step_ups.enter(session, user)
        if by.account.role == Role.ADMIN:
            raise GoogleNotForAdmins
        await links.link(session, by.account, person.subject)


async def unlink(session: AsyncSession, user: Principal) -> None:
    """Removes the link of the caller's account. Raises `GoogleNotLinked` or `AccountNotFound`."""
    account = await accounts.lock(session, user.account_id)
    if not await repository.unlink(session, account.id):
        raise GoogleNotLinked
    await audit.record(session, "google.unlinked", actor_id=account.id, subject_id=account.id)
