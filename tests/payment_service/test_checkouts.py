"""Opening checkouts: the price, the races, Stripe away, the sweeper."""

import asyncio
from datetime import timedelta
from functools import partial
from uuid import UUID

import pytest
from sqlalchemy import text

from libs.ids import new_id
from payment_service.checkouts.jobs import SweepCheckouts, sweep_checkouts
from tests.payment_service.shop import MONTH, YEAR, Shop
from tests.stack import eventually

# The SDK's httpx client still hands its form over as `data=`.
pytestmark = pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning")


async def age(shop: Shop, by: timedelta) -> None:
    """Makes all payments older."""
    async with shop.parts.database.transaction() as session:
        await session.execute(
            text(
                "UPDATE payments SET created_at = created_at - CAST(:by AS interval), "
                "checked_at = checked_at - CAST(:by AS interval)"
            ),
            {"by": by},
        )


async def sweep(shop: Shop) -> None:
    await sweep_checkouts(shop.parts, SweepCheckouts())


async def test_plans_are_public_and_seeded(shop: Shop) -> None:
    answer = await shop.client.get("/v1/plans")
    assert answer.status_code == 200
    found = [(plan["months"], plan["amount"], plan["currency"]) for plan in answer.json()["items"]]
    assert found == [
        (1, 49_900, "INR"),
        (3, 139_900, "INR"),
        (6, 259_900, "INR"),
        (12, 479_900, "INR"),
    ]
    assert answer.json()["items"][0]["id"] == str(MONTH)


async def test_p_a1_price_and_addresses_come_from_the_server(shop: Shop) -> None:
    _, study_session_id, opened = await shop.opened()
    payment = await shop.payment(study_session_id)
    assert opened == {
        "payment_id": str(payment.id),
        "checkout_url": payment.checkout_url,
        "amount": 49_900,
        "currency": "INR",
        "status": "open",
    }
    [session] = await shop.sessions()
    assert (session.amount_total, session.currency) == (49_900, "inr")
    assert session.client_reference_id == str(payment.id)
    assert session.success_url == f"{shop.stand.base}/_studyzed/?payment=success"
    assert session.cancel_url == f"{shop.stand.base}/_studyzed/?payment=cancelled"
    assert session.expires_at == int(payment.expires_at.timestamp())


async def test_p_a1_r10_claims_of_the_client_are_refused(shop: Shop) -> None:
    tutor = shop.stack.as_user("tutor")
    study_session_id = await shop.study_session(tutor)
    body = {"plan_id": str(MONTH), "study_session_id": str(study_session_id)}
    claims = {"amount": 1, "currency": "USD", "tutor_id": str(tutor.id), "success_url": "http://x"}
    for name, value in claims.items():
        claiming = {**body, name: value}
        answer = await shop.client.post("/v1/checkouts", json=claiming, headers=tutor.headers)
        assert answer.status_code == 422, name
        assert [field["pointer"] for field in answer.json()["fields"]] == [f"/{name}"]
    assert await shop.payments(study_session_id) == []
    assert await shop.sessions() == []


async def test_p_a1_a_price_change_does_not_alter_an_open_checkout(shop: Shop) -> None:
    tutor, study_session_id, opened = await shop.opened()
    newer = new_id()
    async with shop.parts.database.transaction() as session:
        await session.execute(text("UPDATE plans SET active = false WHERE id = :id"), {"id": MONTH})
        await session.execute(
            text(
                "INSERT INTO plans SELECT :new, name, months, 59900, currency, true, created_at "
                "FROM plans WHERE id = :id"
            ),
            {"new": newer, "id": MONTH},
        )
    again = await shop.checkout(tutor, study_session_id)
    assert again.json() == opened
    changed = await shop.checkout(tutor, study_session_id, newer)
    assert changed.json()["amount"] == 59_900
    other = await shop.checkout(tutor, await shop.study_session(tutor), MONTH)
    assert (other.status_code, other.json()["code"]) == (404, "plan_not_found")


async def test_r10_a_foreign_or_unknown_class_cannot_be_paid(shop: Shop) -> None:
    owner, other = shop.stack.as_user("tutor"), shop.stack.as_user("tutor")
    study_session_id = await shop.study_session(owner)
    for wanted in (study_session_id, new_id()):
        answer = await shop.checkout(other, wanted)
        assert (answer.status_code, answer.json()["code"]) == (404, "class_not_found")
    assert await shop.count("payments") == 0
    assert await shop.sessions() == []


@pytest.mark.parametrize("role", ["student", "admin"])
async def test_r10_only_tutors_open_checkouts(shop: Shop, role: str) -> None:
    caller = shop.stack.as_user(role)
    answer = await shop.checkout(caller, await shop.study_session(caller))
    assert (answer.status_code, answer.json()["code"]) == (403, "wrong_role")
    assert await shop.count("payments") == 0


async def test_an_open_checkout_is_returned_again(shop: Shop) -> None:
    tutor, study_session_id, opened = await shop.opened()
    again = await shop.checkout(tutor, study_session_id)
    assert (again.status_code, again.json()) == (201, opened)
    assert len(await shop.sessions()) == 1


