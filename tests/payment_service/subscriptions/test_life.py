"""What time and payments do to a subscription, through events and the sweeper (P-A7, P-A8, R14)."""

import asyncio
from datetime import datetime, timedelta

import pytest

from payment_service.payments.states import Outcome
from payment_service.subscriptions.jobs import sweep_subscriptions
from payment_service.subscriptions.schemas import SweepSubscriptions
from tests.payment_service.subscriptions.office import DAY, START, Office, at, open_office
from tests.stack import Stack

WHOLE = [
    "renewal_due", "renewal_due", "renewal_due", "past_due",
    "renewal_overdue", "renewal_overdue", "suspended",
    "expiry_near", "expiry_near", "expired",
]  # fmt: skip


async def test_r14_a_payment_activates_and_waiting_costs_no_time(office: Office) -> None:
    """Paid on the 31st, approved five days later: the month begins then."""
    study_session_id = await office.study_session()
    assert await office.pay(study_session_id) is Outcome.APPLIED
    waiting = await office.get(study_session_id)
    assert (waiting.state, waiting.starts_at, waiting.ends_at) == ("pending", None, None)
    await office.sweep(START + 60 * DAY)
    assert (await office.get(study_session_id)).state == "pending"
    office.clock.at = START + 5 * DAY
    await office.activate(study_session_id)
    found = await office.get(study_session_id)
    assert (found.state, found.period, found.starts_at) == ("active", 1, START + 5 * DAY)
    assert found.ends_at == at("2027-03-05")
    kinds = await office.kinds(study_session_id)
    assert kinds == ["subscription.paid", "subscription.activated"]
    await office.activate(study_session_id)
    await office.activate(study_session_id, revision=9)
    assert await office.kinds(study_session_id) == kinds
    assert (await office.get(study_session_id)).ends_at == at("2027-03-05")


async def test_r14_the_end_is_acted_on_step_by_step_and_told_once_each(office: Office) -> None:
    study_session_id = await office.opened()
    await office.live(at("2027-04-10"))
    assert await office.news(study_session_id) == WHOLE
    found = await office.get(study_session_id)
    assert (found.state, found.due_at) == ("expired", None)
    told = [one for one in await office.events(study_session_id) if "days" in one]
    assert [one["days"] for one in told] == [7, 3, 1, 4, 1, 7, 1]
    assert {one["ends_at"] for one in told} == {"2027-02-27T18:30:00Z"}
    revisions = [one["revision"] for one in await office.events(study_session_id)]
    assert revisions == list(range(1, len(revisions) + 1))


@pytest.mark.parametrize(
    ("hour", "state"),
    [
        (at("2027-02-28") - timedelta(seconds=1), "active"),
        (at("2027-02-28"), "past_due"),
        (at("2027-03-07") - timedelta(seconds=1), "past_due"),
        (at("2027-03-07"), "suspended"),
        (at("2027-04-06") - timedelta(seconds=1), "suspended"),
        (at("2027-04-06"), "expired"),
    ],
)
async def test_p_a8_where_time_has_led(office: Office, hour: datetime, state: str) -> None:
    study_session_id = await office.opened()
    await office.sweep(hour)
    assert (await office.get(study_session_id)).state == state


async def test_p11_a_sweeper_that_was_away_skips_what_is_of_no_use(office: Office) -> None:
    """All steps are told, but of the missed notices only the latest, if it still fits."""
    study_session_id = await office.opened()
    await office.sweep(at("2027-02-26", "10:00"))
    assert await office.news(study_session_id) == ["renewal_due"]
    assert (await office.events(study_session_id))[-1]["days"] == 3
    await office.sweep(at("2027-03-07", "10:00"))
    assert (await office.news(study_session_id))[1:] == ["past_due", "suspended"]
    await office.sweep(at("2027-04-05", "10:00"))
    assert (await office.news(study_session_id))[3:] == ["expiry_near"]
    assert (await office.events(study_session_id))[-1]["days"] == 1


async def test_p11_notices_go_out_in_the_morning_of_the_billing_zone(office: Office) -> None:
    study_session_id = await office.opened()
    await office.sweep(at("2027-02-21", "09:00") - timedelta(seconds=1))
    assert await office.news(study_session_id) == []
    await office.sweep(at("2027-02-21", "09:00"))
    await office.sweep()
    assert await office.news(study_session_id) == ["renewal_due"]


async def test_p_a7_paying_early_extends_from_the_old_end(office: Office) -> None:
    study_session_id = await office.opened()
    ends = []
    for day in ("2027-02-10", "2027-03-01", "2027-04-01"):
        office.clock.at = at(day, "12:00")
        assert await office.pay(study_session_id) is Outcome.APPLIED
        ends.append((await office.get(study_session_id)).ends_at)
    assert ends == [at("2027-03-31"), at("2027-04-30"), at("2027-05-31")]
    found = await office.get(study_session_id)
    assert (found.period, found.starts_at) == (4, at("2027-04-30"))
    assert await office.news(study_session_id) == ["renewed", "renewed", "renewed"]


