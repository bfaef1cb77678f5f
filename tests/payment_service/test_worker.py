"""The sweeper is registered and scheduled."""

from payment_service.checkouts.jobs import SweepCheckouts
from payment_service.privacy.schemas import CollectExport, EraseAccount
from payment_service.worker import SWEEP_SECONDS, WORKER


def test_the_sweeper_runs_every_half_minute() -> None:
    assert set(WORKER.schedule) == {SweepCheckouts}
    assert set(WORKER.jobs) == {SweepCheckouts, CollectExport, EraseAccount}
    assert WORKER.schedule[SweepCheckouts] == SWEEP_SECONDS == 30.0
