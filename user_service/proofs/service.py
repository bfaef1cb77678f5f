"""Which factors an account has, and whether a proof is right.

Everything here runs in the caller's transaction, so that what a proof uses up (a time step, a
recovery code, a counter) stays used only together with what it was shown for.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from libs.errors import TooMany
from libs.limits import Limits
from libs.postgres import Database
from user_service.accounts import repository as accounts
from user_service.audit import service as audit
from user_service.codes.service import keyed
from user_service.mails import service as mails
from user_service.mails.templates import Reader
from user_service.proofs import passkeys, repository, totp
from user_service.proofs.errors import FactorRefused, TooManyFactorTries
from user_service.proofs.models import Passkey, RecoveryCode, Totp
from user_service.proofs.passkeys import Answer
from user_service.proofs.schemas import (
    Assertion,
    Kind,
    PasskeyProof,
    Proof,
    RecoveryCodeProof,
    TotpProof,
)
from user_service.settings import Settings

RECOVERY_CODES = 10
ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"  # pragma: allowlist secret
"""Nothing that is read as something else; ten letters of it are 49 bits."""
WRONG_CODES_PER_HOUR = 10
UNANSWERED_TRIES = 20
FORGOTTEN_SECONDS = 900
"""By when a challenge that nobody answered is forgotten, and its tries with it."""


@dataclass(frozen=True)
class Held:
    """The factors of an account."""

    totp: Totp | None
    passkeys: Sequence[Passkey]
    recovery_codes: int

    @property
    def kinds(self) -> list[Kind]:
        """What it can prove itself with; nothing while it has no factor."""
        found: list[Kind] = ["totp"] if self.totp else []
        if self.passkeys:
            found.append("passkey")
        if found and self.recovery_codes:
            found.append("recovery_code")
        return found

    def options(self, settings: Settings, challenge: str) -> dict[str, Any] | None:
        """What the browser needs to use one of the passkeys; `None` without any."""
        if not self.passkeys:
            return None
        return passkeys.request_options(settings, self.passkeys, challenge)


async def held(session: AsyncSession, account_id: UUID) -> Held:
    """The factors of an account; a secret that was never confirmed is none."""
    secret = await repository.find_totp(session, account_id)
    return Held(
        secret if secret is not None and secret.confirmed_at is not None else None,
        await repository.list_passkeys(session, account_id),
        await repository.count_recovery_codes(session, account_id),
    )


async def throttle(database: Database, limits: Limits, account_id: UUID, proof: Proof) -> None:
    """Counts a try with a code by time, the one proof that can be guessed. Whatever else is shown
    is let through, so that nobody is locked out by another's guesses.

    Raises `TooManyFactorTries` after ten an hour; and, since Redis may be away and count nothing,
    after twenty at challenges that nobody has answered.
    """
    if not isinstance(proof, TotpProof):
        return
    async with database.transaction() as session:
        tries = await repository.count_unanswered_tries(session, account_id)
    if tries > UNANSWERED_TRIES:
        raise TooManyFactorTries(retry_after=FORGOTTEN_SECONDS)
    try:
        await limits.hit("factor", str(account_id), WRONG_CODES_PER_HOUR, 3_600)
    except TooMany as error:
        raise TooManyFactorTries(retry_after=error.retry_after, headers=error.headers) from error


async def forgive(limits: Limits, account_id: UUID) -> None:
    """Forgets the tries after a right proof."""
    await limits.forget("factor", str(account_id))


async def prove(
    session: AsyncSession, settings: Settings, account_id: UUID, proof: Proof, challenge: str
) -> Kind:
    """Checks a proof of an account's for a challenge and uses it up; returns its kind. Raises
    `FactorRefused`.
    """
    match proof:
        case TotpProof():
            await _prove_totp(session, settings, account_id, proof.code)
        case RecoveryCodeProof():
            await _prove_recovery_code(session, settings, account_id, proof.code)
        case PasskeyProof():
            answer = Answer(proof.credential, challenge)
            await prove_passkey(session, settings, account_id, answer)
    return proof.kind


async def _prove_totp(
    session: AsyncSession, settings: Settings, account_id: UUID, code: str
) -> None:
    found = await repository.find_totp(session, account_id)
    if found is None or found.confirmed_at is None:
        raise FactorRefused
    await use_totp(session, settings, found, code)


async def use_totp(session: AsyncSession, settings: Settings, kept: Totp, code: str) -> None:
    """Takes a code by time, once. Raises `FactorRefused`."""
    now = session.info["clock"].now()
    key = settings.key_secret.get_secret_value()
    step = totp.step_of(key, kept.sealed_secret, code, now)
    if step is None or not await repository.use_step(session, kept.account_id, step, now):
        raise FactorRefused


async def _prove_recovery_code(
    session: AsyncSession, settings: Settings, account_id: UUID, code: str
) -> None:
    now = session.info["clock"].now()
    hidden = _hidden(settings, account_id, code)
    if not await repository.use_recovery_code(session, hidden, now):
        raise FactorRefused
    account = await accounts.get(session, account_id)
    left = await repository.count_recovery_codes(session, account_id)
    await audit.record(
        session, "factor.recovery_code_used", actor_id=account_id, subject_id=account_id, left=left
    )
    reader = Reader(account.email, account.locale, account.zone)
    values = {"at": now, "count": left}
    await mails.ask(session, "recovery-code-used", reader, values, account_id=account_id)


async def prove_passkey(
    session: AsyncSession, settings: Settings, account_id: UUID, answer: Answer
) -> None:
    """Checks the use of a passkey of an account's. Where it stands for the password too, the user
    must have been verified. Raises `FactorRefused`.
    """
    credential_id = passkeys.credential_id(answer.credential)
    passkey = await repository.lock_passkey(session, account_id, credential_id)
    if passkey is None or not passkeys.is_of(account_id, answer):
        raise FactorRefused
    found = passkeys.check_assertion(settings, passkey, answer)
    passkey.sign_count = found.sign_count
    passkey.backed_up = found.backed_up
    passkey.last_used_at = session.info["clock"].now()


async def owner_of(session: AsyncSession, sent: Assertion) -> UUID:
    """Whose passkey is used. Raises `FactorRefused` when nobody has it."""
    owner = await repository.find_owner(session, passkeys.credential_id(sent))
    if owner is None:
        raise FactorRefused
    return owner


async def renew_recovery_codes(
    session: AsyncSession, settings: Settings, account_id: UUID
) -> list[str]:
    """Makes the recovery codes of an account void, and draws ten new ones."""
    await repository.remove_recovery_codes(session, account_id)
    codes = [_draw() for _ in range(RECOVERY_CODES)]
    now = session.info["clock"].now()
    for code in codes:
        hidden = _hidden(settings, account_id, code)
        row = RecoveryCode(code_hmac=hidden, account_id=account_id, created_at=now)
        await repository.add(session, row)
    return codes


def _draw() -> str:
    letters = "".join(secrets.choice(ALPHABET) for _ in range(10))
    return f"{letters[:5]}-{letters[5:]}"


def _hidden(settings: Settings, account_id: UUID, code: str) -> str:
    plain = code.replace("-", "").lower()
    secret = settings.code_secret.get_secret_value()
    return keyed(secret, "recovery", str(account_id), plain)
