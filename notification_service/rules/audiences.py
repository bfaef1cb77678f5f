"""To whom something is told."""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class People:
    """These accounts, by id."""

    account_ids: tuple[UUID, ...]


@dataclass(frozen=True, slots=True)
class StudentsOf:
    """All students of a class."""

    study_session_id: UUID

    @property
    def name(self) -> str:
        """The audience's stable name."""
        return f"students:{self.study_session_id}"


@dataclass(frozen=True, slots=True)
class Admins:
    """All admins of the platform."""

    @property
    def name(self) -> str:
        """The audience's stable name."""
        return "admins"


Group = StudentsOf | Admins
Audience = People | Group
