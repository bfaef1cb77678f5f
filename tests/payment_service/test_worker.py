"""Jobs are registered and scheduled."""

from payment_service.checkouts.jobs import SweepCheckouts
from payment_service.checkouts.schemas import CloseCheckouts
from payment_service.privacy.schemas import CollectExport, EraseAccount
from payment_service.refunds.schemas import SettleRefund, SweepRefunds
from payment_service.webhooks.jobs import RedactWebhooks
from payment_service.worker import SWEEP_SECONDS, WORKER


def test_the_sweepers_run_every_half_minute_and_old_webhooks_are_redacted_hourly() -> None:
    money = {SweepCheckouts, CloseCheckouts, SettleRefund, SweepRefunds}
    assert set(WORKER.jobs) == money | {CollectExport, EraseAccount, RedactWebhooks}
    assert WORKER.schedule == {
        SweepCheckouts: SWEEP_SECONDS,
        SweepRefunds: SWEEP_SECONDS,
        RedactWebhooks: 3_600,
    }
    assert SWEEP_SECONDS == 30.0
