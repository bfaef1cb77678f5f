"""Delivery of webhooks: signed, retried with growing pauses until the receiver answers 2xx."""

import asyncio
import hashlib
import hmac
import json
import logging
from dataclasses import replace

import httpx

from deploy.local.vendors.stripe.account import Account
from deploy.local.vendors.stripe.checkouts import close
from deploy.local.vendors.stripe.errors import Json
from deploy.local.vendors.stripe.store import Delivery

log = logging.getLogger(__name__)

PARALLEL = 8
TIMEOUT_SECONDS = 10.0
FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 0.25, 30.0
GIVE_UP_AFTER = 3 * 86400 / LONGEST_PAUSE_SECONDS  # attempts: about Stripe's three days
EXPIRY_CHECK_SECONDS = 15.0


def sign(secret: str, body: str, at: int) -> str:
    """The `Stripe-Signature` header (docs.stripe.com/webhooks#verify-manually)."""
    digest = hmac.new(secret.encode(), f"{at}.{body}".encode(), hashlib.sha256).hexdigest()
    return f"t={at},v1={digest}"


def pause_after(attempts: int) -> float:
    """Seconds until the next try, after so many failed ones."""
    return min(LONGEST_PAUSE_SECONDS, FIRST_PAUSE_SECONDS * 2.0 ** min(attempts - 1, 20))


class Webhooks:
    """The sender. `url` may be empty: then events are only listed."""

    def __init__(self, account: Account, url: str, secret: str) -> None:
        self.held = False
        self._account = account
        self._url = url
        self._secret = secret
        self._wake = asyncio.Event()
        self._under_way: set[str] = set()

    def wake(self) -> None:
        """Look for due webhooks now."""
        self._wake.set()

    def resend(self, event_id: str) -> None:
        """Queue an event's webhook again, also one that was delivered; 404 if unknown."""
        self._account.get("event", event_id)
        self._account.store.schedule(Delivery(event_id, "pending", 0, self._account.now(), ""))
        self.wake()

    async def run(self) -> None:
        """Deliver until cancelled."""
        async with (
            httpx.AsyncClient(timeout=TIMEOUT_SECONDS, trust_env=False) as client,
            asyncio.TaskGroup() as group,
        ):
            while True:
                self._wake.clear()
                pause = self._start_due(client, group)
                try:
                    async with asyncio.timeout(pause):
                        await self._wake.wait()
                except TimeoutError:
                    continue

    async def run_expiry(self) -> None:
        """Expire open checkouts whose time is over, until cancelled."""
        account = self._account
        while True:
            with account.store.transaction():
                for session in account.store.overdue(account.now()):
                    close(account, session)
            await asyncio.sleep(EXPIRY_CHECK_SECONDS)

    def _start_due(self, client: httpx.AsyncClient, group: asyncio.TaskGroup) -> float | None:
        """Start what is due; returns the seconds until something else will be."""
        if self.held or not self._url:
            return None
        for delivery in self._account.store.pending(2 * PARALLEL):
            if delivery.event_id in self._under_way:
                continue
            if len(self._under_way) >= PARALLEL:
                return None
            if (pause := delivery.due - self._account.now()) > 0:
                return pause
            self._under_way.add(delivery.event_id)
            group.create_task(self._deliver(client, delivery))
        return None

    async def _deliver(self, client: httpx.AsyncClient, delivery: Delivery) -> None:
        account, attempts = self._account, delivery.attempts + 1
        event = account.get("event", delivery.event_id)
        delivered, outcome = await self._post(client, event)
        self._under_way.discard(delivery.event_id)
        if account.store.delivery(delivery.event_id) == delivery:  # else it was asked for again
            state = "delivered" if delivered else "pending"
            if not delivered and attempts >= GIVE_UP_AFTER:
                state = "given_up"
            due = account.now() + (0 if delivered else pause_after(attempts))
            result = replace(delivery, state=state, attempts=attempts, due=due, outcome=outcome)
            with account.store.transaction():
                account.store.schedule(result)
                if delivered:
                    account.store.put({**event, "pending_webhooks": 0})
        self.wake()

    async def _post(self, client: httpx.AsyncClient, event: Json) -> tuple[bool, str]:
        body = json.dumps(event, indent=2)
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "Stripe-Signature": sign(self._secret, body, self._account.time()),
            "User-Agent": "Stripe/1.0 (+https://stripe.com/docs/webhooks)",
        }
        try:
            response = await client.post(self._url, content=body.encode(), headers=headers)
        except httpx.HTTPError as error:
            log.info("webhook %s not delivered: %s", event["id"], type(error).__name__)
            return False, type(error).__name__
        return response.is_success, f"HTTP {response.status_code}"
