"""What admins do in other services stands in the audit trail, by their events."""

from datetime import UTC, datetime
from typing import Any

import pytest

from libs.events.base import Event
from libs.events.payment_prices import CouponAct, CouponChanged, PlanPriced, PlanWithdrawn
from libs.ids import new_id
from tests.user_service.audit.trails import wipe
from tests.user_service.world import World
from user_service.background import HANDLERS

SUBJECT, ADMIN = new_id(), new_id()
TERMS = {"active": True, "percent": 10, "amount_off": None, "currency": None, "total_limit": 5}


@pytest.mark.parametrize(
    ("event", "action", "details"),
    [
        (
            PlanPriced(
                plan_id=SUBJECT, admin_id=ADMIN, months=3, amount=59_900, currency="INR",
                valid_from=datetime(2026, 12, 1, tzinfo=UTC),
            ),
            "plan.priced",
            {
                "months": 3, "amount": 59_900, "currency": "INR",
                "valid_from": "2026-12-01T00:00:00+00:00",
            },
        ),
        (PlanWithdrawn(plan_id=SUBJECT, admin_id=ADMIN), "plan.withdrawn", {}),
        (
            CouponChanged(
                coupon_id=SUBJECT, admin_id=ADMIN, act=CouponAct.UPDATED, user_limit=None, **TERMS
            ),
            "coupon.updated",
            TERMS | {"user_limit": None},
        ),
    ],
)  # fmt: skip
async def test_u21_r8_acts_on_prices_are_audited(
    world: World, event: Event, action: str, details: dict[str, Any]
) -> None:
    admin = await world.admin()
    await wipe(world)
    async with world.parts.database.transaction() as session:
        handler: Any = HANDLERS[type(event)]
        await handler(session, event)
    query = {"subject_id": str(SUBJECT)}
    answer = await world.client.get("/v1/admin/audit-entries", params=query, headers=admin.headers)
    [entry] = answer.json()["items"]
    assert (entry["action"], entry["actor_id"]) == (action, str(ADMIN))
    assert (entry["subject_id"], entry["details"]) == (str(SUBJECT), details)
