"""Roles inside a class (U-A6)."""

from enum import StrEnum


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
