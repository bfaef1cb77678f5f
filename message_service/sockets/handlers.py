"""Other services' events that open sockets should see now."""

from collections.abc import Callable, Coroutine, Sequence
from typing import Any
from uuid import UUID

from libs.events.notification import NotificationAdded
from message_service.signals import Signals
from message_service.sockets.schemas import NotificationFrame


class SignalStore:
    """A consumer's effects that are hints: nothing is stored, so nothing needs a transaction.

    An event delivered twice is shown twice, which clients take for once by its id. See
    `libs.effects.Store`.
    """

    def __init__(self, signals: Signals) -> None:
        self._signals = signals

    async def run(self, work: Callable[[Any], Coroutine[Any, Any, None]]) -> None:
        """Runs `work(signals)`."""
        await work(self._signals)

    async def once(self, session: Any, consumer: str, event_ids: Sequence[UUID]) -> set[UUID]:  # noqa: ARG002
        """All of them: nobody remembers what was shown."""
        return set(event_ids)


async def on_notification_added(signals: Signals, event: NotificationAdded) -> None:
    """Tells the person's open sockets."""
    await signals.tell([event.account_id], NotificationFrame(notification_id=event.notification_id))
