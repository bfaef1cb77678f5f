"""From events to feeds, over a real database."""

import asyncio
from contextlib import suppress
from datetime import timedelta
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from libs.clock import SystemClock
from libs.events.base import Event
from libs.events.message import MessageSent
from libs.events.payment import PaymentDeclined, PaymentRefunded, RefundFailed, SubscriptionPaid
from libs.events.session import (
    ClassRoleEnded,
    ClassRoleGranted,
    ClassRoleOffered,
    MarkReleased,
    MembershipApproved,
    MembershipDeclined,
    MembershipLeft,
    MembershipPromoted,
    MembershipRemoved,
    MembershipRequested,
    OwnerOfferAccepted,
    OwnerOfferDeclined,
    OwnerOffered,
    StudySessionActivated,
    StudySessionApproved,
    StudySessionEnded,
    StudySessionOwnerChanged,
    StudySessionPaused,
    StudySessionRejected,
    StudySessionRestored,
    StudySessionResumed,
    StudySessionSuspended,
    SubmissionReceived,
)
from libs.events.session_attendance import AttendanceCorrected
from libs.events.user import ProfileChanged
from libs.ids import new_id
from libs.mongo import Mongo, MongoSession
from libs.pagination import PageRequest
from notification_service.devices import service as devices
from notification_service.devices.schemas import DeviceRegister
from notification_service.notifications import service
from notification_service.rules.table import RULES
from tests.notification_service.world import (
    Class,
    changed,
    documents,
    from_kafka,
    handle,
    registered,
)

OF_CLASSES = (
    StudySessionPaused,
    StudySessionResumed,
    StudySessionSuspended,
    StudySessionRestored,
    StudySessionEnded,
    StudySessionOwnerChanged,
    OwnerOffered,
    OwnerOfferAccepted,
    OwnerOfferDeclined,
)

OF_LESSONS = {event for event in RULES if event.__module__ == "libs.events.session_lessons"}
"""Tested in `test_lessons.py`."""
OF_MARKS = {event for event in RULES if event.__module__ == "libs.events.session_marks"}
"""Tested in `test_marks.py`."""
OF_TESTS = {
    event
    for event in RULES
    if event.__module__ in ("libs.events.session_assessments", "libs.events.session_attempts")
}
"""Tested in `test_assessments.py`."""
OF_TASKS = {event for event in RULES if event.__module__ == "libs.events.session_tasks"}
"""Tested in `test_tasks.py`."""
OF_SUBSCRIPTIONS = {
    event for event in RULES if event.__module__ == "libs.events.payment_subscriptions"
}
"""Tested in `test_subscriptions.py`."""
OF_BOOKINGS = {event for event in RULES if event.__module__ == "libs.events.session_bookings"}
"""Tested in `test_bookings.py`."""

OF_INVOICES = {event for event in RULES if event.__module__ == "libs.events.payment_invoices"}
"""Tested in `test_invoices.py`."""
OF_PLAN_CHANGES = {
    event for event in RULES if event.__module__ == "libs.events.payment_plan_changes"
}
"""Tested in `test_subscriptions.py`."""
OF_WALLETS = {event for event in RULES if event.__module__ == "libs.events.payment_wallets"}
"""Tested in `test_wallets.py`."""
OF_WEBHOOKS = {event for event in RULES if event.__module__ == "libs.events.payment_webhooks"}
"""Tested in `test_webhooks.py`."""

OF_DISPUTES = {event for event in RULES if event.__module__ == "libs.events.payment_disputes"}
"""Tested in `test_disputes.py`."""

OF_REFUNDS = {event for event in RULES if event.__module__ == "libs.events.payment_refunds"}
"""Tested in `test_refunds.py`."""


async def kinds(mongo: Mongo, account_id: UUID) -> list[str]:
    """What a person was told, oldest first."""
    rows = await documents(mongo, "notifications", account_id=account_id)
    return [row["kind"] for row in sorted(rows, key=lambda row: row["number"])]


