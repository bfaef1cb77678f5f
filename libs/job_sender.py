"""The relay's way to Celery."""

import asyncio
import json
from collections.abc import Sequence
from functools import cached_property
from typing import Any
from uuid import UUID

from libs.jobs import queue_of
from libs.letters import Letter

PAGE = 100
OURS = 7
"""The version of our own ids (`libs/ids.py`)."""


class JobSender:
    """The relay's way to Celery: sends letters in a thread, since Celery's client blocks."""

    def __init__(self, broker_url: str, service: str = "") -> None:
        """`service` is the first word of its jobs' types: by it, its queue is looked at."""
        self._broker_url = broker_url
        self._service = service

    @cached_property
    def _app(self) -> Any:
        from celery import Celery  # noqa: PLC0415  (30 MB that most background processes never need)

        app = Celery("studyzed-sender", broker=self._broker_url)
        app.conf.update(
            task_ignore_result=True,
            broker_transport_options={"socket_timeout": 5},
            task_publish_retry=False,
        )
        return app

    async def send(self, letters: Sequence[Letter]) -> None:
        """Puts jobs into the queue. Raises what the broker's client raises."""
        await asyncio.to_thread(self._send, letters)

    def _send(self, letters: Sequence[Letter]) -> None:
        with self._app.producer_pool.acquire(block=True) as producer:
            for letter in letters:
                arguments = {
                    "job_id": str(letter.id),
                    "body": letter.body,
                    "traceparent": letter.traceparent,
                }
                self._app.send_task(
                    letter.address,
                    kwargs=arguments,
                    task_id=str(letter.id),
                    queue=queue_of(letter.address),
                    producer=producer,
                )

    async def oldest(self) -> UUID | None:
        """The job that has waited longest in the service's queue; `None` if none waits there.
        Raises what the broker's client raises.
        """
        return await asyncio.to_thread(self._oldest) if self._service else None

    def _oldest(self) -> UUID | None:
        """Celery puts messages in on the left of a list in Redis; among them are scheduled runs,
        which have ids of another kind and no row.
        """
        with self._app.pool.acquire(block=True) as connection:
            redis, queue = connection.default_channel.client, queue_of(self._service)
            for end in range(-1, -redis.llen(queue) - 1, -PAGE):
                for message in reversed(redis.lrange(queue, end - PAGE + 1, end)):
                    task_id = UUID(json.loads(message)["headers"]["id"])
                    if task_id.version == OURS:
                        return task_id
        return None
