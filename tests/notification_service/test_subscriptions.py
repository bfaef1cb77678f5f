"""What a tutor is told of a subscription that ends, and nobody else is (P11)."""

from datetime import UTC, datetime

from libs.events.base import Event
from libs.events.payment_plan_changes import SubscriptionPlanChanged
from libs.events.payment_subscriptions import (
    ExpiryNear,
    RenewalDue,
    RenewalOverdue,
    SubscriptionExpired,
    SubscriptionPastDue,
    SubscriptionRenewed,
    SubscriptionRestored,
    SubscriptionSuspended,
)
from libs.ids import new_id
from libs.mongo import Mongo
from notification_service.rules.table import RULES
from tests.notification_service.test_feeds import OF_PLAN_CHANGES, OF_SUBSCRIPTIONS, texts
from tests.notification_service.world import Class, from_kafka, handle, registered


async def test_p11_a_tutor_is_told_before_and_at_each_step(mongo: Mongo) -> None:
    room, student = Class.new(), new_id()
    about = {
        "study_session_id": room.id, "tutor_id": room.tutor_id, "subscription_id": new_id(),
        "period": 1,
        "ends_at": datetime(2027, 2, 27, 18, 30, tzinfo=UTC),
        "suspends_at": datetime(2027, 3, 6, 18, 30, tzinfo=UTC),
        "expires_at": datetime(2027, 4, 5, 18, 30, tzinfo=UTC),
    }  # fmt: skip
    events: list[Event] = [
        RenewalDue(**about, days=7, revision=2),
        SubscriptionPastDue(**about, revision=3),
        RenewalOverdue(**about, days=4, revision=4),
        SubscriptionSuspended(**about, revision=5),
        ExpiryNear(**about, days=7, revision=6),
        SubscriptionExpired(**about, revision=7),
        SubscriptionRenewed(**about, payment_id=new_id(), revision=8),
        SubscriptionRestored(**about, payment_id=None, revision=9),
    ]
    assert {type(event) for event in events} == OF_SUBSCRIPTIONS <= set(RULES)
    people = [
        registered(room.tutor_id, "tutor"), registered(student), room.created(),
        room.joined(student),
    ]  # fmt: skip
    await handle(mongo, [from_kafka(event) for event in [*people, *events]])
    for event in events:
        await handle(mongo, [from_kafka(event)], inbox=False)
    ends, suspends, expires = (
        f"{day} (UTC)" for day in ("2027-02-27 18:30", "2027-03-06 18:30", "2027-04-05 18:30")
    )
    name = "CLASS-1A2B3C4"
    assert (await texts(mongo, room.tutor_id))[7::-1] == [
        f"Please renew: {name} is paid until {ends}: you may pay for more now.",
        f"Payment due: {name} was paid until {ends}. All works until {suspends}; please pay by "
        "then.",
        f"Payment overdue: {name} was paid until {ends}. Unless you pay, it can only be read from "
        f"{suspends} on.",
        f"Class can only be read: {name} has not been paid for. Pay before {expires} and it goes "
        "on; then it ends.",
        f"Class ends soon: {name} ends on {expires} unless you pay for it.",
        f"Subscription expired: {name} has ended, since it was not paid for.",
        f"Payment received: {name} is paid until {ends}.",
        f"Payment received: {name} is paid until {ends}.",
    ]
    assert [line for line in await texts(mongo, student) if "paid" in line] == []


async def test_p12_a_tutor_is_told_of_a_new_plan_and_of_what_is_left_over(mongo: Mongo) -> None:
    room = Class.new()
    about = {
        "study_session_id": room.id, "tutor_id": room.tutor_id, "subscription_id": new_id(),
        "period": 2,
        "ends_at": datetime(2027, 2, 27, 18, 30, tzinfo=UTC),
        "suspends_at": datetime(2027, 3, 6, 18, 30, tzinfo=UTC),
        "expires_at": datetime(2027, 4, 5, 18, 30, tzinfo=UTC),
        "plan_change_id": new_id(), "plan_id": new_id(), "months": 12, "currency": "INR",
    }  # fmt: skip
    events: list[Event] = [
        SubscriptionPlanChanged(**about, credit=100, charge=100, revision=2),
        SubscriptionPlanChanged(**about, credit=101, charge=100, revision=3),
    ]
    assert {type(event) for event in events} == OF_PLAN_CHANGES <= set(RULES)
    people = [registered(room.tutor_id, "tutor"), room.created()]
    await handle(mongo, [from_kafka(event) for event in [*people, *events]])
    new = "CLASS-1A2B3C4 has its new plan, and is paid until 2027-02-27 18:30 (UTC)."
    assert (await texts(mongo, room.tutor_id))[1::-1] == [
        f"Plan changed: {new}",
        f"Plan changed: {new} What was left over is in the wallet of whoever paid it.",
    ]
