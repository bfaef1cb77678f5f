"""The sweeper is registered and scheduled under its stable name."""

from payment_service.checkouts.jobs import SweepCheckouts
from payment_service.worker import SWEEP_SECONDS, WORKER, app


def test_the_sweeper_runs_every_half_minute() -> None:
    assert SweepCheckouts.type in app.tasks
    assert WORKER.schedule == {SweepCheckouts: SWEEP_SECONDS}
    assert SWEEP_SECONDS == 30.0
