"""The approval saga in session_service: yes, no, money, in any order (P-A9)."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from libs.events.payment import (
    PaymentRefunded,
    PaymentsClosed,
    RefundEvent,
    RefundFailed,
    RefundRequested,
)
from libs.events.payment_refunds import RefundCanceled, RefundMovedToWallet
from libs.ids import new_id
from tests.session_service.world import World

REASON = "The description says nothing about the lessons."
CREATED = "studyzed.study_session.created"
APPROVED = "studyzed.study_session.approved"
ACTIVATED = "studyzed.study_session.activated"
REJECTED = "studyzed.study_session.rejected"


def path(made: dict[str, Any], what: str) -> str:
    """A sub-action of a class."""
    return f"/v1/study-sessions/{made['id']}/{what}"


async def rejected(world: World, *, paid: bool = True) -> dict[str, Any]:
    """A class that an admin has refused."""
    made = await world.study_session(paid=paid, approved=False)
    await world.post(world.admin, path(made, "rejection"), {"reason": REASON}, expect=200)
    return made


def closed(world: World, made: dict[str, Any], refunds: int, revision: int = 2) -> PaymentsClosed:
    """payment_service's answer to a rejection."""
    return PaymentsClosed(
        study_session_id=UUID(made["id"]), tutor_id=world.tutor.id, refunds=refunds,
        revision=revision,
    )  # fmt: skip


def refund(
    world: World,
    made: dict[str, Any],
    kind: type[RefundEvent],
    revision: int,
    payment_id: UUID,
    refund_id: UUID | None = None,
) -> RefundEvent:
    """What payment_service says of a payment on its way back."""
    dated = (PaymentRefunded, RefundMovedToWallet)
    more = {"refunded_at": world.clock.now()} if kind in dated else {}
    return kind.model_validate(
        {
            "study_session_id": made["id"], "tutor_id": world.tutor.id, "payment_id": payment_id,
            "refund_id": refund_id or payment_id, "amount": 49_900, "currency": "INR",
            "revision": revision,
        }
        | more
    )  # fmt: skip


async def shown(world: World, query: str = "") -> list[tuple[str, str | None]]:
    """State and trouble of all classes in the admins' list, newest first."""
    page = await world.get(world.admin, f"/v1/admin/approvals{query}")
    return [(item["state"], item["stuck"]) for item in page["items"]]


async def test_s4_an_admin_rejects_with_a_reason_that_the_owner_reads(world: World) -> None:
    made = await world.study_session(paid=False, approved=False)
    answer = await world.post(world.admin, path(made, "rejection"), {"reason": REASON}, expect=200)
    at = answer["rejected_at"]
    seen = await world.get(world.tutor, path(made, "")[:-1])
    assert (seen["state"], seen["rejection_reason"]) == ("rejected", REASON)
    assert await world.get(world.tutor, path(made, "rejection")) == answer == {
        "study_session_id": made["id"], "reason": REASON, "rejected_at": at, "state": "rejected",
        "refunded_at": None,
    }  # fmt: skip
    assert await world.published() == [CREATED, REJECTED]
    for body in ({}, {"reason": ""}, {"reason": " "}, {"reason": "x" * 2_001}):
        await world.post(world.admin, path(made, "rejection"), body, expect=422)
    other = await world.study_session(paid=False, approved=False)
    missing = await world.get(world.tutor, path(other, "rejection"), expect=404)
    assert missing["code"] == "rejection_not_found"


async def test_s4_the_reason_leaves_by_no_event(world: World) -> None:
    await rejected(world)
    async with world.parts.database.transaction() as session:
        bodies = list(await session.scalars(text("SELECT body FROM outbox")))
    assert all(REASON not in body for body in bodies)


async def test_p_a9_paid_and_approved_in_either_order_is_active_once(world: World) -> None:
    for order in (("pay", "approve"), ("approve", "pay")):
        made = await world.study_session(paid=False, approved=False)
        for step in (*order, "pay"):
            if step == "pay":
                await world.handle(world.paid(UUID(made["id"])))
            else:
                await world.post(world.admin, path(made, "approval"), expect=200)
        assert (await world.get(world.tutor, path(made, "")[:-1]))["state"] == "active"
    assert (await world.published()).count(ACTIVATED) == 2