async def texts(mongo: Mongo, account_id: UUID) -> list[str]:
    """A person's feed as it reads, newest first."""
    async with mongo.reads() as session:
        shown, _ = await service.list_page(session, account_id, PageRequest(None, 100))
    return [f"{one.title}: {one.body}" for one in shown]


async def test_each_event_reaches_whom_its_rule_names(mongo: Mongo) -> None:
    room, student, admin, payment = Class.new(), new_id(), new_id(), new_id()
    helper = new_id()
    task, submission = room.task(), new_id()
    joined = room.joined(student)
    of_class = {**room.fields, "tutor_id": room.tutor_id}
    role = {**of_class, "class_role_id": new_id(), "account_id": helper, "role": "co_tutor"}
    role["student_id"] = None
    place = {**of_class, "membership_id": joined.membership_id, "student_id": student}
    work = {"task_id": task.task_id, "submission_id": submission, "student_id": student}
    paid = {"study_session_id": room.id, "tutor_id": room.tutor_id, "payment_id": payment}
    price = {"amount": 1_000, "currency": "EUR"}
    back = {**paid, **price, "refund_id": new_id()}
    events: list[Event] = [
        registered(admin, "admin"),
        registered(room.tutor_id, "tutor", name="Tara"),
        registered(student, name="Sven"),
        changed(student, name="Sam", revision=2),
        room.created(),
        PaymentDeclined(**paid),
        SubscriptionPaid(**paid, **price, plan_id=new_id(), paid_at=SystemClock().now()),
        StudySessionApproved(**of_class),
        StudySessionActivated(**of_class),
        StudySessionRejected(**of_class),
        PaymentRefunded(**back, refunded_at=SystemClock().now()),
        RefundFailed(**back),
        MembershipRequested(**place),
        MembershipDeclined(**place),
        MembershipPromoted(**place),
        joined,
        task,
        room.material(silent=True),
        room.material(),
        AttendanceCorrected(
            **room.fields, attendance_id=new_id(), lesson_id=new_id(), student_id=student,
            state="late",
        ),
        SubmissionReceived(**of_class, **work, number=1),
        MarkReleased(**room.fields, **work, mark_id=new_id()),
        ClassRoleOffered(**role),
        ClassRoleGranted(**role),
        ClassRoleEnded(**role, how="removed"),
        ClassRoleEnded(**role, how="withdrawn"),
        ClassRoleEnded(**role, how="resigned"),
        ClassRoleEnded(**role, how="declined"),
        ClassRoleEnded(**role, how="promoted"),
        MembershipRemoved(**place, revision=3),
        MembershipLeft(**place, revision=5),
        MessageSent(
            conversation_id=new_id(), message_id=new_id(), sender_id=student,
            recipient_ids=(room.tutor_id, student),
        ),
    ]  # fmt: skip
    assert {type(event) for event in events} == {ProfileChanged, *RULES} - {
        *OF_CLASSES,
        *OF_LESSONS,
        *OF_TASKS,
        *OF_BOOKINGS,
        *OF_SUBSCRIPTIONS,
        *OF_MARKS,
        *OF_TESTS,
        *OF_INVOICES,
        *OF_PLAN_CHANGES,
        *OF_WALLETS,
        *OF_REFUNDS,
        *OF_WEBHOOKS,
        *OF_DISPUTES,
    }
    await handle(mongo, [from_kafka(event) for event in events])
    assert await kinds(mongo, admin) == ["welcome", "class_awaits_approval", "refund_failed"]
    assert await texts(mongo, admin) == [
        "A refund has failed: The refund for CLASS-1A2B3C4 has failed: please look at it.",
        "A class awaits approval: Class CLASS-1A2B3C4 was created and waits for an admin.",
        f"Welcome to StudyZed: Your code is TESTX-{admin.hex[-7:].upper()}.",
    ]
    assert await kinds(mongo, student) == [
        "welcome", "join_declined", "seat_freed", "join_approved", "task_set", "material_shared",
        "attendance_changed", "mark_shown", "member_removed",
    ]  # fmt: skip
    assert await kinds(mongo, helper) == ["role_offered", "role_taken_away", "role_taken_away"]
    assert await kinds(mongo, room.tutor_id) == [
        "welcome", "payment_refused", "class_paid", "class_approved", "class_activated",
        "class_rejected", "payment_refunded",
        "join_requested", "work_handed_in", "role_taken_on", "role_given_up", "role_given_up",
        "member_left", "message_received",
    ]  # fmt: skip
    assert await texts(mongo, room.tutor_id) == [
        "New message: Sam sent you a message.",
        "A place was given up: Sam has given up the place in class CLASS-1A2B3C4.",
        "A role was given up: Somebody has no role in class CLASS-1A2B3C4 any more.",
        "A role was given up: Somebody has no role in class CLASS-1A2B3C4 any more.",
        "Help for your class: Somebody has taken on a role in class CLASS-1A2B3C4.",
        "Work handed in: Sam handed in version 1 in class CLASS-1A2B3C4.",
        "Request to join: Sam asks to join class CLASS-1A2B3C4.",
        "Payment returned: The payment for CLASS-1A2B3C4 was given back to you.",
        "Class rejected: Class CLASS-1A2B3C4 was rejected; the reason stands with the class. "
        "Whatever was paid for it goes back.",
        "Class is active: Class CLASS-1A2B3C4 is active: students may join.",
        "Class approved: Class CLASS-1A2B3C4 was approved.",
        "Payment received: The subscription of CLASS-1A2B3C4 is paid.",
        "Payment declined: The payment for CLASS-1A2B3C4 was declined; you may try again.",
        f"Welcome to StudyZed: Your code is TESTX-{room.tutor_id.hex[-7:].upper()}.",
    ]


