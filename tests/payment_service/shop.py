"""What the tests of payment_service stand on: the service over a real socket, and Stripe's stand-in
behind the real SDK, which sends its webhooks back.
"""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import stripe
from sqlalchemy import select, text
from uvicorn import Config

from deploy.local.vendors.process import Server
from libs.clock import Clock
from libs.events.session import StudySessionCreated
from libs.ids import new_id
from payment_service.app import create_app
from payment_service.classes.handlers import on_study_session_created
from payment_service.payments.models import Payment
from payment_service.resources import Resources
from payment_service.settings import Settings
from tests.deploy.vendors.running import (
    API_KEY,
    WEBHOOK_SECRET,
    Receiver,
    Stand,
    free_port,
    serving,
    standing,
)
from tests.payment_service.books import audit
from tests.stack import Stack, User, eventually

MONTH = UUID("019a3c5e-0000-7000-8000-000000000001")
YEAR = UUID("019a3c5e-0000-7000-8000-000000000012")
WEBHOOKS = "/v1/stripe/webhooks"


def stripe_settings(base: str = "") -> dict[str, Any]:
    """Settings of the service that speak of Stripe, and of whom it calls besides."""
    return {
        "stripe_secret_key": API_KEY,
        "stripe_webhook_secret": WEBHOOK_SECRET,
        "stripe_api_base": base,
        "endpoint_secret": "a test's secret of webhook endpoints, made up",
        "webhook_private_allowed": True,
    }


def sign(body: str, secret: str = WEBHOOK_SECRET, at: float | None = None) -> dict[str, str]:
    """The headers of a webhook, signed by the SDK's own code."""
    at = int(time.time() if at is None else at)
    header = stripe.WebhookSignature.generate_signature_header(body, secret, at)
    return {"stripe-signature": header}


def event(kind: str, thing: Mapping[str, Any], event_id: str | None = None) -> str:
    """The body of a webhook."""
    body = {"id": event_id or f"evt_{new_id().hex}", "object": "event", "type": kind}
    return json.dumps(body | {"data": {"object": thing}})


@dataclass
class Shop:
    """The running service, its parts, its client and the stand-in."""

    stack: Stack
    settings: Settings
    parts: Resources
    client: httpx.AsyncClient
    """By a socket, as the vendor's calls come."""
    inside: httpx.AsyncClient
    """In the caller's task, so that what is sent to the database counts as the caller's."""
    stand: Stand

    async def study_session(self, tutor: User) -> UUID:
        """A class of a tutor, known to the service as by its event."""
        created = StudySessionCreated(
            study_session_id=new_id(), session_code="S-TEST", tutor_id=tutor.id, revision=1
        )
        async with self.parts.database.transaction() as session:
            await on_study_session_created(session, created)
        return created.study_session_id

    async def checkout(
        self, tutor: User, study_session_id: UUID, plan_id: UUID = MONTH
    ) -> httpx.Response:
        """Asks for a checkout."""
        body = {"plan_id": str(plan_id), "study_session_id": str(study_session_id)}
        return await self.client.post("/v1/checkouts", json=body, headers=tutor.headers)

    async def opened(self) -> tuple[User, UUID, dict[str, Any]]:
        """A tutor, a class, and the answer of its new checkout."""
        tutor = self.stack.as_user("tutor")
        study_session_id = await self.study_session(tutor)
        answer = await self.checkout(tutor, study_session_id)
        assert answer.status_code == 201, answer.text
        return tutor, study_session_id, answer.json()

    async def payments(self, study_session_id: UUID) -> list[Payment]:
        """All payments of a class, oldest first."""
        statement = select(Payment).where(Payment.study_session_id == study_session_id)
        async with self.parts.database.transaction() as session:
            return list(await session.scalars(statement.order_by(Payment.id)))

    async def payment(self, study_session_id: UUID) -> Payment:
        """The one payment of a class."""
        [payment] = await self.payments(study_session_id)
        return payment

    async def status_becomes(self, study_session_id: UUID, status: str) -> Payment:
        """Waits until the one payment of a class has a status."""

        async def look() -> Payment | None:
            payment = await self.payment(study_session_id)
            return payment if payment.status == status else None

        found: Payment = await eventually(look)
        return found

    async def events(self, study_session_id: UUID) -> list[dict[str, Any]]:
        """The events that the service has published about a class, in order."""
        async with self.parts.database.transaction() as session:
            rows = await session.scalars(
                text("SELECT body FROM outbox WHERE key = :key ORDER BY seq"),
                {"key": str(study_session_id)},
            )
            return [json.loads(row) for row in rows]

    async def kinds(self, study_session_id: UUID) -> list[str]:
        """The types of those events, without the prefix."""
        found = await self.events(study_session_id)
        return [body["type"].removeprefix("studyzed.") for body in found]

    async def count(self, table: str) -> int:
        """How many rows a table has."""
        async with self.parts.database.transaction() as session:
            return int(await session.scalar(text(f"SELECT count(*) FROM {table}")) or 0)  # noqa: S608

    async def outcomes(self) -> list[str]:
        """What became of the stored webhooks, in order."""
        async with self.parts.database.transaction() as session:
            return list(await session.scalars(text("SELECT outcome FROM webhooks ORDER BY id")))

    async def deliver(self, body: str, headers: dict[str, str] | None = None) -> httpx.Response:
        """Sends a webhook, rightly signed unless headers are given."""
        headers = sign(body) if headers is None else headers
        return await self.client.post(WEBHOOKS, content=body.encode(), headers=headers)

    async def press(self, url: str, button: str) -> None:
        """Presses *Pay* or *Decline* on the stand-in's page."""
        answer = await self.stand.http.post(f"{url}/{button}")
        assert answer.status_code == 303, answer.text

    async def control(self, **wanted: object) -> None:
        """Orders faults of the stand-in."""
        answer = await self.stand.http.post(f"{self.stand.base}/dev/stripe/control", json=wanted)
        assert answer.status_code == 200, answer.text

    async def sessions(self) -> list[stripe.checkout.Session]:
        """All checkout sessions that Stripe has."""
        return (await self.stand.stripe().v1.checkout.sessions.list_async({"limit": 100})).data


