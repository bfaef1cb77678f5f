"""What a token may be given, and what is left of it when it is used."""

from collections.abc import Iterable
from enum import StrEnum

from libs.auth import Role


class Scope(StrEnum):
    """A service, and whether its data is read or changed; changing does not include reading."""

    USER_READ = "user:read"
    USER_WRITE = "user:write"
    SESSION_READ = "session:read"
    SESSION_WRITE = "session:write"
    PAYMENT_READ = "payment:read"
    PAYMENT_WRITE = "payment:write"
    NOTIFICATION_READ = "notification:read"
    NOTIFICATION_WRITE = "notification:write"
    MESSAGE_READ = "message:read"
    MESSAGE_WRITE = "message:write"


EVERYTHING = frozenset(Scope)
READING = frozenset(scope for scope in Scope if scope.endswith(":read"))


def allowed(role: str) -> frozenset[Scope]:
    """The most that a token of a role's may do. An admin's only reads: what an admin changes is
    done by a person who has just shown a second factor, not by a string in a file.
    """
    return READING if role == Role.ADMIN else EVERYTHING


def effective(held: Iterable[str], role: str) -> frozenset[Scope]:
    """What a token may do now. Its owner may have got another role since; what is not known any
    more is dropped.
    """
    known = {scope.value for scope in allowed(role)}
    return frozenset(Scope(scope) for scope in held if scope in known)
