"""What admins do elsewhere, as events tell it, for the audit trail."""

from sqlalchemy.ext.asyncio import AsyncSession

from libs.events.payment_prices import CouponChanged, PlanPriced, PlanWithdrawn
from user_service.audit import service


async def on_plan_priced(session: AsyncSession, event: PlanPriced) -> None:
    """A price of the price list."""
    await service.record(
        session,
        "plan.priced",
        actor_id=event.admin_id,
        subject_id=event.plan_id,
        months=event.months,
        amount=event.amount,
        currency=event.currency,
        valid_from=event.valid_from.isoformat(),
    )


async def on_plan_withdrawn(session: AsyncSession, event: PlanWithdrawn) -> None:
    """A price that was taken off the price list."""
    await service.record(
        session, "plan.withdrawn", actor_id=event.admin_id, subject_id=event.plan_id
    )


async def on_coupon_changed(session: AsyncSession, event: CouponChanged) -> None:
    """A coupon that was made, changed or removed."""
    details = event.model_dump(mode="json", exclude={"coupon_id", "admin_id", "act", "revision"})
    await service.record(
        session,
        f"coupon.{event.act.value}",
        actor_id=event.admin_id,
        subject_id=event.coupon_id,
        **details,
    )
