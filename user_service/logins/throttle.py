"""Slowing down who guesses passwords, without locking the owner out (U-A5).

A try is counted before the password is looked at, so that many at once count each, and taken back
when it was right. Three waits watch a try: of an identifier from one network (someone guesses one
password), of a network over all identifiers (someone tries one password on everybody), and of an
identifier over all networks (many machines guess one password). A device that shows the token of a
former login of this account is watched by a wait of its own instead, which nobody else can use up.

Identifiers count as they were typed, with or without an account behind them: counting by account
would tell which addresses and user names belong together.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from libs.errors import TooMany
from libs.limits import Backoff, Hit, Limits
from user_service.accounts.models import username_key
from user_service.codes.service import keyed
from user_service.logins.errors import TooManyTries

MINUTE, HOUR, DAY = 60, 3_600, 86_400
LONGEST = 15 * MINUTE

PAIR = Backoff("password-pair", 5, MINUTE, LONGEST, DAY)
NETWORK = Backoff("password-network", 100, MINUTE, LONGEST, HOUR, slides=False)
IDENTIFIER = Backoff("password-identifier", 50, MINUTE, LONGEST, HOUR, slides=False)
DEVICE = Backoff("password-device", 5, MINUTE, LONGEST, DAY)
OWNER = Backoff("password-owner", 5, MINUTE, LONGEST, DAY)


@dataclass(frozen=True)
class Attempt:
    """A try at a password: who is said to be signing in, from which network, and the known device
    that it comes from, if it does.
    """

    identifier: str
    network: str
    account_id: UUID | None = None
    device_id: UUID | None = None

    def waits(self, secret: str) -> list[tuple[Backoff, str]]:
        """The waits that watch it; addresses and names are kept as HMACs."""
        if self.account_id is not None and self.device_id is not None:
            return [(DEVICE, f"{self.account_id}:{self.device_id}")]
        who = username_key(self.identifier)
        return [
            (PAIR, keyed(secret, "login", who, self.network)),
            (NETWORK, self.network),
            (IDENTIFIER, keyed(secret, "login", who)),
        ]


async def admit(limits: Limits, secret: str, attempt: Attempt, now: datetime) -> Hit:
    """Counts a try. Raises `TooManyTries`, with the seconds to wait, and `TooMany` for one who
    signs in more often than people do.
    """
    if attempt.device_id is None:
        await limits.hit("logins", attempt.network, 60, MINUTE)
    else:
        await limits.hit("logins-device", f"{attempt.account_id}:{attempt.device_id}", 20, MINUTE)
    return await _count(limits, now, *attempt.waits(secret))


async def forgive(limits: Limits, secret: str, attempt: Attempt) -> None:
    """After the right password: forgets the tries of this network or device, and takes this one
    back from the others.
    """
    first, *others = attempt.waits(secret)
    await limits.forget(first[0].name, first[1])
    for wait, who in others:
        await limits.take_back(wait, who)


async def admit_owner(limits: Limits, account_id: UUID, now: datetime) -> Hit:
    """Counts a try of a signed-in person at the own password. Raises `TooManyTries`."""
    return await _count(limits, now, (OWNER, str(account_id)))


async def forgive_owner(limits: Limits, account_id: UUID) -> None:
    """Forgets the tries of a signed-in person after the right password."""
    await limits.forget(OWNER.name, str(account_id))


async def forgive_everywhere(limits: Limits, secret: str, network: str, *identifiers: str) -> None:
    """Forgets what all networks tried on an account, once its owner has shown on this one to have
    its mailbox; other networks go on waiting by themselves.
    """
    for identifier in identifiers:
        who = username_key(identifier)
        await limits.forget(IDENTIFIER.name, keyed(secret, "login", who))
        await limits.forget(PAIR.name, keyed(secret, "login", who, network))


async def _count(limits: Limits, now: datetime, *waits: tuple[Backoff, str]) -> Hit:
    try:
        return await limits.attempt(now, *waits)
    except TooMany as error:
        raise TooManyTries(retry_after=error.retry_after, headers=error.headers) from error
