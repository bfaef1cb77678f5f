"""What the tests of refunds do with a shop: reject classes, run jobs, look at both sides."""

import json
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import stripe
from sqlalchemy import select, text

from libs.effects import handle_all
from libs.events.base import Event
from libs.events.session import StudySessionRejected
from payment_service.background import HANDLERS
from payment_service.checkouts.jobs import SweepCheckouts, close_checkouts, sweep_checkouts
from payment_service.checkouts.schemas import CloseCheckouts
from payment_service.disputes.jobs import send_evidence, settle_dispute
from payment_service.disputes.schemas import SendEvidence, SettleDispute
from payment_service.reconciliations.jobs import reconcile
from payment_service.reconciliations.schemas import Reconcile
from payment_service.refunds.jobs import settle_refund, sweep_refunds
from payment_service.refunds.models import Refund
from payment_service.refunds.schemas import SettleRefund, SweepRefunds
from tests.payment_service.shop import Shop
from tests.stack import User

COMPLETED = "checkout.session.completed"
JOBS: dict[str, tuple[type[Any], Callable[..., Awaitable[None]]]] = {
    SettleRefund.type: (SettleRefund, settle_refund),
    CloseCheckouts.type: (CloseCheckouts, close_checkouts),
    Reconcile.type: (Reconcile, reconcile),
    SettleDispute.type: (SettleDispute, settle_dispute),
    SendEvidence.type: (SendEvidence, send_evidence),
}


def rejection(study_session_id: UUID, tutor_id: UUID, revision: int = 2) -> StudySessionRejected:
    """The event that session_service sends."""
    return StudySessionRejected(
        study_session_id=study_session_id,
        session_code="S-TEST",
        tutor_id=tutor_id,
        revision=revision,
    )


async def handle(shop: Shop, *events: Event) -> None:
    """Gives events to their handlers, in one transaction."""
    await shop.parts.database.run(lambda session: handle_all(session, events, HANDLERS))


async def reject(shop: Shop, tutor: User, study_session_id: UUID) -> None:
    """An admin's no arrives."""
    await handle(shop, rejection(study_session_id, tutor.id))


async def paid_class(shop: Shop) -> tuple[User, UUID]:
    """A class that was paid at the stand-in's page."""
    tutor, study_session_id, opened = await shop.opened()
    await shop.press(opened["checkout_url"], "pay")
    await shop.status_becomes(study_session_id, "paid")
    return tutor, study_session_id


async def work(shop: Shop) -> list[str]:
    """Runs the jobs about money that wait, each once, and closes them; their types. Raises what
    they raise.
    """
    done = []
    async with shop.parts.database.transaction() as session:
        found = text(
            "UPDATE outbox SET closed_at = now() WHERE destination = 'celery' "
            "AND closed_at IS NULL AND address = ANY(:known) RETURNING seq, address, body"
        )
        rows = sorted((await session.execute(found, {"known": list(JOBS)})).all())
    for _, address, body in rows:
        kind, run = JOBS[address]
        await run(shop.parts, kind(**json.loads(body)))
        done.append(address)
    return done


async def age(shop: Shop, by: timedelta) -> None:
    """Makes all refunds and payments older."""
    async with shop.parts.database.transaction() as session:
        for table, columns in {
            "refunds": ("requested_at", "checked_at"),
            "payments": ("created_at", "checked_at"),
        }.items():
            older = ", ".join(f"{name} = {name} - CAST(:by AS interval)" for name in columns)
            await session.execute(text(f"UPDATE {table} SET {older}"), {"by": by})  # noqa: S608


async def sweep(shop: Shop) -> None:
    """A round of both sweepers, half a minute later."""
    await age(shop, timedelta(seconds=31))
    await sweep_checkouts(shop.parts, SweepCheckouts())
    await sweep_refunds(shop.parts, SweepRefunds())


async def refunds(shop: Shop, study_session_id: UUID) -> list[Refund]:
    """Our refunds of a class, oldest first."""
    statement = select(Refund).where(Refund.study_session_id == study_session_id)
    async with shop.parts.database.transaction() as session:
        return list(await session.scalars(statement.order_by(Refund.id)))


async def refund(shop: Shop, study_session_id: UUID) -> Refund:
    """The one refund of a class."""
    [found] = await refunds(shop, study_session_id)
    return found


async def at_stripe(shop: Shop, study_session_id: UUID) -> list[stripe.Refund]:
    """The provider's refunds of the one payment of a class, newest first."""
    payment = await shop.payment(study_session_id)
    listed = await shop.stand.stripe().v1.refunds.list_async(
        {"payment_intent": str(payment.payment_intent), "limit": 100}
    )
    return listed.data


async def listed(shop: Shop, query: str = "") -> list[dict[str, Any]]:
    """The admins' list of refunds."""
    admin = shop.stack.as_user("admin")
    answer = await shop.client.get(f"/v1/admin/refunds{query}", headers=admin.headers)
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


async def give_back(
    shop: Shop, payment_id: UUID, key: str = "", reason: str = "A gesture.", **wanted: Any
) -> httpx.Response:
    """An admin gives money of a payment back."""
    headers = shop.stack.as_user("admin").headers | ({"Idempotency-Key": key} if key else {})
    body = {"reason": reason} | wanted
    return await shop.client.post(
        f"/v1/admin/payments/{payment_id}/refunds", json=body, headers=headers
    )


async def given(shop: Shop, payment_id: UUID, **wanted: Any) -> dict[str, Any]:
    """A refund that an admin has made."""
    answer = await give_back(shop, payment_id, **wanted)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


async def order(
    shop: Shop, refund_id: UUID | str, what: str, status: int = 200, key: str = ""
) -> dict[str, Any]:
    """An admin settles a failed refund otherwise (`to-wallet`, `cancel`)."""
    headers = shop.stack.as_user("admin").headers | ({"Idempotency-Key": key} if key else {})
    answer = await shop.client.post(f"/v1/admin/refunds/{refund_id}/{what}", headers=headers)
    assert answer.status_code == status, answer.text
    body: dict[str, Any] = answer.json()
    return body


async def bank(shop: Shop, stripe_refund_id: str | None, status: str) -> None:
    """The bank's answer to a refund."""
    path = f"{shop.stand.base}/dev/stripe/refunds/{stripe_refund_id}/{status}"
    assert (await shop.stand.http.post(path)).json()["status"] == status


async def seen(shop: Shop, user: User, payment_id: UUID) -> tuple[int, str | None, str | None]:
    """What the payer sees of a payment: given back, how far all of it is, and since when."""
    answer = await shop.client.get(f"/v1/payments/{payment_id}", headers=user.headers)
    body = answer.json()
    return body["given_back"], body["refund"], body["refunded_at"]


async def in_wallet(shop: Shop, user: User) -> int:
    """What a person's wallet holds."""
    answer = await shop.client.get("/v1/wallet", headers=user.headers)
    found: int = answer.json()["balance"]
    return found