async def test_p_a7_paying_in_the_grace_extends_from_the_old_end(office: Office) -> None:
    study_session_id = await office.opened()
    await office.sweep(at("2027-03-06", "23:00"))
    assert await office.pay(study_session_id) is Outcome.APPLIED
    found = await office.get(study_session_id)
    assert (found.state, found.starts_at, found.ends_at) == (
        "active", at("2027-02-28"), at("2027-03-31"),
    )  # fmt: skip
    assert (await office.news(study_session_id))[-1] == "renewed"


async def test_p_a8_paying_when_suspended_starts_a_period_now(office: Office) -> None:
    study_session_id = await office.opened()
    await office.sweep(at("2027-03-20", "15:00"))
    assert (await office.get(study_session_id)).state == "suspended"
    assert await office.pay(study_session_id, months=3) is Outcome.APPLIED
    found = await office.get(study_session_id)
    assert (found.state, found.starts_at, found.ends_at) == (
        "active", at("2027-03-20", "15:00"), at("2027-06-20"),
    )  # fmt: skip
    told = (await office.events(study_session_id))[-1]
    assert (told["type"], told["period"]) == ("subscription.restored", 2)
    await office.live(at("2027-06-21"))
    assert (await office.news(study_session_id))[-4:] == [
        "renewal_due", "renewal_due", "renewal_due", "past_due",
    ]  # fmt: skip


async def test_p_a8_a_late_payment_succeeded_in_suspended_restores(office: Office) -> None:
    """It was begun in the grace, and the sweeper has not come by since: the clock decides."""
    study_session_id = await office.opened()
    await office.sweep(at("2027-03-06", "12:00"))
    payment_id = await office.intend(study_session_id)
    office.clock.at = at("2027-03-08", "12:00")
    assert await office.arrive(payment_id) is Outcome.APPLIED
    found = await office.get(study_session_id)
    assert (found.state, found.ends_at) == ("active", at("2027-04-08"))
    assert (await office.news(study_session_id))[-2:] == ["suspended", "restored"]
    assert await office.arrive(payment_id) is Outcome.UNCHANGED
    assert (await office.get(study_session_id)).ends_at == at("2027-04-08")


async def test_p_a8_money_for_an_expired_class_goes_back(office: Office) -> None:
    study_session_id = await office.opened()
    await office.sweep(at("2027-04-05"))
    payment_id = await office.intend(study_session_id)
    office.clock.at = at("2027-04-06")
    assert await office.arrive(payment_id) is Outcome.GIVEN_BACK
    assert (await office.get(study_session_id)).state == "expired"
    assert (await office.kinds(study_session_id))[-2:] == [
        "subscription.expired", "refund.requested",
    ]  # fmt: skip


async def test_p8_a_period_that_is_paid_twice_goes_back(office: Office) -> None:
    """A renewal and a double payment are told apart by the number of the period."""
    study_session_id = await office.opened()
    office.clock.at = at("2027-02-20")
    twins = [await office.intend(study_session_id) for _ in range(2)]
    outcomes = await asyncio.gather(*(office.arrive(one) for one in twins))
    assert sorted(outcomes) == [Outcome.APPLIED, Outcome.SURPLUS]
    found = await office.get(study_session_id)
    assert (found.period, found.ends_at) == (2, at("2027-03-31"))
    assert (await office.kinds(study_session_id)).count("refund.requested") == 1
    assert await office.pay(study_session_id) is Outcome.APPLIED
    assert (await office.get(study_session_id)).ends_at == at("2027-04-30")


async def test_p_a8_a_pending_class_is_paid_once(office: Office) -> None:
    study_session_id = await office.study_session()
    twins = [await office.intend(study_session_id, period=1) for _ in range(2)]
    outcomes = [await office.arrive(one) for one in twins]
    assert outcomes == [Outcome.APPLIED, Outcome.SURPLUS]


async def test_s1_a_blocked_owner_s_time_is_kept(office: Office) -> None:
    """Blocked ten days and an hour: the end moves by eleven days, and the anchor day stays."""
    study_session_id = await office.opened()
    office.clock.at = at("2027-02-25", "08:00")
    await office.pause(study_session_id, "blocked", revision=4)
    await office.sweep(at("2027-03-07", "09:00"))
    standing = await office.get(study_session_id)
    assert (standing.state, standing.due_at) == ("active", None)
    await office.resume(study_session_id, 10 * DAY + timedelta(hours=1), revision=5)
    found = await office.get(study_session_id)
    assert (found.state, found.ends_at) == ("active", at("2027-03-11"))
    assert found.due_at == at("2027-03-08", "09:00")
    assert await office.news(study_session_id) == []
    await office.pay(study_session_id)
    assert (await office.get(study_session_id)).ends_at == at("2027-04-11")
    await office.live(at("2027-04-12"))
    assert await office.news(study_session_id) == [
        "renewed", "renewal_due", "renewal_due", "renewal_due", "past_due",
    ]  # fmt: skip


