"""Rights in payment_service: what admins give back."""

from datetime import timedelta
from uuid import UUID

from libs.ids import new_id
from payment_service.classes.models import ClassState, StudySession
from payment_service.payments.models import Payment
from payment_service.payments.states import PaymentStatus
from payment_service.refunds.models import Refund
from payment_service.refunds.states import RefundReason, RefundState
from payment_service.resources import Resources
from tests.access.table import Row
from tests.payment_service.shop import MONTH
from tests.stack import User

ADMINS = {"nobody": 401, "student": 403, "tutor": 403, "admin": 200, "owner": 403}
OWNERS = {"nobody": 401, "student": 403, "tutor": 404, "admin": 403, "owner": 200}

ROWS = [
    Row("GET", "/v1/payments/{payment_id}/refunds", OWNERS),
    Row("GET", "/v1/admin/payments/{payment_id}/refunds", ADMINS, own_login=True),
    Row(
        "POST",
        "/v1/admin/payments/{payment_id}/refunds",
        ADMINS | {"admin": 201},
        instead={"payment_id": "paid_id"},
        body={"amount": 1, "reason": "A test."},
        own_login=True,
    ),
    Row(
        "POST",
        "/v1/admin/refunds/{refund_id}/to-wallet",
        ADMINS,
        instead={"refund_id": "moved_id"},
        own_login=True,
    ),
    Row(
        "POST",
        "/v1/admin/refunds/{refund_id}/cancel",
        ADMINS,
        instead={"refund_id": "canceled_id"},
        own_login=True,
    ),
]


async def add(parts: Resources, owner: User) -> dict[str, UUID]:
    """A paid payment with two refunds that have failed."""
    ids = {name: new_id() for name in ("paid_id", "moved_id", "canceled_id")}
    study_session_id, now = new_id(), parts.clock.now()
    async with parts.database.transaction() as session:
        session.add(
            StudySession(
                id=study_session_id, session_code="S-TEST", tutor_id=owner.id,
                state=ClassState.CREATED.value, revision=1,
            )
        )  # fmt: skip
        await session.flush()
        session.add(
            Payment(
                id=ids["paid_id"], study_session_id=study_session_id, tutor_id=owner.id,
                plan_id=MONTH, description="1 month", months=1, amount=49_900, currency="INR",
                status=PaymentStatus.PAID.value, stripe_session_id="cs_test_3", created_at=now,
                checked_at=now, paid_at=now, expires_at=now + timedelta(hours=1), revision=1,
            )
        )  # fmt: skip
        await session.flush()
        session.add_all(
            Refund(
                id=ids[name], payment_id=ids["paid_id"], study_session_id=study_session_id,
                tutor_id=owner.id, payment_intent="pi_3", amount=100, currency="INR",
                reason=RefundReason.BY_ADMIN.value, state=RefundState.FAILED.value,
                generation=1, attempts=1, requested_at=now, checked_at=now, revision=1,
            )
            for name in ("moved_id", "canceled_id")
        )  # fmt: skip
    return ids
