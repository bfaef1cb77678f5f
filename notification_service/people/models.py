"""What this service knows of a person: a copy from user_service."""

from dataclasses import dataclass
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
