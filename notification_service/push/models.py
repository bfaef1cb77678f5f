"""What is sent, and what became of it."""

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Push:
    """A message for one device. `collapse_id` makes the device show a repeat in place of the
    first.
    """

    token: str
    title: str
    body: str
    collapse_id: str
    data: dict[str, str]


class Key(NamedTuple):
    """What a delivery is of."""

    notification_id: UUID
    device_id: UUID


class State(StrEnum):
    """Where one notification stands with one device."""

    SENDING = "sending"
    """Handed to the provider; no answer is written down yet."""
    WAITING = "waiting"
    """The provider did not take it; the job will try again."""
    SENT = "sent"
    GONE = "gone"
    """The token was dead; the device was removed."""
    REFUSED = "refused"
    """The provider will never take it."""
    DROPPED = "dropped"
    """The device, or the notification, was no longer there, or the account is blocked."""
    UNSURE = "unsure"
    """Handed over twice without an answer: not tried again."""


OPEN = frozenset({State.SENDING, State.WAITING})
MOST_UNANSWERED = 2


@dataclass(frozen=True, slots=True)
class Delivery:
    """`unanswered` counts the times since the last answer that it was handed over."""

    state: State
    unanswered: int
