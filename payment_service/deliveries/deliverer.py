"""The loop that sends webhooks: a few endpoints at a time, each by one process, in its order."""

import asyncio
import random
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from functools import partial
from uuid import UUID

import asyncpg

from libs import log
from libs.errors import Unavailable
from libs.postgres import Database
from payment_service.deliveries import repository, service, signing
from payment_service.deliveries.endpoint_gateway import EndpointGateway
from payment_service.deliveries.locks import Locks
from payment_service.endpoints.secrets import Seal

AT_ONCE = 8
"""Endpoints that one process serves at a time: slow receivers hold only each other up."""
BURST = 20
"""Deliveries to one endpoint before others get their turn."""
PAUSE_SECONDS = 1.0
AFTER_FAULT = timedelta(minutes=5)
"""How long an endpoint is left alone that could not be served by a fault of ours."""

logger = log.get(__name__)


def jitter() -> float:
    """By what a delay is multiplied, so that receivers are not called all at once."""
    return random.uniform(0.8, 1.2)  # noqa: S311  (no secret)


class Deliverer:
    """Sends what is due. Several processes may run one: an endpoint is served by one of them."""

    def __init__(
        self,
        database: Database,
        gateway: EndpointGateway,
        seal: Seal,
        jitter: Callable[[], float] = jitter,
    ) -> None:
        self._database = database
        self._gateway = gateway
        self._seal = seal
        self._jitter = jitter
        self._locks = Locks(database.url)
        self._tasks: dict[UUID, asyncio.Task[None]] = {}

    async def run(self) -> None:
        """Works until cancelled."""
        try:
            while True:
                try:
                    await self.begin()
                except Unavailable:
                    logger.warning("deliverer_waits", exc_info=True)
                await asyncio.sleep(PAUSE_SECONDS)
        finally:
            await self.close()

    async def close(self) -> None:
        """Ends what runs, and gives the endpoints up."""
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._locks.close()

    async def settle(self) -> None:
        """Sends until nothing is due that this process can serve, then returns."""
        while await self.begin():
            await asyncio.gather(*self._tasks.values())

    async def begin(self) -> int:
        """Begins to serve endpoints that are due; returns how many. Raises `Unavailable`."""
        free = AT_ONCE - len(self._tasks)
        if free <= 0:
            return 0
        async with self._database.transaction() as session:
            now = self._database.clock.now()
            due = await repository.list_due(session, now, self._tasks.keys(), free)
        for endpoint_id in due:
            task = asyncio.create_task(self._serve(endpoint_id))
            self._tasks[endpoint_id] = task
            task.add_done_callback(partial(self._forget, endpoint_id))
        return len(due)

    def _forget(self, endpoint_id: UUID, _: "asyncio.Task[None]") -> None:
        del self._tasks[endpoint_id]

    async def _serve(self, endpoint_id: UUID) -> None:
        try:
            token = await self._locks.take(endpoint_id)
            if token is None:
                return
            try:
                await self._send_some(endpoint_id, token)
            finally:
                await self._locks.drop(endpoint_id, token)
        except Unavailable:
            logger.warning("endpoint_put_off", endpoint_id=str(endpoint_id), exc_info=True)
        except Exception:  # a fault of ours: it must not keep the others from their turn
            logger.exception("endpoint_not_served", endpoint_id=str(endpoint_id))
            await self._put_off(endpoint_id)

    async def _put_off(self, endpoint_id: UUID) -> None:
        with suppress(Unavailable):
            async with self._database.transaction() as session:
                due_at = self._database.clock.now() + AFTER_FAULT
                await repository.put_off(session, endpoint_id, due_at)

    async def _send_some(
        self, endpoint_id: UUID, token: "asyncpg.Connection[asyncpg.Record]"
    ) -> None:
        for _ in range(BURST):
            async with self._database.transaction() as session:
                now = self._database.clock.now()
                attempt = await service.begin(session, endpoint_id, self._seal, now)
            if attempt is None:
                return
            await self._locks.prove(token)
            signed = signing.headers(attempt.webhook_id, attempt.body, now, attempt.secrets)
            answer = await self._gateway.send(attempt.url, attempt.body, signed)
            async with self._database.transaction() as session:
                now = self._database.clock.now()
                await service.finish(session, attempt, answer, now, self._jitter())