async def test_s1_what_becomes_of_a_class_is_told(mongo: Mongo) -> None:
    room, student, heir = Class.new(), new_id(), new_id()
    now = SystemClock().now()
    of_class = {**room.fields, "tutor_id": room.tutor_id}
    offer = {**of_class, "offer_id": new_id(), "to_id": heir}
    resumed = {"paused_at": now, "resumed_at": now, "kept_seconds": 0}
    handed = {**room.fields, "tutor_id": heir, "old_tutor_id": room.tutor_id, "revision": 9}
    events: list[Event] = [
        registered(room.tutor_id, "tutor", name="Tara"),
        registered(heir, "tutor", name="Hari"),
        registered(student, name="Sven"),
        room.created(),
        room.joined(student),
        StudySessionPaused(**of_class, cause="owner", paused_at=now),
        StudySessionResumed(**of_class, **resumed),
        StudySessionSuspended(**of_class),
        StudySessionRestored(**of_class),
        OwnerOffered(**offer),
        OwnerOfferDeclined(**offer),
        OwnerOfferAccepted(**offer),
        StudySessionOwnerChanged(**handed),
        StudySessionEnded(**of_class),
    ]
    assert {type(event) for event in events} >= set(OF_CLASSES)
    await handle(mongo, [from_kafka(event) for event in events])
    assert (await texts(mongo, student))[:4] == [
        "Class ended: Class CLASS-1A2B3C4 has ended; you can still read it.",
        "New tutor: Class CLASS-1A2B3C4 is now taught by Hari.",
        "Class goes on: Class CLASS-1A2B3C4 goes on.",
        "Class paused: Class CLASS-1A2B3C4 is paused: nothing new is set for now.",
    ]
    assert (await texts(mongo, room.tutor_id))[:4] == [
        "Class handed over: Hari has taken class CLASS-1A2B3C4 over.",
        "Offer declined: Hari does not take class CLASS-1A2B3C4 over.",
        "Class restored: Class CLASS-1A2B3C4 is active again.",
        "Class suspended: Class CLASS-1A2B3C4 is suspended until it is restored.",
    ]
    offered = "A class is offered to you: You may take class CLASS-1A2B3C4 over from Tara."
    assert (await texts(mongo, heir))[:1] == [offered]
    for late in (room.created(), StudySessionOwnerChanged(**{**handed, "tutor_id": student})):
        await handle(mongo, [from_kafka(late)])
    [row] = await documents(mongo, "study_sessions", _id=room.id)
    assert (row["tutor_id"], row["revision"]) == (heir, 9)


