"""What the tests of top-ups do: ask for a page, look, let time pass."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import httpx
from sqlalchemy import select, text

from payment_service.top_ups.jobs import SweepTopUps, sweep_top_ups
from payment_service.top_ups.models import TopUp
from tests.payment_service.shop import Shop
from tests.stack import User, eventually

AMOUNT = 1_000_00
COMPLETED = "checkout.session.completed"


async def ask(shop: Shop, user: User, key: str = "", **changes: Any) -> httpx.Response:
    """Asks for a page to pay money in."""
    headers = {**user.headers, **({"Idempotency-Key": key} if key else {})}
    body = {"amount": AMOUNT} | changes
    return await shop.client.post("/v1/wallet/top-ups", json=body, headers=headers)


async def begun(shop: Shop) -> tuple[User, dict[str, Any]]:
    """Somebody with an open page."""
    user = shop.stack.as_user("student")
    answer = await ask(shop, user)
    assert answer.status_code == 201, answer.text
    return user, answer.json()


async def top_ups(shop: Shop) -> list[TopUp]:
    """All of them, oldest first."""
    async with shop.parts.database.transaction() as session:
        return list(await session.scalars(select(TopUp).order_by(TopUp.id)))


async def top_up(shop: Shop) -> TopUp:
    """The only one."""
    [found] = await top_ups(shop)
    return found


async def becomes(shop: Shop, status: str) -> TopUp:
    """Waits until the only one has a status."""

    async def look() -> TopUp | None:
        found = await top_up(shop)
        return found if found.status == status else None

    found: TopUp = await eventually(look)
    return found


async def balance(shop: Shop, user: User) -> int:
    """What the owner sees."""
    answer = await shop.client.get("/v1/wallet", headers=user.headers)
    found: int = answer.json()["balance"]
    return found


async def later(shop: Shop, by: timedelta) -> None:
    """A round of the sweeper, after a while."""
    async with shop.parts.database.transaction() as session:
        for column, table in (
            ("created_at", "top_ups"), ("checked_at", "top_ups"), ("created_at", "idempotency_keys")
        ):  # fmt: skip
            older = f"UPDATE {table} SET {column} = {column} - CAST(:by AS interval)"  # noqa: S608
            await session.execute(text(older), {"by": by})
    await sweep_top_ups(shop.parts, SweepTopUps())


def paid(made: TopUp, **changes: Any) -> Mapping[str, Any]:
    """Stripe's session of a top-up that is paid."""
    return {
        "id": made.stripe_session_id,
        "object": "checkout.session",
        "status": "complete",
        "payment_status": "paid",
        "amount_total": made.amount,
        "currency": made.currency.lower(),
        "payment_intent": f"pi_{made.id.hex}",
        "client_reference_id": str(made.id),
        "metadata": {"top_up_id": str(made.id)},
    } | changes
