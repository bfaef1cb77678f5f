"""What the tests of disputes do: a bank asks and decides, by the stand-in or by hand."""

from typing import Any
from uuid import UUID

from sqlalchemy import select, text

from libs.postgres import Database
from payment_service.checkouts.stripe_objects import StripeDispute
from payment_service.disputes import service
from payment_service.disputes.models import Dispute
from payment_service.ledger import repository as balances
from payment_service.ledger.postings import Account, AccountKind
from tests.payment_service.refunds.desk import work
from tests.payment_service.shop import Shop
from tests.stack import eventually

PRICE = 49_900
SETTLE = "payment.disputes.settle"


async def disputed(shop: Shop, intent: str | None, query: str = "") -> str:
    """A payer's bank asks for an intent's money; Stripe's id of the dispute."""
    path = f"/dev/stripe/payment_intents/{intent}/dispute{query}"
    answer = await shop.stand.http.post(f"{shop.stand.base}{path}")
    assert answer.status_code == 201, answer.text
    found: str = answer.json()["id"]
    return found


async def decide(shop: Shop, dispute_id: str, status: str) -> None:
    """The bank decides."""
    path = f"/dev/stripe/disputes/{dispute_id}/{status}"
    answer = await shop.stand.http.post(f"{shop.stand.base}{path}")
    assert (answer.status_code, answer.json()["status"]) == (200, status), answer.text


async def becomes(shop: Shop, state: str) -> Dispute:
    """Waits until the only dispute has a state, with its webhooks' jobs."""

    async def look() -> Dispute | None:
        await work(shop)
        found = await disputes(shop.parts.database)
        return found[0] if len(found) == 1 and found[0].state == state else None

    found: Dispute = await eventually(look)
    return found


async def disputes(database: Database) -> list[Dispute]:
    """All of them, oldest first."""
    async with database.transaction() as session:
        return list(await session.scalars(select(Dispute).order_by(Dispute.id)))


async def books(database: Database) -> tuple[int, int, int]:
    """What stands on clearing, revenue and disputes."""
    kinds = (AccountKind.PROVIDER_CLEARING, AccountKind.REVENUE, AccountKind.DISPUTES)
    async with database.transaction() as session:
        clearing, revenue, argued = [
            await balances.get_balance(session, Account(kind, "INR")) for kind in kinds
        ]
    return clearing, revenue, argued


async def told(database: Database) -> list[tuple[str, str]]:
    """What was published of disputes, in order: the event and the state that it tells."""
    async with database.transaction() as session:
        rows = await session.execute(
            text(
                "SELECT body::jsonb ->> 'type', body::jsonb #>> '{data,state}' FROM outbox "
                "WHERE body::jsonb ->> 'type' LIKE 'studyzed.dispute.%' ORDER BY seq"
            )
        )
        return [(kind.removeprefix("studyzed.dispute."), state) for kind, state in rows.all()]


def said(about: UUID, status: str, **changes: Any) -> StripeDispute:
    """What Stripe says of the one dispute of a payment or top-up."""
    fields = {
        "id": f"du_{about.hex}",
        "amount": PRICE,
        "currency": "inr",
        "status": status,
        "payment_intent": f"pi_{about.hex}",
    }
    return StripeDispute.model_validate(fields | changes)


async def apply(database: Database, *sayings: StripeDispute) -> list[bool]:
    """Applies answers of Stripe's, one after the other; which were news."""
    return [await service.apply(database, one) for one in sayings]
