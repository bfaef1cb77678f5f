"""The relay's way to Celery."""

import asyncio
from collections.abc import Sequence
from functools import cached_property
from typing import Any

from libs.jobs import queue_of
from libs.letters import Letter


class JobSender:
    """The relay's way to Celery: sends letters in a thread, since Celery's client blocks."""

    def __init__(self, broker_url: str) -> None:
        self._broker_url = broker_url

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
