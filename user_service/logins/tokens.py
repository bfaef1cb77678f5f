"""What a login's client gets: the pair of tokens, and what its device is known by."""

from dataclasses import dataclass
from datetime import datetime, timedelta

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

    async def tokens(self, account: Account, login: Login, now: datetime) -> Tokens:
        """The pair of a login's present generation; the access token's life begins now."""
        lifetime = timedelta(minutes=self.settings.access_minutes)
        scopes = self.scopes(account, login)
        principal = Principal(
            account.id,
            account.user_code,
            Role(account.role),
            login.id,
            now + lifetime,
            scopes,
        )
        return Tokens(
            access_token=await self.keys.sign(principal, now),
            expires_in=int(lifetime.total_seconds()),
            refresh_token=refresh.issue(self.secret, login.id, login.generation),
            scope=None if scopes is None else " ".join(sorted(scopes)),
        )

    def scopes(self, account: Account, login: Login) -> frozenset[str] | None:
        """What a login's tokens are narrowed to, by the account's state or for want of a factor."""
        if account.scopes is not None:
            return account.scopes
        return login.scopes(account.role, admins_need_factor=self.settings.admin_second_factor)

    async def answer(self, account: Account, login: Login) -> LoginOut:
        """What the client gets of a new login."""
        tokens = await self.tokens(account, login, login.created_at)
        device_id = login.device_id or login.id  # a device is forgotten only after this
        return LoginOut(
            **tokens.model_dump(),
            account=AccountOut.model_validate(account),
            device_id=device_id,
            device_token=devices.issue(self.secret, account.id, device_id),
        )
