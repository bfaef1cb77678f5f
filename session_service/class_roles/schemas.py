"""Roles inside a class (U-A6)."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import StringConstraints

from libs.schemas import PLAIN, Schema


class ClassRoleName(StrEnum):
    """What somebody is in a class besides its owner and its students."""

    CO_TUTOR = "co_tutor"
    ASSISTANT = "assistant"
    OBSERVER = "observer"


class ClassRoleState(StrEnum):
    """Asked by the owner, or taken on."""

    INVITED = "invited"
    ACTIVE = "active"


TEACHERS = (ClassRoleName.CO_TUTOR,)
"""Who teaches beside the owner: lessons, tasks, marks, material, members."""
HELPERS = (ClassRoleName.CO_TUTOR, ClassRoleName.ASSISTANT)
"""Who helps: sees the class and its members as a tutor does, takes attendance, shares material."""


class ClassRoleEnd(StrEnum):
    """How a role ended: before it was taken on, or after; by the person, or by the owner; or since
    the person owns the class now.
    """

    DECLINED = "declined"
    RESIGNED = "resigned"
    WITHDRAWN = "withdrawn"
    REMOVED = "removed"
    PROMOTED = "promoted"


class ClassRoleCreate(Schema):
    """Whom to ask, by public code, for which role; an observer observes one student."""

    user_code: Annotated[str, StringConstraints(min_length=1, max_length=40, pattern=PLAIN)]
    role: ClassRoleName
    student_id: UUID | None = None


class ClassRoleOut(Schema):
    """A role in a class, asked for or taken on."""

    id: UUID
    study_session_id: UUID
    account_id: UUID
    user_code: str
    role: ClassRoleName
    student_id: UUID | None
    state: ClassRoleState
    invited_at: datetime
    accepted_at: datetime | None


class ClassRoleHolder(ClassRoleOut):
    """A role in the list of its class; the name is null until it has arrived from user_service."""

    name: str | None


class OwnClassRole(ClassRoleOut):
    """One's own role, with the class as one must know it to accept."""

    session_code: str
    class_name: str
    tutor_name: str | None
