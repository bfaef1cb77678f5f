"""Renewals from the wallet (P6, P9)."""

from uuid import UUID

import httpx

from tests.payment_service.shop import MONTH
from tests.payment_service.subscriptions.office import Office
from tests.payment_service.wallets.bank import fill, money_of

PRICE = 499_00


async def pay(office: Office, study_session_id: UUID) -> httpx.Response:
    """Pays for the next month."""
    body = {"plan_id": str(MONTH), "study_session_id": str(study_session_id)}
    headers = office.tutor.headers
    return await office.client.post("/v1/wallet-payments", json=body, headers=headers)


async def test_p6_p9_the_next_month_is_paid_from_the_wallet_once(office: Office) -> None:
    study_session_id = await office.opened()
    await fill(office.parts.database, office.tutor.id, 2 * PRICE)
    assert (await pay(office, study_session_id)).status_code == 201
    assert (await office.get(study_session_id)).period == 2
    assert await office.news(study_session_id) == ["renewed"]
    early = await pay(office, study_session_id)
    assert (early.status_code, early.json()["code"]) == (409, "already_paid")
    assert await money_of(office.parts.database, office.tutor.id) == (PRICE, 0)