def session_of(payment: Payment, **changes: Any) -> dict[str, Any]:
    """Stripe's paid checkout session of a payment."""
    return {
        "id": payment.stripe_session_id,
        "object": "checkout.session",
        "status": "complete",
        "payment_status": "paid",
        "amount_total": payment.amount,
        "currency": payment.currency.lower(),
        "payment_intent": f"pi_{payment.id.hex}",
        "client_reference_id": str(payment.id),
        "metadata": {"payment_id": str(payment.id)},
    } | changes


def intent_of(payment: Payment, **changes: Any) -> dict[str, Any]:
    """Stripe's payment intent of a payment, with the money received."""
    return {
        "id": f"pi_{payment.id.hex}",
        "object": "payment_intent",
        "status": "succeeded",
        "amount": payment.amount,
        "amount_received": payment.amount,
        "currency": payment.currency.lower(),
        "metadata": {"payment_id": str(payment.id)},
    } | changes


@asynccontextmanager
async def open_shop(
    stack: Stack, data: Path, clock: Clock | None = None, **more: Any
) -> AsyncIterator[Shop]:
    """The service on a free port with a database of its own, and the stand-in on others; `more` are
    settings. At the end its books must be whole.
    """
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    async with stack.passing(), standing(data, Receiver(url=url + WEBHOOKS)) as stand:
        extra: dict[str, Any] = stripe_settings(f"{stand.base}/stripe") | {"public_url": stand.base}
        extra = extra | {"database_pool_timeout": 60} | more  # a busy machine takes its time
        settings = await stack.settings_for(Settings, "payment_service", **extra)
        app = create_app(settings, clock)
        config = Config(app, ws="none", log_config=None, access_log=False)
        async with (
            serving(Server(config), port),
            httpx.AsyncClient(base_url=url, trust_env=False, timeout=30) as client,
            httpx.AsyncClient(base_url=url, transport=httpx.ASGITransport(app)) as inside,
        ):
            yield Shop(stack, settings, app.state.resources, client, inside, stand)
            await audit(app.state.database)
            await asyncio.sleep(0)
