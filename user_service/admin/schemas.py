"""What admins send and get."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BeforeValidator, StringConstraints, computed_field

from libs.auth import Role
from libs.schemas import PLAIN, Instant, Schema
from user_service.accounts.schemas import nfc
from user_service.audit.schemas import AuditEntryOut


class State(StrEnum):
    """Whether an account may be used. One that is blocked and leaving counts as blocked."""

    ACTIVE = "active"
    BLOCKED = "blocked"
    LEAVING = "leaving"
    """Its owner has asked for its erasure."""
    ERASED = "erased"


Reason = Annotated[
    str, StringConstraints(min_length=3, max_length=500, pattern=PLAIN), BeforeValidator(nfc)
]


class BlockCreate(Schema):
    """`reason` is mailed to the person; `until` ends the block by itself."""

    reason: Reason
    until: Instant | None = None


class RoleChange(Schema):
    """What an account is to be."""

    role: Role
    reason: Reason


class FactorReset(Schema):
    """Why an account's second factors are taken away."""

    reason: Reason


class ViewCreate(Schema):
    """Why the account is looked at."""

    reason: Reason


class ViewOut(Schema):
    """An access token that reads as the viewed account; `expires_in` is its life in seconds.
    Clients show `banner` as long as they use it.
    """

    access_token: str
    token_type: Literal["Bearer"] = "Bearer"  # noqa: S105  (the name of a scheme)
    expires_in: int
    scope: str
    account_id: UUID
    viewed_by: UUID
    banner: str


class AdminAccountOut(Schema):
    """An account as admins see it."""

    id: UUID
    user_code: str
    username: str
    email: str
    first_name: str
    last_name: str
    role: Role
    locale: str
    zone: str
    created_at: datetime
    blocked_at: datetime | None
    blocked_until: datetime | None
    block_reason: str | None
    erasure_due_at: datetime | None
    erased_at: datetime | None

    @computed_field  # type: ignore[prop-decorator]
    @property
    def state(self) -> State:
        """Whether it may be used."""
        if self.erased_at is not None:
            return State.ERASED
        if self.blocked_at is not None:
            return State.BLOCKED
        return State.ACTIVE if self.erasure_due_at is None else State.LEAVING


class AdminAccountDetails(AdminAccountOut):
    """Besides: how many devices are signed in, and the newest entries of the audit trail about
    it.
    """

    logins: int
    audit: list[AuditEntryOut]


@dataclass(frozen=True, slots=True)
class Search:
    """Which accounts are asked for."""

    words: str | None = None
    role: Role | None = None
    state: State | None = None
    created_from: datetime | None = None
    created_before: datetime | None = None
