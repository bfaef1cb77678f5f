"""Jobs are registered and scheduled."""

from payment_service.checkouts.jobs import SweepCheckouts
from payment_service.privacy.schemas import CollectExport, EraseAccount
from payment_service.webhooks.jobs import RedactWebhooks
from payment_service.worker import SWEEP_SECONDS, WORKER


def test_the_sweeper_runs_every_half_minute_and_old_webhooks_are_redacted_hourly() -> None:
    assert set(WORKER.jobs) == {SweepCheckouts, CollectExport, EraseAccount, RedactWebhooks}
    assert WORKER.schedule == {SweepCheckouts: SWEEP_SECONDS, RedactWebhooks: 3_600}
    assert SWEEP_SECONDS == 30.0
