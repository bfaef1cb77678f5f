"""Who dies before an open checkout is closed has paid nothing; a repeat pays once."""

import pytest

from libs.ids import new_id
from payment_service.checkouts.schemas import CheckoutCreate
from payment_service.wallet_payments import service
from tests.payment_service.shop import MONTH, Shop
from tests.payment_service.wallets.bank import fill
from tests.payment_service.wallets.test_payments import PRICE, balance, pay

# The SDK's httpx client still hands its form over as `data=`.
pytestmark = pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning")
POINT = "wallet_payments.before_clear"


class Died(BaseException):
    """Stands for the end of the process: no handler of errors catches it."""


async def test_p6_a_death_before_a_checkout_is_closed_costs_nothing(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    tutor, study_session_id, _ = await shop.opened()
    await fill(shop.parts.database, tutor.id, PRICE)
    wanted = CheckoutCreate(plan_id=MONTH, study_session_id=study_session_id)

    async def die(name: str) -> None:
        assert name == POINT
        raise Died

    monkeypatch.setattr(service, "reach", die)
    with pytest.raises(Died):
        await service.pay(shop.parts.database, shop.parts.gateway, tutor.id, wanted)
    monkeypatch.undo()
    assert await balance(shop, tutor) == PRICE
    assert (await shop.payment(study_session_id)).status == "open"
    key = str(new_id())
    for _ in range(2):
        assert (await pay(shop, tutor, study_session_id, key=key)).status_code == 201
    assert await balance(shop, tutor) == 0
    assert [one.status for one in await shop.payments(study_session_id)] == ["expired", "paid"]
