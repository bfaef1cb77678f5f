"""Hints to open sockets, over Redis: each may be lost, the stored messages are the truth.

One channel for all; a hint names the accounts that it is for and carries frames already encoded,
so that no receiver encodes them again.
"""

import json
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Request
from pydantic import BaseModel, TypeAdapter
from redis.asyncio import Redis

from libs import redis as signals


class Hint(BaseModel):
    """For whom, and what: frames of one stream with their numbers, or one frame of none."""

    to: list[UUID]
    stream: UUID | None = None
    frames: list[tuple[int, str]]


HINT: TypeAdapter[Hint] = TypeAdapter(Hint)


class Signals:
    """Sends hints, and listens to them."""

    def __init__(self, redis: "Redis", channel: str) -> None:
        self._redis = redis
        self._channel = channel

    async def tell(self, to: Iterable[UUID], frame: BaseModel) -> None:
        """Shows a frame to all sockets of these accounts."""
        await self._send(to, None, [(0, frame.model_dump_json())])

    async def stream(
        self, to: Iterable[UUID], stream: UUID, frames: Sequence[tuple[int, str]]
    ) -> None:
        """Shows stored messages to all sockets of these accounts."""
        await self._send(to, stream, frames)

    async def _send(
        self, to: Iterable[UUID], stream: UUID | None, frames: Sequence[tuple[int, str]]
    ) -> None:
        hint: dict[str, Any] = {"to": [str(one) for one in to], "frames": frames}
        if stream is not None:
            hint["stream"] = str(stream)
        await signals.signal(self._redis, self._channel, json.dumps(hint))

    async def listen(self, on_ready: Callable[[], None]) -> AsyncIterator[Hint]:
        """Yields hints for ever; `on_ready` at every (re)connection, since some were missed."""
        async for _, text in signals.listen(self._redis, self._channel, on_ready=on_ready):
            yield HINT.validate_json(text)


async def get_signals(request: Request) -> Signals:
    """The process's signals, for routes."""
    found: Signals = request.app.state.signals
    return found


SignalsDep = Annotated[Signals, Depends(get_signals)]
