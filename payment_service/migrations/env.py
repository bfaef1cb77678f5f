"""Alembic's entry for this service."""

import payment_service.classes.models
import payment_service.coupons.models
import payment_service.deliveries.models
import payment_service.disputes.models
import payment_service.endpoints.models
import payment_service.holds.models
import payment_service.invoices.models
import payment_service.ledger.models
import payment_service.payments.models
import payment_service.plan_changes.models
import payment_service.plans.models
import payment_service.quotes.models
import payment_service.reconciliations.models
import payment_service.refunds.models
import payment_service.subscriptions.models
import payment_service.top_ups.models
import payment_service.wallets.models
import payment_service.webhooks.models  # noqa: F401
from libs import idempotency, inbox
from libs.migrate import run_env
from payment_service.base import Base

run_env(Base.metadata, inbox.INBOX.metadata, idempotency.METADATA)
