"""The jobs of payment_service and when they run."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from uuid import UUID

from libs import outbox_jobs
from libs.celery import Worker, celery_app
from libs.objects import Objects
from libs.settings import load
from payment_service import resources
from payment_service.checkouts.jobs import SweepCheckouts, close_checkouts, sweep_checkouts
from payment_service.checkouts.schemas import CloseCheckouts
from payment_service.deliveries import jobs as deliveries
from payment_service.deliveries.jobs import TrimDeliveries
from payment_service.disputes.jobs import send_evidence, settle_dispute, sweep_disputes
from payment_service.disputes.schemas import SendEvidence, SettleDispute, SweepDisputes
from payment_service.holds.jobs import SweepHolds, sweep_holds
from payment_service.invoices import jobs as invoices
from payment_service.invoices.schemas import DrawInvoice
from payment_service.ledger.checks import check_ledger
from payment_service.ledger.schemas import CheckLedger
from payment_service.privacy import jobs as privacy
from payment_service.privacy.schemas import CollectExport, EraseAccount
from payment_service.reconciliations import jobs as reconciliations
from payment_service.reconciliations.schemas import Reconcile, ReconcileNightly
from payment_service.refunds.jobs import settle_refund, sweep_refunds
from payment_service.refunds.schemas import SettleRefund, SweepRefunds
from payment_service.settings import Settings
from payment_service.subscriptions.jobs import sweep_subscriptions
from payment_service.subscriptions.schemas import SweepSubscriptions
from payment_service.top_ups.jobs import SweepTopUps, sweep_top_ups
from payment_service.webhooks import jobs as webhooks
from payment_service.webhooks.jobs import RedactWebhooks

SWEEP_SECONDS = 30.0
LOOK_SECONDS = 300.0


@dataclass(frozen=True)
class Resources:
    """What jobs need: what the other processes hold open, and the object store."""

    own: resources.Resources
    objects: Objects


@asynccontextmanager
async def open_resources() -> AsyncIterator[Resources]:
    """Opens clients on the worker's loop."""
    settings = load(Settings)
    async with resources.open_resources(settings) as own:
        yield Resources(own, own.objects)


async def _sweep_checkouts(parts: Resources, job: SweepCheckouts) -> None:
    await sweep_checkouts(parts.own, job)


async def _close_checkouts(parts: Resources, job: CloseCheckouts) -> None:
    await close_checkouts(parts.own, job)


async def _settle_refund(parts: Resources, job: SettleRefund) -> None:
    await settle_refund(parts.own, job)


async def _sweep_refunds(parts: Resources, job: SweepRefunds) -> None:
    await sweep_refunds(parts.own, job)


async def _settle_dispute(parts: Resources, job: SettleDispute) -> None:
    await settle_dispute(parts.own, job)


async def _send_evidence(parts: Resources, job: SendEvidence) -> None:
    await send_evidence(parts.own, job)


async def _sweep_disputes(parts: Resources, job: SweepDisputes) -> None:
    await sweep_disputes(parts.own, job)


async def _sweep_top_ups(parts: Resources, job: SweepTopUps) -> None:
    await sweep_top_ups(parts.own, job)


async def _sweep_holds(parts: Resources, job: SweepHolds) -> None:
    await sweep_holds(parts.own.database, job)


async def _check_ledger(parts: Resources, job: CheckLedger) -> None:
    await check_ledger(parts.own.database, job)


async def _reconcile(parts: Resources, job: Reconcile) -> None:
    await reconciliations.reconcile(parts.own, job)


async def _reconcile_nightly(parts: Resources, job: ReconcileNightly) -> None:
    await reconciliations.reconcile_nightly(parts.own, job)


async def _sweep_subscriptions(parts: Resources, job: SweepSubscriptions) -> None:
    await sweep_subscriptions(parts.own.database, job)


async def _draw_invoice(parts: Resources, job: DrawInvoice) -> None:
    await invoices.draw_invoice(parts.own.database, parts.objects, job)


async def _collect(parts: Resources, job: CollectExport) -> None:
    await privacy.collect(parts.own.database, parts.objects, job)


async def _erase(parts: Resources, job: EraseAccount) -> None:
    await privacy.erase(parts.own.database, job)


async def _redact_webhooks(parts: Resources, job: RedactWebhooks) -> None:
    await webhooks.redact(parts.own.database, job)


async def _trim_deliveries(parts: Resources, job: TrimDeliveries) -> None:
    await deliveries.trim(parts.own.database, job)


async def begin(parts: Resources, job_id: UUID) -> bool:
    """Notes that a job is begun; whether there is still anything to do."""
    async with parts.own.database.transaction() as session:
        return await outbox_jobs.begin_job(session, job_id)


async def close(parts: Resources, job_id: UUID) -> None:
    """Closes a job's outbox row."""
    async with parts.own.database.transaction() as session:
        await outbox_jobs.close_job(session, job_id)


async def postpone(parts: Resources, job_id: UUID, delays: Sequence[float], error: str) -> bool:
    """Puts a failed job back; whether it will be tried again."""
    async with parts.own.database.transaction() as session:
        return await outbox_jobs.postpone_job(session, job_id, delays, error)


WORKER: Worker[Resources] = Worker(
    service="payment_service",
    broker_url=lambda: load(Settings).celery_broker_url.get_secret_value(),
    open=open_resources,
    jobs={
        SweepCheckouts: _sweep_checkouts,
        CloseCheckouts: _close_checkouts,
        SettleRefund: _settle_refund,
        SweepRefunds: _sweep_refunds,
        SettleDispute: _settle_dispute,
        SendEvidence: _send_evidence,
        SweepDisputes: _sweep_disputes,
        SweepTopUps: _sweep_top_ups,
        SweepHolds: _sweep_holds,
        CheckLedger: _check_ledger,
        Reconcile: _reconcile,
        ReconcileNightly: _reconcile_nightly,
        SweepSubscriptions: _sweep_subscriptions,
        DrawInvoice: _draw_invoice,
        CollectExport: _collect,
        EraseAccount: _erase,
        RedactWebhooks: _redact_webhooks,
        TrimDeliveries: _trim_deliveries,
    },
    begin=begin,
    close=close,
    postpone=postpone,
    schedule={
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
    },
)
app = celery_app(WORKER)