async def test_p_a9_a_rejected_class_never_opens(world: World) -> None:
    made = await rejected(world, paid=False)
    await world.handle(world.paid(UUID(made["id"])))
    refused = await world.post(world.admin, path(made, "approval"), expect=409)
    assert refused["code"] == "study_session_transition_forbidden"
    again = await world.post(world.admin, path(made, "rejection"), {"reason": "Again."}, expect=409)
    assert again["code"] == "study_session_transition_forbidden"
    seen = await world.get(world.tutor, path(made, "")[:-1])
    assert (seen["state"], seen["rejection_reason"]) == ("rejected", REASON)
    assert await world.published() == [CREATED, REJECTED]


async def test_p_a9_an_active_class_cannot_be_rejected(world: World) -> None:
    made = await world.study_session()
    answer = await world.post(world.admin, path(made, "rejection"), {"reason": "x"}, expect=409)
    assert answer["code"] == "study_session_transition_forbidden"
    assert (await world.get(world.tutor, path(made, "")[:-1]))["state"] == "active"
    assert REJECTED not in await world.published()


async def test_p_a9_yes_no_and_money_at_the_same_moment(world: World) -> None:
    """Whoever has the class's lock first decides; never both."""
    for _ in range(10):
        made = await world.study_session(paid=False, approved=False)
        headers = world.admin.headers
        yes, no, _ = await asyncio.gather(
            world.client.post(path(made, "approval"), headers=headers),
            world.client.post(path(made, "rejection"), json={"reason": "x"}, headers=headers),
            world.handle(world.paid(UUID(made["id"]))),
        )
        state = (await world.get(world.tutor, path(made, "")[:-1]))["state"]
        assert state == ("rejected" if no.status_code == 200 else "active")
        assert {yes.status_code, no.status_code} <= {200, 409}
    published = await world.published()
    assert published.count(ACTIVATED) + published.count(REJECTED) == 10


async def test_s4_a_repeated_rejection_under_one_key_gets_the_first_answer(world: World) -> None:
    made = await world.study_session(approved=False)

    async def send() -> httpx.Response:
        headers = world.admin.headers | {"Idempotency-Key": "once"}
        body = {"reason": REASON}
        return await world.client.post(path(made, "rejection"), json=body, headers=headers)

    first, second = await send(), await send()
    assert (first.status_code, second.status_code) == (200, 200)
    assert first.text == second.text
    assert (await world.published()).count(REJECTED) == 1


async def test_p_a9_r16_the_saga_ends_when_the_money_is_back(world: World) -> None:
    made, payment_id = await rejected(world), new_id()
    assert await shown(world) == [("rejected", None)]
    await world.handle(closed(world, made, 1))
    assert await shown(world) == [("refunding", None)]
    await world.handle(refund(world, made, RefundRequested, 3, payment_id))
    assert await shown(world) == [("refunding", None)]
    world.clock.move(timedelta(minutes=2))
    await world.handle(refund(world, made, PaymentRefunded, 4, payment_id))
    assert await shown(world) == [("refunded", None)]
    seen = await world.get(world.tutor, path(made, "rejection"))
    at = world.clock.now().isoformat().replace("+00:00", "Z")
    assert (seen["state"], seen["refunded_at"]) == ("refunded", at)
    world.clock.move(timedelta(days=1))
    assert await shown(world, "?stuck=true") == []


async def test_p_a6_several_refunds_of_one_payment_all_have_to_end(world: World) -> None:
    made, payment_id, part, rest = await rejected(world), new_id(), new_id(), new_id()
    await world.handle(refund(world, made, RefundRequested, 2, payment_id, part))
    await world.handle(refund(world, made, PaymentRefunded, 3, payment_id, part))
    await world.handle(closed(world, made, 2, 4))
    assert await shown(world) == [("refunding", None)]  # the rest is not heard of yet
    await world.handle(refund(world, made, RefundRequested, 5, payment_id, rest))
    await world.handle(refund(world, made, RefundFailed, 6, payment_id, rest))
    assert await shown(world) == [("refund_failed", "refund_failed")]
    await world.handle(refund(world, made, RefundMovedToWallet, 7, payment_id, rest))
    assert await shown(world) == [("refunded", None)]


async def test_p8_a_refund_that_is_taken_back_counts_no_more(world: World) -> None:
    made, payment_id, gone = await rejected(world), new_id(), new_id()
    for revision, kind in enumerate((RefundRequested, RefundFailed, RefundCanceled), 2):
        await world.handle(refund(world, made, kind, revision, payment_id, gone))
    await world.handle(closed(world, made, 1, 5))
    assert await shown(world) == [("refunding", None)]
    await world.handle(refund(world, made, RefundRequested, 6, payment_id))
    await world.handle(refund(world, made, PaymentRefunded, 7, payment_id))
    assert await shown(world) == [("refunded", None)]