async def test_s1_events_of_pauses_may_come_twice_and_out_of_order(office: Office) -> None:
    study_session_id = await office.opened()
    await office.resume(study_session_id, 3 * DAY, revision=7)
    await office.pause(study_session_id, "leaving", revision=6)
    await office.resume(study_session_id, DAY, revision=5)
    await office.resume(study_session_id, 3 * DAY, revision=7)
    found = await office.get(study_session_id)
    assert found.ends_at == at("2027-03-03")
    assert found.due_at == at("2027-02-24", "09:00")


async def test_s1_a_pause_by_the_owner_s_wish_keeps_no_time(office: Office) -> None:
    study_session_id = await office.opened()
    await office.pause(study_session_id, "owner", revision=4)
    await office.sweep(at("2027-02-28"))
    assert (await office.get(study_session_id)).state == "past_due"
    await office.resume(study_session_id, timedelta(0), revision=5)
    assert (await office.get(study_session_id)).ends_at == at("2027-02-28")


async def test_s1_time_that_turns_out_to_be_kept_restores(office: Office) -> None:
    """The owner's own pause hid the block: nobody told of it until the class goes on."""
    study_session_id = await office.opened()
    await office.pause(study_session_id, "owner", revision=4)
    await office.sweep(at("2027-03-10", "12:00"))
    assert (await office.get(study_session_id)).state == "suspended"
    await office.resume(study_session_id, 20 * DAY, revision=5)
    found = await office.get(study_session_id)
    assert (found.state, found.ends_at) == ("active", at("2027-03-20"))
    told = (await office.events(study_session_id))[-1]
    assert (told["type"], told["payment_id"]) == ("subscription.restored", None)


async def test_p_a8_a_class_that_its_owner_has_ended_is_left_alone(office: Office) -> None:
    study_session_id = await office.opened()
    payment_id = await office.intend(study_session_id)
    await office.end(study_session_id)
    await office.sweep(at("2027-05-01"))
    assert await office.news(study_session_id) == []
    assert (await office.get(study_session_id)).due_at is None
    assert await office.arrive(payment_id) is Outcome.GIVEN_BACK
    assert await office.news(study_session_id) == ["refund.requested"]


async def test_p_a8_two_sweepers_at_once_take_each_step_once(office: Office) -> None:
    many = [await office.opened() for _ in range(6)]
    office.clock.at = at("2027-03-08")
    job = SweepSubscriptions()
    await asyncio.gather(*(sweep_subscriptions(office.parts.database, job) for _ in range(4)))
    for study_session_id in many:
        assert await office.news(study_session_id) == ["past_due", "suspended"]


async def test_p_a8_a_payment_and_the_sweeper_at_once_end_active(office: Office) -> None:
    for _ in range(5):
        office.clock.at = START
        study_session_id = await office.opened()
        office.clock.at = at("2027-03-07")
        payment_id = await office.intend(study_session_id)
        await asyncio.gather(office.sweep(), office.arrive(payment_id), office.sweep())
        assert await office.news(study_session_id) == ["past_due", "suspended", "restored"]
        assert (await office.get(study_session_id)).ends_at == at("2027-04-07")


async def test_p_a8_one_that_is_wrong_keeps_no_other_waiting(office: Office) -> None:
    wrong, right = await office.opened(), await office.opened()
    await office.put(wrong, zone="Nowhere/Land", anchor_on=None)
    await office.sweep(at("2027-02-28"))
    assert (await office.get(right)).state == "past_due"
    assert (await office.get(wrong)).state == "active"


async def test_p_a8_a_round_goes_through_all_pages(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("payment_service.subscriptions.repository.BATCH", 2)
    many = [await office.opened() for _ in range(5)]
    await office.sweep(at("2027-02-28"))
    assert [(await office.get(one)).state for one in many] == ["past_due"] * 5


async def test_p_a7_the_billing_zone_is_kept_on_the_subscription(stack: Stack) -> None:
    async with open_office(stack, billing_zone="America/New_York") as office:
        study_session_id = await office.opened()
        found = await office.get(study_session_id)
        assert found.zone == "America/New_York"
        assert found.ends_at is not None
        assert found.ends_at.isoformat() == "2027-02-28T05:00:00+00:00"
