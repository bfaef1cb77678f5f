"""Hints to open sockets, over Redis: each may be lost, the stored messages are the truth.

One channel for all; a hint names the accounts that it is for and carries frames already encoded,
so that no receiver encodes them again.
"""

from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Request
from pydantic import BaseModel, Field, TypeAdapter, ValidationError
from redis.asyncio import Redis

from libs import log
from libs import redis as signals

logger = log.get(__name__)


@dataclass(frozen=True, slots=True)
class Hint:
    """For whom, and what: frames of one stream with their numbers, or one frame of none. If they
    are `changes`, the numbers are versions.
    """

    to: tuple[UUID, ...]
    stream: UUID | None
    frames: Annotated[tuple[tuple[int, str], ...], Field(min_length=1)]
    changes: bool = False


HINTS: TypeAdapter[list[Hint]] = TypeAdapter(list[Hint])


def hint(to: Iterable[UUID], frame: BaseModel) -> Hint:
    """A frame for all sockets of these accounts."""
    return Hint(tuple(to), None, ((0, frame.model_dump_json()),))


class Signals:
    """Sends hints, and listens to them."""

    def __init__(self, redis: "Redis", channel: str) -> None:
        self._redis = redis
        self._channel = channel

    async def tell(self, to: Iterable[UUID], frame: BaseModel) -> None:
        """Shows a frame to all sockets of these accounts."""
        await self.send([hint(to, frame)])

    async def send(self, hints: Sequence[Hint]) -> None:
        """Sends hints, all with one call."""
        text = HINTS.dump_json(list(hints)).decode()
        await signals.signal(self._redis, self._channel, text)

    async def listen(self, on_ready: Callable[[], None]) -> AsyncIterator[Hint]:
        """Yields hints for ever; `on_ready` at every (re)connection, since some were missed, and
        after a hint that is written as in another version of this service.
        """
        async for _, text in signals.listen(self._redis, self._channel, on_ready=on_ready):
            try:
                hints = HINTS.validate_json(text)
            except ValidationError as error:
                logger.warning("hint_unreadable", errors=error.error_count())
                on_ready()
                continue
            for hint in hints:
                yield hint


async def get_signals(request: Request) -> Signals:
    """The process's signals, for routes."""
    found: Signals = request.app.state.signals
    return found


SignalsDep = Annotated[Signals, Depends(get_signals)]
