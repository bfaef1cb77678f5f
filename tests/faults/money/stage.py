"""The stage of money: payment_service's processes, and the provider, whom nobody kills."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from deploy.local.places import ROOT
from payment_service.settings import Settings
from tests.deploy.vendors.running import Receiver, Stand, free_port, standing
from tests.faults.stage import Cast, Stage, open_stage
from tests.objects import object_store
from tests.payment_service.shop import WEBHOOKS, stripe_settings
from tests.stack import Stack

CAST = Cast("payment_service", Settings, "tests.faults.money.worker")
HTTP, BACKGROUND, WORKER = PROGRAMS = CAST.programs
LOST_JOB_SECONDS = 10
"""What Redis or a worker has lost is sent again soon."""


@asynccontextmanager
async def open_market(
    stack: Stack, folder: Path, tree: Path = ROOT
) -> AsyncIterator[tuple[Stage, Stand]]:
    """The processes, and the provider; the sources are those of a tree. Raises `NotUp`."""
    port = free_port()
    hooks = Receiver(url=f"http://127.0.0.1:{port}{WEBHOOKS}")
    data = folder / "vendors"
    data.mkdir()
    async with standing(data, hooks) as stand, object_store() as store:
        more = stripe_settings(f"{stand.base}/stripe") | store
        more |= {"public_url": stand.base, "lost_job_seconds": LOST_JOB_SECONDS}
        async with open_stage(stack, CAST, folder, tree, port, **more) as stage:
            yield stage, stand
