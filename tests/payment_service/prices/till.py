"""What the tests of prices stand on: an admin and a tutor in a shop whose clock they move."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import httpx
from sqlalchemy import text as sql

from libs.clock import FixedClock
from tests.payment_service.shop import MONTH, Shop
from tests.stack import User


@dataclass
class Till:
    """A shop, who sells and who buys."""

    shop: Shop
    clock: FixedClock
    admin: User
    tutor: User

    async def ask(
        self, user: User, method: str, path: str, json: Any = None, **headers: str
    ) -> httpx.Response:
        """Sends a request as somebody."""
        return await self.shop.client.request(
            method, f"/v1{path}", json=json, headers={**user.headers, **headers}
        )

    async def made(self, user: User, path: str, json: Any) -> dict[str, Any]:
        """What a POST has made."""
        answer = await self.ask(user, "POST", path, json)
        assert answer.status_code == 201, answer.text
        body: dict[str, Any] = answer.json()
        return body

    async def refused(
        self, user: User, method: str, path: str, json: Any = None, **headers: str
    ) -> tuple[int, str]:
        """Status and code of a refusal."""
        answer = await self.ask(user, method, path, json, **headers)
        return answer.status_code, answer.json()["code"]

    async def price(self, amount: int, months: int = 1, **more: Any) -> dict[str, Any]:
        """A new price."""
        wanted = {"name": f"{months} months", "months": months, "amount": amount, "currency": "INR"}
        return await self.made(self.admin, "/admin/plans", wanted | more)

    async def listed(self, months: int = 1) -> list[int]:
        """The present prices for so many months."""
        answer = await self.shop.client.get("/v1/plans")
        return [one["amount"] for one in answer.json()["items"] if one["months"] == months]

    async def wish(self, plan_id: UUID | str = MONTH, **more: Any) -> dict[str, Any]:
        """What a quote or a checkout for a new class of the tutor's asks for."""
        study_session_id = await self.shop.study_session(self.tutor)
        return {"plan_id": str(plan_id), "study_session_id": str(study_session_id)} | more

    async def coupon(self, code: str = "SUMMER", **terms: Any) -> dict[str, Any]:
        """A new coupon, of 10 % unless said otherwise."""
        terms = terms if terms.keys() & {"percent", "amount_off"} else {"percent": 10} | terms
        return await self.made(self.admin, "/admin/coupons", {"code": code} | terms)

    async def used(self, coupon: dict[str, Any]) -> int:
        """How often a coupon counts as used."""
        answer = await self.ask(self.admin, "GET", f"/admin/coupons/{coupon['id']}")
        return int(answer.json()["used"])

    async def redemptions(self) -> list[str]:
        """The states of all redemptions, oldest first."""
        async with self.shop.parts.database.transaction() as session:
            rows = await session.scalars(sql("SELECT state FROM coupon_redemptions ORDER BY id"))
            return list(rows)


def text(at: datetime) -> str:
    """An instant as the API shows it."""
    return at.isoformat().replace("+00:00", "Z")
