"""What this service knows of classes: a copy from session_service."""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class StudySession:
    """A class, its code and its owner; `revision` is the class's, so that old news is ignored."""

    id: UUID
    code: str
    tutor_id: UUID
    revision: int


@dataclass(frozen=True, slots=True)
class Member:
    """A student's place in a class; `id` is the membership's. `inside` is false once it has
    ended; `revision` is the membership's, so that old news is ignored.
    """

    id: UUID
    study_session_id: UUID
    student_id: UUID
    inside: bool
    revision: int
