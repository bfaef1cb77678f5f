"""Events of user_service. Only these may carry a name, an e-mail address, a locale and a zone."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from libs.events.base import Event


class UserEvent(Event):
    """Base: keyed by account."""

    topic: ClassVar[str] = "user.events"
    key_field: ClassVar[str] = "account_id"

    account_id: UUID


class Described(UserEvent):
    """Base of events that say all that others keep of a person. `role` is student, tutor or admin;
    `zone` an IANA name, `locale` a BCP 47 tag.
    """

    user_code: str
    role: str
    name: str
    email: str
    locale: str
    zone: str


class AccountRegistered(Described):
    """An account exists. `role` is student, tutor or admin; `zone` an IANA name, `locale` a BCP 47
    tag.
    """

    type: ClassVar[str] = "studyzed.account.registered"


class ProfileChanged(Described):
    """Somebody has another name, address, locale or zone than before. All of it is said again, so
    that one event makes a copy right, however many were missed.
    """

    type: ClassVar[str] = "studyzed.profile.changed"


class AccountBlocked(UserEvent):
    """An admin has shut an account out. `role` is what it is on the platform (classes of a tutor
    pause), `until` the instant at which the block ends by itself, null for as long as it takes.
    """

    type: ClassVar[str] = "studyzed.account.blocked"

    user_code: str
    role: str
    blocked_at: datetime
    until: datetime | None


class AccountUnblocked(UserEvent):
    """A block has ended, by an admin or by its end date; `blocked_at` is when it began."""

    type: ClassVar[str] = "studyzed.account.unblocked"

    user_code: str
    role: str
    blocked_at: datetime
    unblocked_at: datetime


class RoleChanged(UserEvent):
    """An account is something else on the platform from now on: student, tutor or admin."""

    type: ClassVar[str] = "studyzed.account.role_changed"

    user_code: str
    old_role: str
    role: str
    changed_at: datetime


class ExportRequested(UserEvent):
    """A person wants a copy of what every service holds of them. `folder` is the random name under
    which the parts are put into the object store.
    """

    type: ClassVar[str] = "studyzed.export.requested"

    export_id: UUID
    folder: UUID


class ErasureScheduled(UserEvent):
    """An account will be erased at `due_at`, unless its owner changes their mind."""

    type: ClassVar[str] = "studyzed.erasure.scheduled"

    due_at: datetime


class ErasureUndone(UserEvent):
    """An account will not be erased after all."""

    type: ClassVar[str] = "studyzed.erasure.undone"


class AccountErased(UserEvent):
    """An account is gone: whoever holds something of it removes it, and confirms. `user_code` stays
    as a pseudonym. It is sent again to services that have not confirmed.
    """

    type: ClassVar[str] = "studyzed.account.erased"

    erasure_id: UUID
    user_code: str
