"""Jobs are registered and scheduled."""

from payment_service.checkouts.jobs import SweepCheckouts
from payment_service.checkouts.schemas import CloseCheckouts
from payment_service.deliveries.jobs import TrimDeliveries
from payment_service.disputes.schemas import SendEvidence, SettleDispute, SweepDisputes
from payment_service.holds.jobs import SweepHolds
from payment_service.invoices.schemas import DrawInvoice
from payment_service.ledger.schemas import CheckLedger
from payment_service.privacy.schemas import CollectExport, EraseAccount
from payment_service.reconciliations.schemas import Reconcile, ReconcileNightly
from payment_service.refunds.schemas import SettleRefund, SweepRefunds
from payment_service.subscriptions.schemas import SweepSubscriptions
from payment_service.top_ups.jobs import SweepTopUps
from payment_service.webhooks.jobs import RedactWebhooks
from payment_service.worker import LOOK_SECONDS, SWEEP_SECONDS, WORKER


def test_sweepers_run_twice_a_minute_disputes_at_times_and_all_else_hourly() -> None:
    money = {SweepCheckouts, CloseCheckouts, SettleRefund, SweepRefunds, SweepSubscriptions}
    wallets = {SweepTopUps, SweepHolds, SettleDispute, SendEvidence, SweepDisputes}
    books = {CheckLedger, Reconcile, ReconcileNightly, DrawInvoice}
    trims = {RedactWebhooks, TrimDeliveries}
    assert set(WORKER.jobs) == money | wallets | books | trims | {CollectExport, EraseAccount}
    assert WORKER.schedule == {
        SweepCheckouts: SWEEP_SECONDS,
        SweepRefunds: SWEEP_SECONDS,
        SweepSubscriptions: SWEEP_SECONDS,
        SweepTopUps: SWEEP_SECONDS,
        SweepHolds: SWEEP_SECONDS,
        SweepDisputes: LOOK_SECONDS,
        RedactWebhooks: 3_600,
        TrimDeliveries: 3_600,
        CheckLedger: 3_600,
        ReconcileNightly: 3_600,
    }
    assert (SWEEP_SECONDS, LOOK_SECONDS) == (30.0, 300.0)