async def test_n17_silent_material_is_told_to_nobody_not_even_later(mongo: Mongo) -> None:
    room, early, late = Class.new(), new_id(), new_id()
    joined = [from_kafka(room.joined(student)) for student in (early, late)]
    silent, aloud = from_kafka(room.material(silent=True)), from_kafka(room.material())
    await handle(mongo, [joined[0], silent, aloud])
    await handle(mongo, [joined[1]])  # approved before, and heard of only now
    for student in (early, late):
        assert await kinds(mongo, student) == ["join_approved", "material_shared"]
    assert (await texts(mongo, early))[0] == "New material: Class CLASS-1A2B3C4 has new material."


async def test_n17_material_of_a_booked_lesson_is_told_to_its_student(mongo: Mongo) -> None:
    room, student, classmate = Class.new(), new_id(), new_id()
    joined = [from_kafka(room.joined(one)) for one in (student, classmate)]
    await handle(mongo, [*joined, from_kafka(room.material(only=student))])
    assert await kinds(mongo, student) == ["join_approved", "material_shared"]
    assert await kinds(mongo, classmate) == ["join_approved"]


async def test_n_a1_five_deliveries_make_one_row_per_recipient(mongo: Mongo) -> None:
    room, students = Class.new(), [new_id() for _ in range(3)]
    await handle(mongo, [from_kafka(room.joined(student)) for student in students])
    task = from_kafka(room.task())
    for _ in range(5):
        await handle(mongo, [task])
    for _ in range(5):  # the inbox keeps an event for seven days; the feed for ever
        await handle(mongo, [task], inbox=False)
    told = await documents(mongo, "notifications", event_id=task.event_id)
    assert {row["account_id"] for row in told} == set(students)
    assert len(told) == 3
    feeds = await documents(mongo, "feeds")
    assert [(row["number"], row["unread"]) for row in feeds] == [(2, 2)] * 3
    assert len(await documents(mongo, "outbox")) == 6


class Killed(Exception):
    """The process ends here."""


CALLS = 11
"""How many times the handlers of a task turn to the database, for one student with one device."""