async def test_another_plan_closes_the_open_checkout_first(shop: Shop) -> None:
    tutor, study_session_id, opened = await shop.opened()
    other = (await shop.checkout(tutor, study_session_id, YEAR)).json()
    assert (other["amount"], other["status"]) == (479_900, "open")
    first, second = await shop.payments(study_session_id)
    assert (str(first.id), first.status) == (opened["payment_id"], "expired")
    assert (str(second.id), second.status) == (other["payment_id"], "open")
    assert {session.status for session in await shop.sessions()} == {"open", "expired"}


async def test_another_plan_for_a_checkout_that_was_just_paid(shop: Shop) -> None:
    tutor, study_session_id, opened = await shop.opened()
    await shop.control(webhooks="hold")
    await shop.press(opened["checkout_url"], "pay")
    answer = await shop.checkout(tutor, study_session_id, YEAR)
    assert (answer.status_code, answer.json()["code"]) == (409, "already_paid")
    assert await shop.kinds(study_session_id) == ["subscription.paid"]
    assert (await shop.payment(study_session_id)).status == "paid"


async def test_20_parallel_checkouts_of_a_class_are_one(shop: Shop) -> None:
    await asyncio.gather(*(shop.client.get("/v1/plans") for _ in range(20)))  # connections are open
    tutor = shop.stack.as_user("tutor")
    classes = [await shop.study_session(tutor) for _ in range(2)]
    await shop.control(delay_ms=50)

    async def opened(study_session_id: UUID) -> str:
        """Comes again, as asked, when a slow twin has kept it waiting for too long."""
        answer = await shop.checkout(tutor, study_session_id)
        assert answer.status_code in (201, 503)
        return answer.text if answer.status_code == 201 else ""

    for study_session_id in classes:
        twenty = (eventually(partial(opened, study_session_id)) for _ in range(20))
        assert len(set(await asyncio.gather(*twenty))) == 1
        assert len(await shop.payments(study_session_id)) == 1
    await shop.control(delay_ms=0)
    assert len(await shop.sessions()) == len(classes)


async def test_stripe_away_keeps_the_intent_and_a_repeat_finishes_it(shop: Shop) -> None:
    tutor = shop.stack.as_user("tutor")
    study_session_id = await shop.study_session(tutor)
    await shop.control(fail_next=3)
    answer = await shop.checkout(tutor, study_session_id)
    assert (answer.status_code, answer.json()["code"]) == (503, "provider_unavailable")
    assert answer.headers["retry-after"] == "2"
    intent = await shop.payment(study_session_id)
    assert (intent.status, intent.stripe_session_id) == ("created", None)
    again = await shop.checkout(tutor, study_session_id)
    assert (again.status_code, again.json()["payment_id"]) == (201, str(intent.id))
    assert len(await shop.sessions()) == 1


async def test_stripe_slow_ends_in_time(shop: Shop) -> None:
    tutor = shop.stack.as_user("tutor")
    study_session_id = await shop.study_session(tutor)
    settings = shop.settings.model_copy(update={"stripe_timeout": 0.3})
    object.__setattr__(shop.parts.gateway, "_settings", settings)
    await shop.control(delay_ms=60_000)
    async with asyncio.timeout(3):
        answer = await shop.checkout(tutor, study_session_id)
    assert (answer.status_code, answer.json()["code"]) == (503, "provider_unavailable")
    assert (await shop.payment(study_session_id)).status == "created"


async def test_the_sweeper_finishes_an_intent_whose_answer_was_lost(shop: Shop) -> None:
    tutor = shop.stack.as_user("tutor")
    study_session_id = await shop.study_session(tutor)
    await shop.control(lose_next=3)
    assert (await shop.checkout(tutor, study_session_id)).status_code == 503
    [lost] = await shop.sessions()
    await sweep(shop)
    assert (await shop.payment(study_session_id)).status == "created"  # too young
    await age(shop, timedelta(seconds=31))
    await sweep(shop)
    payment = await shop.payment(study_session_id)
    assert (payment.status, payment.stripe_session_id) == ("open", lost.id)
    assert len(await shop.sessions()) == 1
    await shop.press(str(payment.checkout_url), "pay")
    await shop.status_becomes(study_session_id, "paid")


async def test_r14_an_intent_that_stripe_never_took_fails_and_is_kept(shop: Shop) -> None:
    tutor = shop.stack.as_user("tutor")
    study_session_id = await shop.study_session(tutor)
    await shop.control(fail_next=3)
    await shop.checkout(tutor, study_session_id)
    await age(shop, timedelta(minutes=61))
    await sweep(shop)
    assert (await shop.payment(study_session_id)).status == "failed"
    assert await shop.count("study_sessions") == 1
    again = await shop.checkout(tutor, study_session_id)
    assert again.status_code == 201
    first, second = await shop.payments(study_session_id)
    assert (first.status, second.status) == ("failed", "open")


