"""What the tests of disputes do: let banks argue, tell it by webhooks, look."""

import asyncio
from collections.abc import Callable
from typing import Any
from uuid import UUID

from sqlalchemy import select

from libs.ids import new_id
from payment_service.disputes.models import Dispute
from payment_service.ledger import repository as balances
from payment_service.ledger.postings import Account, AccountKind
from tests.payment_service.shop import Shop, event
from tests.stack import User, eventually

CREATED, OPENED_AT = "charge.dispute.created", 1_790_000_000
DUE_AT = OPENED_AT + 7 * 86_400


def thing(intent: str | None, amount: int, status: str, **changes: Any) -> dict[str, Any]:
    """Stripe's dispute of an intent."""
    return {
        "id": f"du_{intent}",
        "object": "dispute",
        "amount": amount,
        "currency": "inr",
        "created": OPENED_AT,
        "reason": "fraudulent",
        "status": status,
        "payment_intent": intent,
        "evidence_details": {"due_by": DUE_AT},
        "balance_transactions": [],
    } | changes


def story(intent: str | None, amount: int, end: str) -> list[tuple[str, dict[str, Any]]]:
    """All that Stripe tells of a dispute that ends so, in its order."""

    def of(status: str, *moved: int) -> dict[str, Any]:
        sums = [{"amount": one} for one in moved]
        return thing(intent, amount, status, balance_transactions=sums)

    told = [
        (CREATED, of("needs_response")),
        ("charge.dispute.funds_withdrawn", of("needs_response", -amount)),
        ("charge.dispute.updated", of("under_review", -amount)),
    ]
    if end == "won":
        told.append(("charge.dispute.funds_reinstated", of("won", -amount, amount)))
        return [*told, ("charge.dispute.closed", of("won", -amount, amount))]
    return [*told, ("charge.dispute.closed", of(end, -amount))]


async def tell(shop: Shop, *told: tuple[str, dict[str, Any]]) -> None:
    """Webhooks, one after another; all are taken."""
    for kind, body in told:
        answer = await shop.deliver(event(kind, body, f"evt_{new_id().hex}"))
        assert answer.status_code == 200, answer.text


async def tell_at_once(shop: Shop, *told: tuple[str, dict[str, Any]]) -> None:
    """The same, all at the same time."""
    await asyncio.gather(*(tell(shop, one) for one in told))


async def disputes(shop: Shop) -> list[Dispute]:
    """All of them, oldest first."""
    async with shop.parts.database.transaction() as session:
        return list(await session.scalars(select(Dispute).order_by(Dispute.id)))


async def dispute(shop: Shop) -> Dispute:
    """The only one."""
    [found] = await disputes(shop)
    return found


async def dispute_becomes(shop: Shop, wanted: Callable[[Dispute], bool]) -> Dispute:
    """Waits until there is one of a kind."""

    async def look() -> Dispute | None:
        found = await disputes(shop)
        return found[0] if found and wanted(found[0]) else None

    found: Dispute = await eventually(look)
    return found


async def argue(shop: Shop, intent: str | None, **wanted: Any) -> dict[str, Any]:
    """A dispute begins at the provider."""
    path = f"{shop.stand.base}/dev/stripe/payment_intents/{intent}/disputes"
    answer = await shop.stand.http.post(path, json=wanted)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def end(shop: Shop, stripe_dispute_id: str, status: str) -> None:
    """The bank's word."""
    path = f"{shop.stand.base}/dev/stripe/disputes/{stripe_dispute_id}/{status}"
    assert (await shop.stand.http.post(path)).json()["status"] == status


async def books(shop: Shop) -> tuple[int, int, int]:
    """The balances of what the provider holds, of revenue, and of disputes."""
    kinds = (AccountKind.PROVIDER_CLEARING, AccountKind.REVENUE, AccountKind.DISPUTES)
    async with shop.parts.database.transaction() as session:
        clearing, revenue, argued = [
            await balances.get_balance(session, Account(kind, "INR")) for kind in kinds
        ]
    return clearing, revenue, argued


async def is_frozen(shop: Shop, user: User) -> bool:
    """What the owner of a wallet sees."""
    answer = await shop.client.get("/v1/wallet", headers=user.headers)
    return bool(answer.json()["frozen"])


async def listed(shop: Shop, query: str = "") -> list[dict[str, Any]]:
    """The admins' list."""
    admin = shop.stack.as_user("admin")
    answer = await shop.client.get(f"/v1/admin/disputes{query}", headers=admin.headers)
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


async def kinds_of(shop: Shop, key: UUID) -> list[str]:
    """The types of what was published under a key, in order."""
    return await shop.kinds(key)
