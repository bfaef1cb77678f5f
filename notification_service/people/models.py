"""What this service knows of a person: copies from user_service."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Person:
    """`locale` is a BCP 47 tag, `zone` an IANA name, `revision` the account's version."""

    id: UUID
    user_code: str
    role: str
    name: str
    locale: str
    zone: str
    revision: int


@dataclass(frozen=True, slots=True)
class Block:
    """Whether an account is shut out. What came before `since`, the newest block's arrival here, is
    never pushed, even after its end.
    """

    account_id: UUID
    blocked: bool
    since: datetime
    revision: int