async def test_a_refusal_of_stripe_is_final_for_that_intent(shop: Shop) -> None:
    tutor = shop.stack.as_user("tutor")
    study_session_id = await shop.study_session(tutor)
    settings = shop.settings.model_copy(update={"public_url": "not an address"})
    object.__setattr__(shop.parts.gateway, "_settings", settings)
    answer = await shop.checkout(tutor, study_session_id)
    assert (answer.status_code, answer.json()["code"]) == (409, "checkout_refused")
    assert (await shop.payment(study_session_id)).status == "failed"
    object.__setattr__(shop.parts.gateway, "_settings", shop.settings)
    assert (await shop.checkout(tutor, study_session_id)).status_code == 201


async def test_the_sweeper_heals_a_lost_webhook(shop: Shop) -> None:
    _, study_session_id, opened = await shop.opened()
    await shop.control(webhooks="hold")
    await shop.press(opened["checkout_url"], "pay")
    await sweep(shop)
    assert (await shop.payment(study_session_id)).status == "open"  # looked at a moment ago
    await age(shop, timedelta(minutes=5, seconds=1))
    await sweep(shop)
    payment = await shop.payment(study_session_id)
    assert payment.status == "paid"
    assert await shop.kinds(study_session_id) == ["subscription.paid"]
    await shop.control(webhooks="release")

    async def both_came() -> bool:
        return await shop.outcomes() == ["unchanged", "unchanged"]

    await eventually(both_came)
    assert await shop.kinds(study_session_id) == ["subscription.paid"]


async def test_r14_an_expired_checkout_deletes_nothing_and_a_new_one_opens(shop: Shop) -> None:
    tutor, study_session_id, opened = await shop.opened()
    client = shop.stand.stripe()
    [session] = await shop.sessions()
    await client.v1.checkout.sessions.expire_async(session.id)
    expired = await shop.status_becomes(study_session_id, "expired")
    assert str(expired.id) == opened["payment_id"]
    assert await shop.count("study_sessions") == 1
    shown = await shop.client.get(f"/v1/payments/{expired.id}", headers=tutor.headers)
    assert (shown.json()["status"], shown.json()["checkout_url"]) == ("expired", None)
    again = await shop.checkout(tutor, study_session_id)
    assert (again.status_code, again.json()["status"]) == (201, "open")
    assert again.json()["payment_id"] != opened["payment_id"]


async def test_a_checkout_whose_time_is_over_is_replaced(shop: Shop) -> None:
    tutor, study_session_id, opened = await shop.opened()
    await shop.control(webhooks="hold")
    async with shop.parts.database.transaction() as session:
        await session.execute(text("UPDATE payments SET expires_at = now() - interval '1 second'"))
    again = await shop.checkout(tutor, study_session_id)
    assert (again.status_code, again.json()["status"]) == (201, "open")
    assert again.json()["payment_id"] != opened["payment_id"]
    first, _ = await shop.payments(study_session_id)
    assert first.status == "expired"


async def test_a_webhook_that_is_faster_than_the_answer_wins(shop: Shop) -> None:
    tutor = shop.stack.as_user("tutor")
    study_session_id = await shop.study_session(tutor)
    await shop.control(lose_next=3)
    await shop.checkout(tutor, study_session_id)
    [session] = await shop.sessions()
    await shop.press(str(session.url), "pay")
    paid = await shop.status_becomes(study_session_id, "paid")
    assert (paid.checkout_url, await shop.kinds(study_session_id)) == (None, ["subscription.paid"])
    answer = await shop.checkout(tutor, study_session_id)
    assert (answer.status_code, answer.json()["code"]) == (409, "already_paid")


async def test_tutors_see_their_own_payments_and_admins_all(shop: Shop) -> None:
    tutor, study_session_id, opened = await shop.opened()
    other, _, theirs = await shop.opened()
    admin = shop.stack.as_user("admin")
    path = f"/v1/payments/{opened['payment_id']}"
    mine = await shop.client.get("/v1/payments", headers=tutor.headers)
    assert [item["id"] for item in mine.json()["items"]] == [opened["payment_id"]]
    assert (await shop.client.get(path, headers=tutor.headers)).json()["amount"] == 49_900
    foreign = await shop.client.get(path, headers=other.headers)
    assert (foreign.status_code, foreign.json()["code"]) == (404, "payment_not_found")
    assert (await shop.client.get(path, headers=admin.headers)).status_code == 200
    everything = await shop.client.get("/v1/admin/payments?limit=1", headers=admin.headers)
    assert [item["id"] for item in everything.json()["items"]] == [theirs["payment_id"]]
    cursor = everything.json()["next_cursor"]
    rest = await shop.client.get(f"/v1/admin/payments?cursor={cursor}", headers=admin.headers)
    assert [item["id"] for item in rest.json()["items"]] == [opened["payment_id"]]
    query = f"/v1/admin/payments?study_session_id={study_session_id}&status=open"
    one = await shop.client.get(query, headers=admin.headers)
    assert [UUID(item["tutor_id"]) for item in one.json()["items"]] == [tutor.id]
    denied = await shop.client.get("/v1/admin/payments", headers=tutor.headers)
    assert (denied.status_code, denied.json()["code"]) == (403, "wrong_role")
