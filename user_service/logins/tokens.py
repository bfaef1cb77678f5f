"""What a login's client gets: the pair of tokens, and what its device is known by."""

from dataclasses import dataclass
from datetime import timedelta

from libs.auth import Principal, Role
from user_service.accounts.models import Account
from user_service.accounts.schemas import AccountOut
from user_service.keys.ring import KeyRing
from user_service.logins import devices, refresh
from user_service.logins.models import Login
from user_service.logins.schemas import LoginOut, Tokens
from user_service.settings import Settings


@dataclass(frozen=True)
class Signer:
    """What makes tokens: keys, secret and lifetimes."""

    keys: KeyRing
    settings: Settings

    @property
    def secret(self) -> str:
        """The secret of refresh tokens."""
        return self.settings.key_secret.get_secret_value()

    async def tokens(self, account: Account, login: Login) -> Tokens:
        """The pair of a login's present generation."""
        now = login.rotated_at
        lifetime = timedelta(minutes=self.settings.access_minutes)
        principal = Principal(
            account.id,
            account.user_code,
            Role(account.role),
            login.id,
            now + lifetime,
            account.scopes,
        )
        return Tokens(
            access_token=await self.keys.sign(principal, now),
            expires_in=int(lifetime.total_seconds()),
            refresh_token=refresh.issue(self.secret, login.id, login.generation),
        )

    async def answer(self, account: Account, login: Login) -> LoginOut:
        """What the client gets of a new login."""
        tokens = await self.tokens(account, login)
        device_id = login.device_id or login.id  # a device is forgotten only after this
        return LoginOut(
            **tokens.model_dump(),
            account=AccountOut.model_validate(account),
            device_id=device_id,
            device_token=devices.issue(self.secret, account.id, device_id),
        )
