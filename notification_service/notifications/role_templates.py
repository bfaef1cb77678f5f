"""What notifications about roles in a class are about; see `templates`."""

from typing import ClassVar
from uuid import UUID

from notification_service.notifications.templates import Template


class _OfRoles(Template):
    study_session_id: UUID
    session_code: str


class RoleOffered(_OfRoles):
    """To whom a class's owner asks for help. `role` is a code, which the words do not say."""

    kind: ClassVar[str] = "role_offered"

    class_role_id: UUID
    role: str


class RoleTakenOn(_OfRoles):
    """To the owner of the class."""

    kind: ClassVar[str] = "role_taken_on"
    person_field: ClassVar[str] = "account_id"

    class_role_id: UUID
    account_id: UUID
    role: str


class RoleGivenUp(RoleTakenOn):
    """To the owner of the class: the person declined, or resigned."""

    kind: ClassVar[str] = "role_given_up"


class RoleTakenAway(RoleOffered):
    """To the person: the owner withdrew the offer, or ended the role."""

    kind: ClassVar[str] = "role_taken_away"
