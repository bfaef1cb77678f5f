"""Rights about prices: the list is everybody's, changing it and coupons is for admins, and a quote
is for the tutor whose class it is about.
"""

from datetime import timedelta
from typing import Any
from uuid import UUID

from libs.ids import new_id
from payment_service.coupons.models import Coupon
from payment_service.quotes.models import Quote
from payment_service.resources import Resources
from tests.access.table import Row
from tests.payment_service.shop import MONTH
from tests.stack import User

ADMINS = {"nobody": 401, "student": 403, "tutor": 403, "admin": 200, "owner": 403}
OWNER = {"nobody": 401, "student": 403, "tutor": 404, "admin": 403, "owner": 200}
PRICE = {"name": "1 month", "months": 1, "amount": 59_900, "currency": "INR"}
COUPONS, COUPON = "/v1/admin/coupons", "/v1/admin/coupons/{coupon_id}"

ROWS = [
    Row("GET", "/v1/admin/plans", ADMINS, own_login=True),
    Row("POST", "/v1/admin/plans", ADMINS | {"admin": 201}, body=PRICE, own_login=True),
    Row("DELETE", "/v1/admin/plans/{plan_id}", ADMINS | {"admin": 204}, own_login=True),
    Row("GET", COUPONS, ADMINS, own_login=True),
    Row(
        "POST",
        COUPONS,
        ADMINS | {"admin": 201},
        body={"code": "WINTER", "percent": 10},
        own_login=True,
    ),
    Row("GET", COUPON, ADMINS, own_login=True),
    Row("PATCH", COUPON, ADMINS, body={"active": False}, own_login=True),
    Row("DELETE", COUPON, ADMINS | {"admin": 204}, own_login=True),
    Row(
        "POST",
        "/v1/quotes",
        OWNER | {"owner": 201},
        body={"plan_id": str(MONTH), "study_session_id": "{study_session_id}"},
    ),
    Row("GET", "/v1/quotes/{quote_id}", OWNER),
]


async def add(parts: Resources, owner: User, study_session_id: UUID) -> dict[str, Any]:
    """What the rows ask for."""
    now = parts.clock.now()
    coupon = Coupon(
        id=new_id(), code="SUMMER", percent=10, plan_months=[], valid_from=now, used=0,
        active=True, created_at=now, revision=1,
    )  # fmt: skip
    quote = Quote(
        id=new_id(), study_session_id=study_session_id, tutor_id=owner.id, plan_id=MONTH,
        price=49_900, discount=0, amount=49_900, currency="INR", created_at=now,
        expires_at=now + timedelta(minutes=30),
    )  # fmt: skip
    async with parts.database.transaction() as session:
        session.add_all([coupon, quote])
    return {"plan_id": MONTH, "coupon_id": coupon.id, "quote_id": quote.id}
