"""Items that come while a batch is being worked on wait, and the next batch takes all of them."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

from libs import log

I = TypeVar("I")  # noqa: E741
R = TypeVar("R")

logger = log.get(__name__)


class Batches(Generic[I, R]):
    """Queues items and works on them with `work(items) -> results` (one result per item, in order),
    one batch at a time.

    An exception of `work` goes to every item of that batch; a result that is an exception goes to
    its own item.
    """

    def __init__(
        self, work: Callable[[list[I]], Awaitable[list[R | Exception]]], *, limit: int = 200
    ) -> None:
        self._work = work
        self._limit = limit
        self._waiting: list[tuple[I, asyncio.Future[R]]] = []
        self._task: asyncio.Task[None] | None = None

    async def add(self, item: I) -> R:
        """Hands in one item and waits for its batch. Raises what the work raised for it."""
        future: asyncio.Future[R] = asyncio.get_running_loop().create_future()
        self._waiting.append((item, future))
        if self._task is None:
            self._task = asyncio.create_task(self._drain())
        return await future

    async def close(self) -> None:
        """Waits until all that was handed in is done or refused."""
        while self._task is not None:
            await asyncio.wait([self._task])

    async def _drain(self) -> None:
        try:
            while batch := self._waiting[: self._limit]:
                del self._waiting[: self._limit]
                await self._one(batch)
        finally:
            for _, future in self._waiting:
                future.cancel()
            self._waiting.clear()
            self._task = None

    async def _one(self, batch: list[tuple[I, "asyncio.Future[R]"]]) -> None:
        results: list[R | Exception]
        try:
            results = await self._work([item for item, _ in batch])
        except Exception as error:
            results = [error] * len(batch)
        except BaseException:  # the process stops in the middle of it: nobody may wait for ever
            for _, future in batch:
                future.cancel()
            raise
        for (_, future), result in zip(batch, results, strict=True):
            if future.done():
                continue  # its caller has gone away; the item is done all the same
            if isinstance(result, Exception):
                future.set_exception(result)
            else:
                future.set_result(result)


class Beside:
    """Runs `work` beside whoever asks for it: at once, and once more if asked while it runs."""

    def __init__(self, work: Callable[[], Awaitable[None]]) -> None:
        self._work = work
        self._asked = False
        self._task: asyncio.Task[None] | None = None

    def ask(self) -> None:
        """Sees to it that the work begins after this call; nobody waits for it."""
        self._asked = True
        if self._task is None:
            self._task = asyncio.create_task(self._run())

    async def close(self) -> None:
        """Waits until all that was asked for is done."""
        while self._task is not None:
            await asyncio.wait([self._task])

    async def _run(self) -> None:
        try:
            while self._asked:
                self._asked = False
                try:
                    await self._work()
                except Exception:  # whoever asked meanwhile is owed another run
                    logger.exception("work_failed")
        finally:
            self._task = None
