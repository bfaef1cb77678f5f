"""An admin looks at StudyZed through somebody else's eyes: an access token of the viewed account
that reads and never writes, names the admin, and belongs to the admin's login.

So it ends with that login (sign-out, another role or password of the admin), and when either of the
two accounts is blocked; otherwise after a quarter of an hour, for it has no refresh token.
"""

from datetime import timedelta
from uuid import UUID

from libs.auth import Principal, Role
from libs.postgres import Database
from user_service.accounts.models import Account
from user_service.admin import service
from user_service.admin.errors import NotViewable
from user_service.admin.schemas import ViewCreate, ViewOut
from user_service.audit import service as audit
from user_service.keys.ring import KeyRing

LASTS = timedelta(minutes=15)
SCOPES = frozenset(
    {"user:read", "session:read", "payment:read", "notification:read", "message:read"}
)
"""A socket takes frames that write, so it needs more than these."""


async def start(
    database: Database, keys: KeyRing, admin: Principal, account_id: UUID, wanted: ViewCreate
) -> ViewOut:
    """A token to look through another's eyes; that it was given is audited first.

    Raises `AccountNotFound`, `NotViewable`, and as `service.lock_for`.
    """
    now = database.clock.now()
    expires_at = now + LASTS
    async with database.transaction() as session:
        account = await service.lock_for(session, admin.account_id, account_id)
        if account.role == Role.ADMIN or account.blocked_at is not None:
            raise NotViewable
        await audit.record(
            session, "account.viewed", actor_id=admin.account_id, subject_id=account.id,
            reason=wanted.reason, login_id=str(admin.login_id), until=expires_at.isoformat(),
        )  # fmt: skip
    principal = Principal(
        account_id=account.id,
        user_code=account.user_code,
        role=Role(account.role),
        login_id=admin.login_id,
        expires_at=expires_at,
        scopes=SCOPES,
        actor_id=admin.account_id,
    )
    return ViewOut(
        access_token=await keys.sign(principal, now),
        expires_in=int(LASTS.total_seconds()),
        scope=" ".join(sorted(SCOPES)),
        account_id=account.id,
        viewed_by=admin.account_id,
        banner=banner(account),
    )


def banner(account: Account) -> str:
    """What a client must show all the while."""
    return (
        f"You see StudyZed as {account.name} ({account.user_code}) does. "
        "You cannot change anything, and this view is on record."
    )
