"""A class at its tests, and the jobs that count."""

import json
from collections.abc import AsyncIterator

import pytest

from session_service import worker
from tests.session_service.assessments.school import open_school
from tests.session_service.attempts.hall import Hall
from tests.stack import Stack


class Counted(Hall):
    """Runs jobs as the worker does."""

    async def run_jobs(self) -> list[str]:
        """Does the jobs that wait; returns their types."""
        found = await self.rows(
            "UPDATE outbox SET closed_at = now() WHERE destination = 'celery' "
            "AND closed_at IS NULL RETURNING address, body"
        )
        kinds = {job.type: job for job in worker.WORKER.jobs}
        parts = worker.Resources(self.world.parts.database, self.world.parts.objects)
        for address, body in found:
            job = kinds[address].model_validate(json.loads(body))
            await worker.WORKER.jobs[type(job)](parts, job)
        return [address for address, _ in found]


@pytest.fixture
async def hall(stack: Stack) -> AsyncIterator[Counted]:
    async with open_school(stack) as made:
        yield Counted(made.world, made.made)
