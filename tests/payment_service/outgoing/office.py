"""What the tests of webhooks that go out stand on."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
from sqlalchemy import select

from libs.clock import FixedClock, SystemClock
from libs.effects import handle_all
from libs.events.base import Event
from libs.events.payment_wallets import WalletToppedUp
from libs.ids import new_id
from libs.postgres import Database
from payment_service.app import create_app
from payment_service.background import OUTGOING
from payment_service.deliveries.deliverer import Deliverer
from payment_service.deliveries.endpoint_gateway import EndpointGateway
from payment_service.deliveries.models import Delivery
from payment_service.endpoints.models import Endpoint
from payment_service.endpoints.service import seal_of
from payment_service.resources import Resources
from payment_service.settings import Settings
from tests.payment_service.outgoing.receiver import Receiver
from tests.payment_service.shop import stripe_settings
from tests.stack import Stack, User, running

PATH = "/v1/webhook-endpoints"


@dataclass
class Office:
    """The service, its client, a tutor, and what sends."""

    stack: Stack
    settings: Settings
    parts: Resources
    clock: FixedClock
    client: httpx.AsyncClient
    tutor: User
    deliverer: Deliverer

    @property
    def database(self) -> Database:
        """The service's own."""
        return self.parts.database

    def another(self, database: Database | None = None) -> Deliverer:
        """What sends, in a process beside."""
        gateway = EndpointGateway(self.settings)
        return Deliverer(database or self.database, gateway, seal_of(self.settings), lambda: 1.0)

    async def register(
        self, receiver: Receiver, *events: str, user: User | None = None
    ) -> dict[str, Any]:
        """An endpoint at a receiver."""
        body = {"url": receiver.url, "events": events or ["wallet.credited"]}
        headers = (user or self.tutor).headers
        answer = await self.client.post(PATH, json=body, headers=headers)
        assert answer.status_code == 201, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def ask(self, method: str, path: str, **more: Any) -> httpx.Response:
        """Something about the tutor's endpoints."""
        headers = self.tutor.headers | more.pop("headers", {})
        return await self.client.request(method, f"{PATH}{path}", headers=headers, **more)

    async def happen(self, *events: Event) -> None:
        """Hands events over as the consumer does."""
        await self.database.run(lambda session: handle_all(session, events, OUTGOING))

    async def credit(self, *amounts: int, owner: UUID | None = None) -> list[Event]:
        """Money comes into a wallet, each sum by an event of its own."""
        made = self.credits(amounts, owner)
        await self.happen(*made)
        return made

    def credits(self, amounts: Sequence[int], owner: UUID | None = None) -> list[Event]:
        """Events that money has come into a wallet."""
        whose = owner or self.tutor.id
        return [
            WalletToppedUp(
                wallet_id=new_id(), owner_id=whose, top_up_id=new_id(), amount=amount,
                currency="INR", revision=1, occurred_at=self.clock.now(),
            )
            for amount in amounts
        ]  # fmt: skip

    async def deliveries(self) -> list[Delivery]:
        """All deliveries, in order."""
        async with self.database.transaction() as session:
            return list(await session.scalars(select(Delivery).order_by(Delivery.sequence)))

    async def endpoint(self) -> Endpoint:
        """The only endpoint."""
        async with self.database.transaction() as session:
            [found] = await session.scalars(select(Endpoint))
            return found

    async def states(self) -> list[str]:
        """How far the deliveries are, in order."""
        return [one.state for one in await self.deliveries()]


@asynccontextmanager
async def open_office(stack: Stack, **more: Any) -> AsyncIterator[Office]:
    """The running service; the clock stands still."""
    settings = await stack.settings_for(Settings, "payment_service", **(stripe_settings() | more))
    clock = FixedClock(SystemClock().now())
    app = create_app(settings, clock)
    async with stack.passing(), running(app) as client:
        parts: Resources = app.state.resources
        gateway = EndpointGateway(settings)
        deliverer = Deliverer(parts.database, gateway, seal_of(settings), lambda: 1.0)
        tutor = stack.as_user("tutor", lives=timedelta(days=800))
        yield Office(stack, settings, parts, clock, client, tutor, deliverer)
        await deliverer.close()
        await gateway.close()
