"""A class that changes its owner: each pays at a checkout of their own (R10, P2)."""

import asyncio
from uuid import UUID

import pytest

from libs.events.session import StudySessionOwnerChanged
from libs.ids import new_id
from tests.payment_service.refunds.desk import handle, work
from tests.payment_service.shop import Shop, event, session_of
from tests.stack import User

# The SDK's httpx client still hands its form over as `data=`.
pytestmark = pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning")


async def handed_over(shop: Shop, old: User, study_session_id: UUID, revision: int = 5) -> User:
    """Another tutor owns the class from now on."""
    new = shop.stack.as_user("tutor")
    told = StudySessionOwnerChanged(
        study_session_id=study_session_id, session_code="S-TEST", tutor_id=new.id,
        old_tutor_id=old.id, revision=revision,
    )  # fmt: skip
    await handle(shop, told)
    return new


async def statuses(shop: Shop, study_session_id: UUID) -> list[tuple[UUID, str]]:
    """Who pays, and how that stands, oldest first."""
    return [(one.tutor_id, one.status) for one in await shop.payments(study_session_id)]


async def test_r10_a_new_owner_gets_a_checkout_of_their_own(shop: Shop) -> None:
    old, study_session_id, theirs = await shop.opened()
    new = await handed_over(shop, old, study_session_id)
    answer = await shop.checkout(new, study_session_id)
    assert answer.status_code == 201
    mine = answer.json()
    assert mine["payment_id"] != theirs["payment_id"]
    assert mine["checkout_url"] != theirs["checkout_url"]
    found = await statuses(shop, study_session_id)
    assert found == [(old.id, "expired"), (new.id, "open")]
    assert [one.status for one in await shop.sessions()] == ["open", "expired"]
    await work(shop)  # what the change of owner has asked for leaves the new one's alone
    assert await statuses(shop, study_session_id) == found
    again = await shop.checkout(new, study_session_id)
    assert again.json() == mine
    for user, payment, status in ((new, mine, 200), (old, mine, 404), (new, theirs, 404)):
        path = f"/v1/payments/{payment['payment_id']}"
        assert (await shop.client.get(path, headers=user.headers)).status_code == status


async def test_p2_the_old_owner_s_checkout_is_closed_by_the_change(shop: Shop) -> None:
    old, study_session_id, _ = await shop.opened()
    await handed_over(shop, old, study_session_id)
    assert await work(shop) == ["payment.checkouts.close"]
    assert await statuses(shop, study_session_id) == [(old.id, "expired")]
    assert [one.status for one in await shop.sessions()] == ["expired"]


async def test_p2_an_older_change_closes_nothing(shop: Shop) -> None:
    old, study_session_id, _ = await shop.opened()
    new = await handed_over(shop, old, study_session_id)
    assert (await shop.checkout(new, study_session_id)).status_code == 201
    await work(shop)
    late = StudySessionOwnerChanged(
        study_session_id=study_session_id, session_code="S-TEST", tutor_id=old.id,
        old_tutor_id=new_id(), revision=4,
    )  # fmt: skip
    await handle(shop, late)
    assert await work(shop) == []
    assert (await statuses(shop, study_session_id))[-1] == (new.id, "open")


async def test_p2_what_the_old_owner_paid_counts_for_the_class(shop: Shop) -> None:
    """The money was on its way when the class changed its owner."""
    old, study_session_id, _ = await shop.opened()
    new = await handed_over(shop, old, study_session_id)
    payment = await shop.payment(study_session_id)
    await shop.deliver(event("checkout.session.completed", session_of(payment)))
    assert await shop.kinds(study_session_id) == ["subscription.paid"]
    refused = await shop.checkout(new, study_session_id)
    assert (refused.status_code, refused.json()["code"]) == (409, "already_paid")


async def test_p2_ten_tries_of_a_new_owner_make_one_checkout(shop: Shop) -> None:
    old, study_session_id, _ = await shop.opened()
    new = await handed_over(shop, old, study_session_id)
    answers = await asyncio.gather(*(shop.checkout(new, study_session_id) for _ in range(10)))
    assert {one.status_code for one in answers} == {201}
    assert len({one.json()["payment_id"] for one in answers}) == 1
    found = await statuses(shop, study_session_id)
    assert found == [(old.id, "expired"), (new.id, "open")]
