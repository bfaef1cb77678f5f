"""Rights about prices: the list is everybody's, changing it is for admins."""

from typing import Any
from uuid import UUID

from payment_service.resources import Resources
from tests.access.table import Row
from tests.payment_service.shop import MONTH
from tests.stack import User

ADMINS = {"nobody": 401, "student": 403, "tutor": 403, "admin": 200, "owner": 403}
TUTORS = {"nobody": 401, "student": 403, "tutor": 404, "admin": 403}
PRICE = {"name": "1 month", "months": 1, "amount": 59_900, "currency": "INR"}

ROWS = [
    Row("GET", "/v1/admin/plans", ADMINS, own_login=True),
    Row("POST", "/v1/admin/plans", ADMINS | {"admin": 201}, body=PRICE, own_login=True),
    Row("DELETE", "/v1/admin/plans/{plan_id}", ADMINS | {"admin": 204}, own_login=True),
]


async def add(parts: Resources, owner: User, study_session_id: UUID) -> dict[str, Any]:
    """What the rows ask for."""
    return {"plan_id": MONTH}
