"""The hosted page: what it shows, *Pay*, *Decline*, expiry, a restart in between."""

from pathlib import Path
from typing import Any, cast

import pytest
import stripe

from deploy.local.vendors.money import format_amount
from tests.deploy.vendors.running import Receiver, Stand, eventually, standing

# The SDK's httpx client still hands its form over as `data=`.
pytestmark = pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning")

SUCCESS = "https://shop.example/done?session={CHECKOUT_SESSION_ID}"


async def opened(stand: Stand, **changes: Any) -> stripe.checkout.Session:
    amount, currency = changes.pop("amount", 2550), changes.pop("currency", "eur")
    name = changes.pop("name", "Maths <7b>")
    price = {"currency": currency, "unit_amount": amount, "product_data": {"name": name}}
    body = {
        "mode": "payment",
        "line_items": [{"price_data": price, "quantity": 1}],
        "success_url": SUCCESS,
        "cancel_url": "https://shop.example/cancel?a=1&b=2",
        **changes,
    }
    return await stand.stripe().v1.checkout.sessions.create_async(cast(Any, body))


@pytest.mark.parametrize(
    ("amount", "currency", "shown"),
    [
        (2550, "eur", "EUR 25.50"),
        (2550, "jpy", "JPY 2,550"),
        (2550, "kwd", "KWD 2.550"),
        (500, "isk", "ISK 5.00"),
        (5, "usd", "USD 0.05"),
        (99_999_999, "inr", "INR 999,999.99"),
        (-150, "eur", "-EUR 1.50"),
    ],
)
def test_amounts_by_minor_unit(amount: int, currency: str, shown: str) -> None:
    assert format_amount(amount, currency) == shown


async def test_page_shows_product_amount_and_both_buttons(stand: Stand) -> None:
    session = await opened(stand)
    response = await stand.http.get(str(session.url))
    assert response.status_code == 200
    html = response.text
    assert "Test checkout: no real money" in html
    assert "Maths &lt;7b&gt;" in html
    assert "EUR 25.50" in html
    assert "<button>Pay</button>" in html
    assert ">Decline</button>" in html
    assert "https://shop.example/cancel?a=1&amp;b=2" in html
    assert "<script" not in html
    assert "default-src 'none'" in response.headers["content-security-policy"]


async def test_pay_completes_the_session_and_sends_back(stand: Stand) -> None:
    session = await opened(stand, payment_intent_data={"metadata": {"payment_id": "p-9"}})
    response = await stand.http.post(f"{session.url}/pay")
    assert response.status_code == 303
    assert response.headers["location"] == f"https://shop.example/done?session={session.id}"
    paid = await stand.stripe().v1.checkout.sessions.retrieve_async(
        session.id, {"expand": ["payment_intent"]}
    )
    assert (paid.status, paid.payment_status, paid.url) == ("complete", "paid", None)
    intent = paid.payment_intent
    assert isinstance(intent, stripe.PaymentIntent)
    assert (intent.status, intent.amount_received, intent.currency) == ("succeeded", 2550, "eur")
    assert intent.metadata["payment_id"] == "p-9"
    await stand.hooks.wait(2)
    assert sorted(stand.hooks.types()) == ["checkout.session.completed", "payment_intent.succeeded"]


async def test_paying_twice_takes_the_money_once(stand: Stand) -> None:
    session = await opened(stand)
    for _ in range(2):
        assert (await stand.http.post(f"{session.url}/pay")).status_code == 303
    client = stand.stripe()
    assert len((await client.v1.payment_intents.list_async()).data) == 1
    assert len((await client.v1.charges.list_async()).data) == 1
    completed = await client.v1.events.list_async({"type": "checkout.session.completed"})
    assert len(completed.data) == 1
    page = await stand.http.get(str(session.url))
    assert "This order is paid" in page.text
    assert "<form" not in page.text
    declined = await stand.http.post(f"{session.url}/decline")
    assert declined.status_code == 303
    events = await stand.stripe().v1.events.list_async({"type": "payment_intent.payment_failed"})
    assert events.data == []


async def test_decline_keeps_the_session_open_for_another_try(stand: Stand) -> None:
    session = await opened(stand)
    response = await stand.http.post(f"{session.url}/decline", follow_redirects=True)
    assert "Your card was declined." in response.text
    assert "<button>Pay</button>" in response.text
    assert "Go back without paying" in response.text
    after = await stand.stripe().v1.checkout.sessions.retrieve_async(session.id)
    assert (after.status, after.payment_status) == ("open", "unpaid")
    await eventually(lambda: stand.hooks.types() == ["payment_intent.payment_failed"])
    assert (await stand.http.post(f"{session.url}/pay")).status_code == 303
    paid = await stand.stripe().v1.checkout.sessions.retrieve_async(session.id)
    assert paid.payment_intent == after.payment_intent
    assert paid.payment_status == "paid"


async def test_expired_session_cannot_be_paid(stand: Stand) -> None:
    session = await opened(stand)
    await stand.http.post(f"{session.url}/decline")
    stand.clock.ahead = 24 * 3600 + 1
    response = await stand.http.post(f"{session.url}/pay")
    assert response.status_code == 410
    assert "This checkout has expired" in response.text
    types = {"checkout.session.expired", "payment_intent.canceled"}
    await eventually(lambda: types <= set(stand.hooks.types()))
    assert "payment_intent.succeeded" not in stand.hooks.types()


async def test_free_order_needs_no_payment(stand: Stand) -> None:
    session = await opened(stand, amount=0)
    assert (await stand.http.post(f"{session.url}/pay")).status_code == 303
    paid = await stand.stripe().v1.checkout.sessions.retrieve_async(session.id)
    assert (paid.payment_status, paid.payment_intent) == ("no_payment_required", None)


async def test_unknown_session_is_404(stand: Stand) -> None:
    url = f"{stand.base}/dev/stripe/checkout/cs_test_none"
    assert (await stand.http.get(url)).status_code == 404
    assert (await stand.http.post(f"{url}/pay")).status_code == 404
    assert (await stand.http.post(f"{url}/decline")).status_code == 404


async def test_open_checkout_outlives_a_restart(tmp_path: Path, hooks: Receiver) -> None:
    async with standing(tmp_path, hooks) as before:
        session = await opened(before)
        await before.http.post(f"{before.base}/dev/stripe/control", json={"webhooks": "hold"})
        await before.http.post(f"{session.url}/decline")
        assert hooks.got == []
    async with standing(tmp_path, hooks) as after:
        url = f"{after.base}/dev/stripe/checkout/{session.id}"
        assert "Your card was declined." in (await after.http.get(url)).text
        assert (await after.http.post(f"{url}/pay")).status_code == 303
        await hooks.wait(3)
    assert sorted(hooks.types()) == [
        "checkout.session.completed",
        "payment_intent.payment_failed",
        "payment_intent.succeeded",
    ]