@pytest.mark.parametrize("calls", range(CALLS + 1))
async def test_n_a1_a_handler_killed_between_two_steps_leaves_nothing(
    mongo: Mongo, calls: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The process dies when it turns to the database once more; the event comes again."""
    room, student = Class.new(), new_id()
    device = DeviceRegister(installation_id="tablet-1", token="token-1-1", platform="web")
    await mongo.run(lambda s: devices.register(s, student, device, mongo.clock.now()))
    await handle(mongo, [from_kafka(room.joined(student))])
    task, left, access = from_kafka(room.task()), calls, MongoSession.__getitem__

    def count(session: MongoSession, name: str) -> object:
        nonlocal left
        left -= 1
        if left < 0:
            raise Killed
        return access(session, name)

    with monkeypatch.context() as patched:
        patched.setattr(MongoSession, "__getitem__", count)
        with suppress(Killed) if calls == CALLS else pytest.raises(Killed):
            await handle(mongo, [task])
    before = await documents(mongo, "notifications", event_id=task.event_id)
    assert len(before) == (1 if calls == CALLS else 0)
    await handle(mongo, [task])
    assert await kinds(mongo, student) == ["join_approved", "task_set"]
    [feed] = await documents(mongo, "feeds", _id=student)
    assert (feed["number"], feed["unread"]) == (2, 2)
    assert len(await documents(mongo, "outbox", destination="kafka")) == 2
    assert len(await documents(mongo, "outbox", destination="celery")) == 2


async def test_concurrent_events_number_a_feed_without_gaps(mongo: Mongo) -> None:
    """Several processes write into the same two feeds at once."""
    tutor, student = new_id(), new_id()
    conversation = new_id()

    def message() -> MessageSent:
        return from_kafka(
            MessageSent(
                conversation_id=conversation, message_id=new_id(), sender_id=new_id(),
                recipient_ids=(tutor, student),
            )
        )  # fmt: skip

    await asyncio.gather(*(handle(mongo, [message(), message()]) for _ in range(8)))
    for account_id in (tutor, student):
        rows = await documents(mongo, "notifications", account_id=account_id)
        assert sorted(row["number"] for row in rows) == list(range(1, 17))
        letters = await documents(mongo, "outbox", key=str(account_id))
        assert sorted(letter["revision"] for letter in letters) == list(range(1, 17))
    feeds = await documents(mongo, "feeds")
    assert [(row["number"], row["unread"]) for row in feeds] == [(16, 16)] * 2


async def test_an_unknown_person_is_told_too_and_names_follow(mongo: Mongo) -> None:
    room, student = Class.new(), new_id()
    asked = MembershipRequested(
        **room.fields, membership_id=new_id(), student_id=student, tutor_id=room.tutor_id
    )
    await handle(mongo, [from_kafka(asked)])
    before = "Request to join: Somebody asks to join class CLASS-1A2B3C4."
    assert await texts(mongo, room.tutor_id) == [before]
    await handle(mongo, [from_kafka(registered(student, name="Sam"))])
    after = "Request to join: Sam asks to join class CLASS-1A2B3C4."
    assert await texts(mongo, room.tutor_id) == [after]


async def test_a_task_that_overtakes_an_approval_is_told_after_it(mongo: Mongo) -> None:
    room, early, late, now = Class.new(), new_id(), new_id(), SystemClock().now()
    approved = from_kafka(room.joined(early), now - timedelta(minutes=2))
    task = from_kafka(room.task(), now - timedelta(minutes=1))
    joined_later = from_kafka(room.joined(late), now)
    await handle(mongo, [task])
    await handle(mongo, [approved])
    await handle(mongo, [joined_later])
    assert await kinds(mongo, early) == ["join_approved", "task_set"]
    assert await kinds(mongo, late) == ["join_approved"]


@pytest.mark.parametrize("end", [MembershipRemoved, MembershipLeft])
async def test_who_is_out_of_a_class_hears_no_more_of_it(
    mongo: Mongo, end: type[MembershipRemoved] | type[MembershipLeft]
) -> None:
    """Whatever the order in which the events come; a new approval counts again."""
    room, student = Class.new(), new_id()
    joined = room.joined(student)
    told = joined.model_dump()
    ended = end(**told | {"revision": 3})
    for events in ([joined, ended, joined], [ended, joined]):
        await mongo.database["members"].delete_many({})
        for event in events:
            await handle(mongo, [from_kafka(event)], inbox=False)
        await handle(mongo, [from_kafka(room.task())])
        assert "task_set" not in await kinds(mongo, student)
    await handle(mongo, [from_kafka(MembershipApproved(**told | {"revision": 4}))])
    await handle(mongo, [from_kafka(room.task())])
    assert (await kinds(mongo, student)).count("task_set") == 1
    late = end(**told | {"revision": 3})
    await handle(mongo, [from_kafka(late)])
    await handle(mongo, [from_kafka(room.task())])
    assert (await kinds(mongo, student)).count("task_set") == 2


async def test_a_class_that_overtakes_an_admin_is_told_after_it(mongo: Mongo) -> None:
    admin, later, room, now = new_id(), new_id(), Class.new(), SystemClock().now()
    seeded = from_kafka(registered(admin, "admin"), now - timedelta(days=1))
    await handle(mongo, [from_kafka(room.created(), now)])
    await handle(mongo, [seeded])
    await handle(mongo, [from_kafka(registered(later, "admin"), now + timedelta(minutes=1))])
    assert await kinds(mongo, admin) == ["welcome", "class_awaits_approval"]
    assert await kinds(mongo, later) == ["welcome"]


async def test_an_older_account_event_does_not_undo_a_newer_copy(mongo: Mongo) -> None:
    person = new_id()
    newer = registered(person, name="New", revision=2)
    await handle(mongo, [from_kafka(newer)])
    await handle(mongo, [from_kafka(registered(person, name="Old", revision=1))])
    [copy] = await documents(mongo, "people")
    assert copy == {
        "_id": person, "name": "New", "role": "student", "user_code": newer.user_code,
        "locale": "en", "zone": "UTC", "revision": 2,
    }  # fmt: skip


async def test_r21_the_due_time_is_in_the_readers_zone(mongo: Mongo) -> None:
    room, student = Class.new(), new_id()
    known = registered(student, zone="Asia/Kolkata", locale="hi-IN")
    await handle(mongo, [from_kafka(known), from_kafka(room.joined(student))])
    await handle(mongo, [from_kafka(room.task())])
    newest = (await texts(mongo, student))[0]
    assert newest == (
        "New task: Class CLASS-1A2B3C4 has a new task, due 2027-03-01 18:00 (Asia/Kolkata)."
    )


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("add"), st.integers(0, 2)),
        st.tuples(st.just("read"), st.integers(0, 12)),
        st.tuples(st.just("read_all"), st.integers(0, 1)),
    ),
    min_size=1,
    max_size=12,
)


@settings(max_examples=15)
@given(steps=STEPS)
async def test_the_unread_count_equals_a_recount(
    mongo: Mongo, steps: list[tuple[str, int]]
) -> None:
    """After any history; index 0 and 1 are people, a third number tells both."""
    people, now = [new_id(), new_id()], SystemClock().now()
    for step, number in steps:
        if step == "add":
            to = tuple(people) if number == 2 else (people[number],)
            ids = {"conversation_id": new_id(), "message_id": new_id(), "sender_id": new_id()}
            await handle(mongo, [from_kafka(MessageSent(**ids, recipient_ids=to))])
        elif step == "read_all":
            someone = people[number]
            await mongo.run(lambda s, who=someone: service.read_all(s, who, now))  # type: ignore[misc]
        else:
            own = await documents(mongo, "notifications", account_id=people[number % 2])
            if own:
                one = own[number % len(own)]["_id"]
                reader = people[number % 2]
                await mongo.run(lambda s, who=reader, n=one: service.read(s, who, n, now))  # type: ignore[misc]
    for account_id in people:
        rows = await documents(mongo, "notifications", account_id=account_id)
        async with mongo.reads() as session:
            counted = await service.count_unread(session, account_id)
        assert counted == sum(row["read_at"] is None for row in rows)
        assert sorted(row["number"] for row in rows) == list(range(1, len(rows) + 1))


async def test_u10_a_changed_profile_counts_by_its_revision(mongo: Mongo) -> None:
    """Name, language and zone of the newest news, whichever came first; nobody is told of it."""
    person = new_id()
    newest = changed(person, name="Sam", locale="hi", zone="Asia/Kolkata", revision=3)
    older = changed(person, name="Sven", locale="en", zone="Europe/Oslo", revision=2)
    first = registered(person, name="S")
    for event in (first, newest, older, first):
        await handle(mongo, [from_kafka(event)], inbox=False)
    [copy] = await documents(mongo, "people")
    assert copy == {
        "_id": person, "user_code": newest.user_code, "role": "student", "name": "Sam",
        "locale": "hi", "zone": "Asia/Kolkata", "revision": 3,
    }  # fmt: skip
    assert await kinds(mongo, person) == ["welcome"]
