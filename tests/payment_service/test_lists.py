"""Every list of payment_service: as many statements for a full page as for an empty one."""

from uuid import UUID

from sqlalchemy import insert

from libs.ids import new_id
from payment_service.payments.models import Payment
from tests.payment_service.shop import MONTH, Shop
from tests.stack import User
from tests.statements import statements

PATHS = ("/v1/payments", "/v1/admin/payments", "/v1/admin/payments?status=expired")


async def fill(shop: Shop, tutor: User, study_session_id: UUID) -> None:
    """Adds 25 payments that have expired."""
    now = shop.parts.clock.now()
    rows = [
        {
            "id": new_id(), "study_session_id": study_session_id, "tutor_id": tutor.id,
            "plan_id": MONTH, "description": "A month", "months": 1, "amount": 100,
            "currency": "INR", "status": "expired", "checkout_url": "https://pay.example/x",
            "created_at": now, "expires_at": now, "checked_at": now, "revision": 2,
        }
        for _ in range(25)
    ]  # fmt: skip
    async with shop.parts.database.transaction() as session:
        await session.execute(insert(Payment), rows)


async def test_a_list_of_payments_is_one_statement(shop: Shop) -> None:
    tutor, admin = shop.stack.as_user("tutor"), shop.stack.as_user("admin")
    for full in (False, True):
        for path in PATHS:
            user = admin if "admin" in path else tutor
            with statements() as seen:
                answer = await shop.inside.get(path, headers=user.headers)
            page = answer.json()
            assert (path, answer.status_code, len(seen)) == (path, 200, 1)
            assert (path, len(page["items"])) == (path, 20 if full else 0)
        if not full:
            await fill(shop, tutor, await shop.study_session(tutor))


async def test_only_what_can_be_paid_has_a_page_to_pay_at(shop: Shop) -> None:
    tutor, study_session_id, opened = await shop.opened()
    await fill(shop, tutor, study_session_id)
    answer = await shop.client.get("/v1/payments?limit=100", headers=tutor.headers)
    urls = {one["status"]: one["checkout_url"] for one in answer.json()["items"]}
    assert urls == {"open": opened["checkout_url"], "expired": None}


async def test_the_price_list_is_one_statement(shop: Shop) -> None:
    with statements() as seen:
        answer = await shop.inside.get("/v1/plans")
    assert answer.status_code == 200
    assert [plan["months"] for plan in answer.json()["items"]] == [1, 3, 6, 12]
    assert len(seen) == 1
