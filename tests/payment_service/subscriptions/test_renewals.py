"""Renewals at the provider's page: a checkout on a class that has a subscription (P9, R14)."""

import asyncio
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from libs.events.session import StudySessionActivated, StudySessionEnded
from payment_service.subscriptions.jobs import sweep_subscriptions
from payment_service.subscriptions.schemas import SweepSubscriptions
from tests.payment_service.refunds.desk import handle, paid_class, work
from tests.payment_service.shop import YEAR, Shop
from tests.stack import User, eventually

# The SDK's httpx client still hands its form over as `data=`.
pytestmark = pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning")

IN_TIME, IN_GRACE, SUSPENDED, EXPIRED = (timedelta(days=days) for days in (20, 33, 50, 80))
"""How long ago a month began."""


async def active_class(shop: Shop, since: timedelta, *, swept: bool = True) -> tuple[User, UUID]:
    """A class that is paid for a month, which began so long ago."""
    tutor, study_session_id = await paid_class(shop)
    await handle(
        shop,
        StudySessionActivated(
            study_session_id=study_session_id, session_code="S-TEST", tutor_id=tutor.id,
            revision=3, occurred_at=shop.parts.clock.now() - since,
        ),
    )  # fmt: skip
    if swept:
        await sweep_subscriptions(shop.parts.database, SweepSubscriptions())
    return tutor, study_session_id


async def own(shop: Shop, tutor: User) -> dict[str, Any]:
    """The tutor's one subscription."""
    answer = await shop.client.get("/v1/subscriptions", headers=tutor.headers)
    [found] = answer.json()["items"]
    return dict(found)


async def period_becomes(shop: Shop, tutor: User, period: int) -> dict[str, Any]:
    """Waits until a period is paid."""

    async def look() -> dict[str, Any] | None:
        found = await own(shop, tutor)
        return found if found["period"] == period else None

    found: dict[str, Any] = await eventually(look)
    return found


@pytest.mark.parametrize(
    ("since", "before", "after"),
    [(IN_TIME, "active", "renewed"), (IN_GRACE, "past_due", "renewed"),
     (SUSPENDED, "suspended", "restored")],
)  # fmt: skip
async def test_r14_a_class_is_renewed_at_the_page(
    shop: Shop, since: timedelta, before: str, after: str
) -> None:
    tutor, study_session_id = await active_class(shop, since)
    old = await own(shop, tutor)
    assert (old["state"], old["period"]) == (before, 1)
    answer = await shop.checkout(tutor, study_session_id)
    assert answer.status_code == 201, answer.text
    again = await shop.checkout(tutor, study_session_id)
    assert again.json() == answer.json()
    await shop.press(answer.json()["checkout_url"], "pay")
    new = await period_becomes(shop, tutor, 2)
    assert new["state"] == "active"
    assert datetime.fromisoformat(new["ends_at"]) > datetime.fromisoformat(old["ends_at"])
    assert [one.period for one in await shop.payments(study_session_id)] == [1, 2]
    kinds = await shop.kinds(study_session_id)
    assert kinds.count("subscription.paid") == 1
    assert kinds[-1] == f"subscription.{after}"
    assert await shop.count("refunds") == 0


async def test_p9_two_periods_ahead_are_too_early(shop: Shop) -> None:
    tutor, study_session_id = await active_class(shop, IN_TIME)
    answer = await shop.checkout(tutor, study_session_id, YEAR)
    await shop.press(answer.json()["checkout_url"], "pay")
    await period_becomes(shop, tutor, 2)
    refused = await shop.checkout(tutor, study_session_id)
    assert (refused.status_code, refused.json()["code"]) == (409, "already_paid")
    assert len(await shop.payments(study_session_id)) == 2


@pytest.mark.parametrize("swept", [True, False])
async def test_p9_an_expired_class_is_too_late(shop: Shop, swept: bool) -> None:
    """By the clock: it makes no difference whether the sweeper has come by."""
    tutor, study_session_id = await active_class(shop, EXPIRED, swept=swept)
    assert (await own(shop, tutor))["state"] == ("expired" if swept else "active")
    refused = await shop.checkout(tutor, study_session_id)
    assert (refused.status_code, refused.json()["code"]) == (409, "subscription_expired")
    assert len(await shop.payments(study_session_id)) == 1


async def test_p9_a_foreign_class_is_renewed_by_nobody_else(shop: Shop) -> None:
    _, study_session_id = await active_class(shop, IN_TIME)
    refused = await shop.checkout(shop.stack.as_user("tutor"), study_session_id)
    assert (refused.status_code, refused.json()["code"]) == (404, "class_not_found")


async def test_p2_ten_renewals_at_once_are_one_checkout(shop: Shop) -> None:
    tutor, study_session_id = await active_class(shop, IN_GRACE)
    answers = await asyncio.gather(*(shop.checkout(tutor, study_session_id) for _ in range(10)))
    assert {one.status_code for one in answers} == {201}
    assert len({one.json()["payment_id"] for one in answers}) == 1
    assert [one.period for one in await shop.payments(study_session_id)] == [1, 2]


async def test_p8_an_open_page_of_a_paid_period_is_closed_for_the_next(shop: Shop) -> None:
    """Two pages for one period, of which one was given up here: the other must not be paid."""
    tutor, study_session_id = await active_class(shop, IN_GRACE)
    first = (await shop.checkout(tutor, study_session_id)).json()
    async with shop.parts.database.transaction() as session:
        await session.execute(text("UPDATE payments SET status = 'failed' WHERE period = 2"))
    second = (await shop.checkout(tutor, study_session_id)).json()
    await shop.press(first["checkout_url"], "pay")
    await period_becomes(shop, tutor, 2)
    third = await shop.checkout(tutor, study_session_id)
    assert third.status_code == 201, third.text
    assert third.json()["payment_id"] not in (first["payment_id"], second["payment_id"])
    found = [(one.period, one.status) for one in await shop.payments(study_session_id)]
    assert found == [(1, "paid"), (2, "paid"), (2, "expired"), (3, "open")]
    assert [one.status for one in await shop.sessions()][:2] == ["open", "expired"]


async def test_p8_a_class_that_ends_closes_its_page(shop: Shop) -> None:
    tutor, study_session_id = await active_class(shop, IN_GRACE)
    assert (await shop.checkout(tutor, study_session_id)).status_code == 201
    ended = StudySessionEnded(
        study_session_id=study_session_id, session_code="S-TEST", tutor_id=tutor.id, revision=9
    )
    await handle(shop, ended)
    assert await work(shop) == ["payment.checkouts.close"]
    assert [one.status for one in await shop.payments(study_session_id)] == ["paid", "expired"]
    refused = await shop.checkout(tutor, study_session_id)
    assert (refused.status_code, refused.json()["code"]) == (409, "class_ended")
    assert (await own(shop, tutor))["class_ended_at"] is not None
