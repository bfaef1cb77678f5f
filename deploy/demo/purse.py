"""Money in the tutor's wallet: paid in, spent on a second class, and back when that is refused."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import httpx

from deploy.demo.client import NotSeen, Person, Refused, eventually

PAYMENTS, SESSIONS = "/api/payments/v1", "/api/sessions/v1"
PAID_IN = 2_000_00
"""Minor units."""


@dataclass
class Purse:
    """The tutor's wallet, and a class that is paid from it."""

    tutor: Person
    admin: Person
    web: httpx.AsyncClient
    second: dict[str, Any] = field(default_factory=dict)

    def steps(self) -> list[tuple[str, Callable[[], Awaitable[list[str]]]]]:
        """Title and action of each step, in order."""
        return [
            ("The tutor puts money into the wallet", self.top_up),
            ("The tutor pays for a second class from it", self.pay),
            ("The admin refuses that class; the wallet has its money again", self.refuse),
        ]

    def told(self) -> list[str]:
        """The kinds of notifications that the tutor has of it."""
        return ["wallet_topped_up", "class_paid", "invoice_ready", "class_rejected",
                "payment_refunded", "credit_note_ready"]  # fmt: skip

    async def top_up(self) -> list[str]:
        """At the provider's page."""
        body = {"amount": PAID_IN, "currency": "INR"}
        made = await self.tutor.call("POST", f"{PAYMENTS}/wallet/top-ups", body)
        await self.web.post(made["checkout_url"] + "/pay")
        return [await self._holds(PAID_IN), await self.tutor.told("wallet_topped_up")]

    async def pay(self) -> list[str]:
        """Of one class, in one step, without a page."""
        body = {"name": "Physics for all", "zone": "Asia/Kolkata"}
        self.second = await self.tutor.call("POST", f"{SESSIONS}/study-sessions", body)
        plans = await self.tutor.call("GET", f"{PAYMENTS}/plans")
        plan = plans["items"][0]
        order = {"plan_id": plan["id"], "study_session_id": self.second["id"]}

        async def paid() -> Any:
            try:
                return await self.tutor.call("POST", f"{PAYMENTS}/wallet-payments", order)
            except Refused as refusal:  # the class is on its way to payment_service
                if "class_not_found" in str(refusal):
                    return None
                raise

        made = await eventually("the payment from the wallet", paid)
        return [f"{_money(made['amount'])} is {made['status']}",
                await self._holds(PAID_IN - made["amount"])]  # fmt: skip

    async def refuse(self) -> list[str]:
        """What was paid for it comes back by itself; the statement tells all of it."""
        path = f"{SESSIONS}/study-sessions/{self.second['id']}/rejection"
        await self.admin.call("POST", path, {"reason": "Physics is full."})
        seen = await self._holds(PAID_IN)
        statement = await self.tutor.call("GET", f"{PAYMENTS}/wallet/statement")
        if statement["closing"] - statement["opening"] != PAID_IN or len(statement["items"]) != 3:
            raise NotSeen(f"three lines that come to {PAID_IN}, not {statement}")
        return [seen, "the statement adds up", await self.tutor.told("payment_refunded")]

    async def _holds(self, amount: int) -> str:
        async def look() -> str | None:
            wallet = await self.tutor.call("GET", f"{PAYMENTS}/wallet")
            return _money(amount) if wallet["balance"] == amount else None

        return f"the wallet holds {await eventually('the money in the wallet', look)}"


def _money(amount: int) -> str:
    return f"{amount / 100:.2f} INR"
