"""What Stripe's webhooks mean for top-ups (P-A4)."""

import asyncio
from typing import Any

import pytest

from libs.ids import new_id
from tests.payment_service.shop import Shop, event
from tests.payment_service.wallets.bank import wallet_of
from tests.payment_service.wallets.paying_in import (
    AMOUNT,
    COMPLETED,
    balance,
    begun,
    paid,
    top_up,
)

# The SDK's httpx client still hands its form over as `data=`.
pytestmark = pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning")


async def test_p_a4_resends_in_any_order_count_once(shop: Shop) -> None:
    user, _ = await begun(shop)
    made = await top_up(shop)
    intent = {
        "id": f"pi_{made.id.hex}", "object": "payment_intent", "amount_received": AMOUNT,
        "currency": "inr", "metadata": {"top_up_id": str(made.id)},
    }  # fmt: skip
    bodies = [event("payment_intent.succeeded", intent)]
    bodies += [event(COMPLETED, paid(made)) for _ in range(4)]
    answers = await asyncio.gather(*(shop.deliver(body) for body in bodies * 2))
    assert {answer.status_code for answer in answers} == {200}
    assert sorted(await shop.outcomes()) == ["applied"] + ["unchanged"] * 4
    assert await balance(shop, user) == AMOUNT
    wallet = await wallet_of(shop.parts.database, user.id)
    assert len(await shop.events(wallet.id)) == 1


@pytest.mark.parametrize(
    "changes",
    [
        {"amount_total": AMOUNT - 1},
        {"currency": "usd"},
        {"id": "cs_test_another"},
    ],
)
async def test_p_a4_a_wrong_sum_or_page_changes_nothing(
    shop: Shop, changes: dict[str, Any]
) -> None:
    user, _ = await begun(shop)
    made = await top_up(shop)
    await shop.deliver(event(COMPLETED, paid(made, **changes)))
    assert await shop.outcomes() == ["suspicious"]
    assert (await top_up(shop)).status == "open"
    assert await balance(shop, user) == 0


async def test_p_a4_an_unknown_top_up_is_skipped(shop: Shop) -> None:
    await begun(shop)
    made = await top_up(shop)
    strange = paid(made, id="cs_x", payment_intent="pi_x", metadata={"top_up_id": str(new_id())})
    assert (await shop.deliver(event(COMPLETED, strange))).status_code == 200
    assert await shop.outcomes() == ["skipped"]


async def test_p_a4_without_our_reference_it_is_found_by_stripe_s(shop: Shop) -> None:
    user, _ = await begun(shop)
    made = await top_up(shop)
    bare = paid(made, metadata={}, client_reference_id=None)
    await shop.deliver(event(COMPLETED, bare))
    assert await shop.outcomes() == ["applied"]
    assert await balance(shop, user) == AMOUNT