async def test_p_a9_a_rejection_of_an_unpaid_class_ends_with_the_answer(world: World) -> None:
    made = await rejected(world, paid=False)
    await world.handle(closed(world, made, 0, 1))
    assert await shown(world) == [("nothing_paid", None)]
    late = new_id()  # paid at a page that was still open
    await world.handle(refund(world, made, RefundRequested, 2, late))
    assert await shown(world) == [("refunding", None)]
    await world.handle(refund(world, made, PaymentRefunded, 3, late))
    assert await shown(world) == [("refunded", None)]


async def test_p_a9_what_is_stuck_shows_after_five_minutes(world: World) -> None:
    unanswered = await rejected(world, paid=False)
    unconfirmed = await rejected(world)
    await world.handle(closed(world, unconfirmed, 1))
    open_, failed = await rejected(world), await rejected(world)
    for made, kind in ((open_, RefundRequested), (failed, RefundFailed)):
        await world.handle(closed(world, made, 1))
        await world.handle(refund(world, made, kind, 3, new_id()))
    await world.study_session(approved=False)
    await world.study_session(paid=False)
    await world.study_session(paid=False, approved=False)
    lost = await world.study_session()
    async with world.parts.database.transaction() as session:
        back = text("UPDATE study_sessions SET state = 'pending' WHERE id = :id")
        await session.execute(back, {"id": lost["id"]})
    assert await shown(world, "?stuck=true") == [("refund_failed", "refund_failed")]
    world.clock.move(timedelta(minutes=5))
    assert await shown(world, "?stuck=true") == [("refund_failed", "refund_failed")]
    world.clock.move(timedelta(seconds=1))
    page = await world.get(world.admin, "/v1/admin/approvals?stuck=true")
    assert {item["id"]: item["stuck"] for item in page["items"]} == {
        unanswered["id"]: "rejection_unanswered",
        unconfirmed["id"]: "refund_unconfirmed",
        open_["id"]: "refund_unconfirmed",
        failed["id"]: "refund_failed",
        lost["id"]: "not_activated",
    }
    assert await shown(world, "?stuck=true&state=activating") == [("activating", "not_activated")]


async def test_s4_waiting_classes_are_listed_by_what_they_wait_for(world: World) -> None:
    paid = await world.study_session(approved=False)
    approved = await world.study_session(paid=False)
    neither = await world.study_session(paid=False, approved=False)
    await world.study_session()  # active: not on its way any more
    await world.post(world.tutor, "/v1/study-sessions", {"name": "M", "draft": True})
    world.clock.move(timedelta(days=3))
    for state, made in (
        ("paid_not_approved", paid), ("approved_not_paid", approved), ("created", neither),
    ):  # fmt: skip
        page = await world.get(world.admin, f"/v1/admin/approvals?state={state}")
        assert [item["id"] for item in page["items"]] == [made["id"]]
        assert page["items"][0]["stuck"] is None
        assert page["items"][0]["session_code"] == made["session_code"]
    first = await world.get(world.admin, "/v1/admin/approvals?limit=2")
    rest = await world.get(world.admin, f"/v1/admin/approvals?cursor={first['next_cursor']}")
    ids = [item["id"] for item in first["items"] + rest["items"]]
    assert ids == [neither["id"], approved["id"], paid["id"]]


STEPS: dict[type[RefundEvent], str] = {
    PaymentRefunded: "refunded",
    RefundFailed: "refund_failed",
    RefundRequested: "refunding",
}


@settings(max_examples=25)
@given(
    kinds=st.lists(st.sampled_from(sorted(STEPS, key=str)), min_size=1, max_size=5),
    data=st.data(),
)
async def test_p_a9_any_order_and_number_of_events_ends_in_the_newest(
    world: World, kinds: list[type[RefundEvent]], data: st.DataObject
) -> None:
    """Replays break the order: the event with the highest revision has the last word."""
    made, payment_id = await rejected(world), new_id()
    await world.handle(closed(world, made, 1))
    numbers = data.draw(st.permutations([*range(len(kinds)), *range(len(kinds))]))
    for number in numbers:
        await world.handle(refund(world, made, kinds[number], number + 3, payment_id))
    [(state, _), *_] = await shown(world)
    assert state == STEPS[kinds[-1]]


async def test_r14_a_rejection_deletes_nothing(world: World) -> None:
    made = await rejected(world)
    await world.handle(closed(world, made, 0, 1))
    page = await world.get(world.tutor, "/v1/study-sessions?state=rejected")
    assert [item["id"] for item in page["items"]] == [made["id"]]
    assert page["items"][0]["paid_at"] is not None
