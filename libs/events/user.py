"""Events of user_service. Only these may carry a name, an e-mail address, a locale and a zone."""

from typing import ClassVar
from uuid import UUID

from libs.events.base import Event


class UserEvent(Event):
    """Base: keyed by account."""

    topic: ClassVar[str] = "user.events"
    key_field: ClassVar[str] = "account_id"

    account_id: UUID


class AccountRegistered(UserEvent):
    """An account exists. `role` is student, tutor or admin; `zone` an IANA name, `locale` a BCP 47
    tag.
    """

    type: ClassVar[str] = "studyzed.account.registered"

    user_code: str
    role: str
    name: str
    email: str
    locale: str
    zone: str
