"""Rights in payment_service."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from uuid import UUID

from fastapi import FastAPI

from libs.ids import new_id
from payment_service.app import create_app
from payment_service.classes.models import ClassState, StudySession
from payment_service.payments.models import Payment
from payment_service.payments.states import PaymentStatus
from payment_service.reconciliations import service as reconcile
from payment_service.refunds.models import Refund
from payment_service.refunds.states import RefundReason, RefundState
from payment_service.resources import Resources
from payment_service.settings import Settings
from tests.access import (
    payment_disputes,
    payment_endpoints,
    payment_invoices,
    payment_prices,
    payment_refunds,
    payment_subscriptions,
    payment_wallets,
)
from tests.access.table import NOBODY, Row, World, nowhere, postgres_fingerprint
from tests.payment_service.shop import MONTH, stripe_settings
from tests.stack import Stack, User, running

CALLERS = {"nobody", "student", "tutor", "admin", "owner"}
"""`owner` is the tutor of the class; `tutor` teaches another one."""

EVERYBODY = dict.fromkeys(CALLERS, 200)
TUTORS = {"nobody": 401, "student": 403, "tutor": 200, "admin": 403, "owner": 200}

ROWS = [
    Row("GET", "/v1/plans", EVERYBODY),
    Row(
        "POST",
        "/v1/checkouts",
        TUTORS | {"tutor": 404, "owner": 201},
        body={"plan_id": str(MONTH), "study_session_id": "{study_session_id}"},
    ),
    Row("GET", "/v1/payments", TUTORS),
    Row("GET", "/v1/payments/{payment_id}", TUTORS | {"tutor": 404, "admin": 200}),
    Row(
        "GET",
        "/v1/admin/payments",
        TUTORS | {"tutor": 403, "owner": 403, "admin": 200},
        own_login=True,
    ),
    Row(
        "GET",
        "/v1/admin/refunds",
        TUTORS | {"tutor": 403, "owner": 403, "admin": 200},
        own_login=True,
    ),
    Row(
        "POST",
        "/v1/admin/refunds/{refund_id}/retry",
        TUTORS | {"tutor": 403, "owner": 403, "admin": 202},
        own_login=True,
    ),
    *payment_refunds.ROWS,
    *payment_disputes.ROWS,
    Row(
        "GET",
        "/v1/admin/ledger/check",
        TUTORS | {"tutor": 403, "owner": 403, "admin": 200},
        own_login=True,
    ),
    *(
        Row(
            "GET",
            f"/v1/admin/revenue{ending}",
            TUTORS | {"tutor": 403, "owner": 403, "admin": 200},
            query="?since=2026-11-01&until=2026-12-01",
            own_login=True,
        )
        for ending in ("", ".csv")
    ),
    Row(
        "POST",
        "/v1/admin/reconciliations",
        TUTORS | {"tutor": 403, "owner": 403, "admin": 202},
        body={"since": "2026-11-01T00:00:00Z", "until": "2026-11-02T00:00:00Z"},
        own_login=True,
    ),
    *(
        Row(
            "GET",
            f"/v1/admin/reconciliations{path}",
            TUTORS | {"tutor": 403, "owner": 403, "admin": 200},
            own_login=True,
        )
        for path in ("", "/{reconciliation_id}", "/{reconciliation_id}/differences")
    ),
    *payment_subscriptions.ROWS,
    *payment_prices.ROWS,
    *payment_invoices.ROWS,
    *payment_wallets.ROWS,
    *payment_endpoints.ROWS,
    # Rights come from the signature alone; this one is missing.
    Row("POST", "/v1/stripe/webhooks", dict.fromkeys(CALLERS, 400), body={"id": "evt_forged"}),
]


def app_for_routes() -> FastAPI:
    """The app, for its list of routes only."""
    return create_app(Settings.model_validate(nowhere() | stripe_settings()))


@asynccontextmanager
async def world(stack: Stack) -> AsyncIterator[World]:
    """A class with an open checkout, so that nobody has to ask Stripe."""
    settings = await stack.settings_for(Settings, "payment_service", **stripe_settings())
    async with running(create_app(settings)) as client:
        parts: Resources = client._transport.app.state.resources  # type: ignore[attr-defined]
        people = {role: stack.as_user(role) for role in ("student", "tutor", "admin")}
        people["owner"] = stack.as_user("tutor")
        study_session_id, payment_id = new_id(), new_id()
        await _open(parts, people["owner"], study_session_id, payment_id)
        callers = {"nobody": NOBODY} | {name: user.headers for name, user in people.items()}
        refund_id, failed = await _failed(parts, people["owner"])
        values = {"study_session_id": study_session_id, "payment_id": payment_id}
        values["refund_id"] = refund_id
        values |= await payment_refunds.add(parts, people["owner"])
        values |= await payment_disputes.add(parts, values["paid_id"], people["owner"])
        async with parts.database.transaction() as session:
            now = parts.clock.now()
            asked = await reconcile.ask(session, now - timedelta(days=1), now, new_id(), now)
        values["reconciliation_id"] = asked.id
        values["subscription_id"] = await payment_subscriptions.subscribed(
            parts, people["owner"], *failed
        )
        values["plan_change_id"] = await payment_subscriptions.scheduled(
            parts, people["owner"], values["subscription_id"]
        )
        values |= await payment_prices.add(parts, people["owner"], study_session_id)
        values |= await payment_invoices.fill(parts, people["owner"], payment_id)
        values |= await payment_wallets.seed(parts, people["owner"])
        values |= await payment_endpoints.seed(parts, people["owner"])
        yield World(client, callers, values, lambda: postgres_fingerprint(parts.database))


async def _failed(parts: Resources, owner: User) -> tuple[UUID, tuple[UUID, UUID]]:
    """A refund that has failed, of another class; that class and its payment."""
    study_session_id, payment_id, refund_id = new_id(), new_id(), new_id()
    await _open(parts, owner, study_session_id, payment_id, "cs_test_2")
    now = parts.clock.now()
    async with parts.database.transaction() as session:
        session.add(
            Refund(
                id=refund_id, payment_id=payment_id, study_session_id=study_session_id,
                tutor_id=owner.id, payment_intent="pi_1", amount=49_900, currency="INR",
                reason=RefundReason.CLASS_REJECTED.value, state=RefundState.FAILED.value,
                generation=1, attempts=1, requested_at=now, checked_at=now, revision=1,
            )
        )  # fmt: skip
    return refund_id, (study_session_id, payment_id)


async def _open(
    parts: Resources, owner: User, study_session_id: UUID, payment_id: UUID, name: str = "cs_test_1"
) -> None:
    now = parts.clock.now()
    async with parts.database.transaction() as session:
        session.add(
            StudySession(
                id=study_session_id, session_code="S-TEST", tutor_id=owner.id,
                state=ClassState.CREATED.value, revision=1,
            )
        )  # fmt: skip
        await session.flush()
        session.add(
            Payment(
                id=payment_id, study_session_id=study_session_id, tutor_id=owner.id, plan_id=MONTH,
                description="1 month", months=1, amount=49_900, currency="INR",
                status=PaymentStatus.OPEN.value, stripe_session_id=name,
                checkout_url="http://pay.test/", created_at=now, checked_at=now,
                expires_at=now + timedelta(hours=1), revision=1,
            )
        )  # fmt: skip
