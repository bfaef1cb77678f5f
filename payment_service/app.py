"""The HTTP process of payment_service."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from fastapi import FastAPI

from libs import app as http
from libs import postgres, probes
from libs.clock import Clock
from libs.process import settle
from libs.settings import load
from payment_service.checkouts.router import router as checkouts
from payment_service.coupons.router import router as coupons
from payment_service.deliveries.documentation import router as sent
from payment_service.deliveries.router import router as deliveries
from payment_service.disputes.router import router as disputes
from payment_service.endpoints.router import router as endpoints
from payment_service.invoices.router import router as invoices
from payment_service.ledger.router import router as ledger
from payment_service.payment_refunds.router import router as payment_refunds
from payment_service.payments.router import router as payments
from payment_service.plan_orders.router import router as plan_orders
from payment_service.plans.router import router as plans
from payment_service.quotes.router import router as quotes
from payment_service.reconciliations.router import router as reconciliations
from payment_service.refunds.router import router as refunds
from payment_service.reports.router import router as reports
from payment_service.resources import open_resources
from payment_service.settings import Settings
from payment_service.subscriptions.router import router as subscriptions
from payment_service.top_ups.router import router as top_ups
from payment_service.wallet_payments.router import router as wallet_payments
from payment_service.wallets.router import admin_router as wallets_for_admins
from payment_service.wallets.router import router as wallets
from payment_service.webhooks.router import router as webhooks


def create_app(settings: Settings | None = None, clock: Clock | None = None) -> FastAPI:
    """Builds the app; without arguments from the environment."""
    settings = settings or load(Settings)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with open_resources(settings, clock) as resources:
            http.hand_out(app, resources)
            revocations = asyncio.create_task(resources.revocations.run())
            http.drain_on_sigterm(app)
            settle()
            yield
            revocations.cancel()

    def checks(app: FastAPI) -> Mapping[str, probes.Check]:
        head = postgres.migration_head("payment_service")
        return {
            "database": lambda: app.state.database.ping(head),
            "redis": lambda: app.state.redis.ping(),
        }

    app = http.build_app(
        http.About(
            "payment_service", "Prices, checkouts, payments and what is paid for.", "/api/payments"
        ),
        settings,
        [
            plans,
            coupons,
            quotes,
            checkouts,
            payments,
            refunds,
            disputes,
            payment_refunds,
            invoices,
            subscriptions,
            plan_orders,
            ledger,
            wallets,
            wallets_for_admins,
            wallet_payments,
            top_ups,
            reports,
            reconciliations,
            webhooks,
            endpoints,
            deliveries,
        ],
        lifespan,
        checks,
    )
    app.webhooks.include_router(sent)
    return app
