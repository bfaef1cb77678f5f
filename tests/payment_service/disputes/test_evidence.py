"""Admins answer disputes; a bank gets it once, whatever dies (P16)."""

import asyncio
from uuid import UUID

import httpx
import pytest

from libs.ids import new_id
from payment_service.disputes import evidence
from payment_service.disputes.models import Dispute
from tests.payment_service.disputes.court import becomes, decide, disputed, disputes
from tests.payment_service.refunds.desk import paid_class, work
from tests.payment_service.shop import Shop
from tests.stack import User

# The SDK's httpx client still hands its form over as `data=`.
pytestmark = pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning")
POINT = "disputes.after_evidence"
TEXT = "The student came to all of ten lessons."


class Died(BaseException):
    """Stands for the end of the process: no handler of errors catches it."""


async def answer(
    shop: Shop, dispute_id: UUID, admin: User | None = None, key: str = "", text: str = TEXT
) -> httpx.Response:
    headers = (admin or shop.stack.as_user("admin")).headers
    headers = headers | ({"Idempotency-Key": key} if key else {})
    path = f"/v1/admin/disputes/{dispute_id}/evidence"
    return await shop.client.post(path, json={"evidence": text}, headers=headers)


async def opened(shop: Shop) -> Dispute:
    _, study_session_id = await paid_class(shop)
    await disputed(shop, (await shop.payment(study_session_id)).payment_intent)
    return await becomes(shop, "open")


async def sent(shop: Shop, dispute: Dispute) -> tuple[str, int, str | None]:
    """What Stripe has: the status, how often evidence came, and what it says."""
    found = await shop.stand.stripe().v1.disputes.retrieve_async(dispute.stripe_dispute_id)
    count = found.evidence_details.submission_count
    return found.status, count, found.evidence.uncategorized_text


async def test_p16_evidence_goes_to_the_bank_once(shop: Shop) -> None:
    dispute = await opened(shop)
    answers = await asyncio.gather(*(answer(shop, dispute.id) for _ in range(5)))
    assert sorted(one.status_code for one in answers) == [202, 409, 409, 409, 409]
    assert {one.json()["code"] for one in answers if one.status_code == 409} == {"evidence_given"}
    assert "payment.disputes.send_evidence" in await work(shop)
    assert await sent(shop, dispute) == ("under_review", 1, TEXT)
    [found] = await disputes(shop.parts.database)
    assert (found.evidence, found.state) == (TEXT, "open")
    assert found.evidence_sent_at is not None
    await evidence.send(shop.parts.database, shop.parts.gateway, dispute.id)
    assert (await sent(shop, dispute))[1] == 1


async def test_p16_a_death_after_the_call_sends_nothing_twice(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    dispute = await opened(shop)
    assert (await answer(shop, dispute.id)).status_code == 202

    async def die(name: str) -> None:
        assert name == POINT
        raise Died

    monkeypatch.setattr(evidence, "reach", die)
    with pytest.raises(Died):
        await evidence.send(shop.parts.database, shop.parts.gateway, dispute.id)
    monkeypatch.undo()
    assert (await disputes(shop.parts.database))[0].evidence_sent_at is None
    await evidence.send(shop.parts.database, shop.parts.gateway, dispute.id)
    assert (await disputes(shop.parts.database))[0].evidence_sent_at is not None
    assert await sent(shop, dispute) == ("under_review", 1, TEXT)


async def test_p16_a_key_gets_the_same_answer_and_what_is_over_takes_none(shop: Shop) -> None:
    dispute, admin, key = await opened(shop), shop.stack.as_user("admin"), str(new_id())
    first = await answer(shop, dispute.id, admin, key)
    again = await answer(shop, dispute.id, admin, key)
    assert (first.status_code, again.status_code, again.json()) == (202, 202, first.json())
    await decide(shop, dispute.stripe_dispute_id, "won")
    await becomes(shop, "won")  # the bank was faster: the provider takes no evidence any more
    [found] = await disputes(shop.parts.database)
    assert found.evidence_failure == "dispute_already_closed"
    late = await answer(shop, dispute.id)
    assert (late.status_code, late.json()["code"]) == (409, "dispute_over")
    unknown = await answer(shop, new_id())
    assert (unknown.status_code, unknown.json()["code"]) == (404, "dispute_not_found")
    short = await answer(shop, dispute.id, text="No.")
    assert short.status_code == 422
