"""Other services' events that open sockets should see now."""

from collections.abc import Callable, Coroutine, Sequence
from typing import Any
from uuid import UUID

from libs.events.notification import NotificationAdded
from message_service.signals import Signals, hint
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


async def on_notifications_added(signals: Signals, events: Sequence[NotificationAdded]) -> None:
    """Tells the people's open sockets."""
    frames = [
        (event.account_id, NotificationFrame(notification_id=event.notification_id))
        for event in events
    ]
    await signals.send([hint([account_id], frame) for account_id, frame in frames])
