"""The words of every kind, by language. A new language is one more `Language` in `LANGUAGES`."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Text:
    """Title and body with placeholders for `str.format`; see `templates.py` for which."""

    title: str
    body: str


@dataclass(frozen=True, slots=True)
class Language:
    """`somebody` and `a_class` stand for what this service does not know (yet).

    `moment` is a `strftime` format without names of days or months, which would be English.
    """

    texts: Mapping[str, Text]
    somebody: str
    a_class: str
    moment: str


ENGLISH = Language(
    texts={
        "welcome": Text("Welcome to StudyZed", "Your code is {user_code}."),
        "class_awaits_approval": Text(
            "A class awaits approval", "Class {session_code} was created and waits for an admin."
        ),
        "class_approved": Text("Class approved", "Class {session_code} was approved."),
        "class_rejected": Text(
            "Class rejected",
            "Class {session_code} was rejected; the reason stands with the class. "
            "Whatever was paid for it goes back.",
        ),
        "class_activated": Text(
            "Class is active", "Class {session_code} is active: students may join."
        ),
        "class_paused": Text(
            "Class paused", "Class {session_code} is paused: nothing new is set for now."
        ),
        "class_resumed": Text("Class goes on", "Class {session_code} goes on."),
        "class_suspended": Text(
            "Class suspended", "Class {session_code} is suspended until it is restored."
        ),
        "class_restored": Text("Class restored", "Class {session_code} is active again."),
        "class_ended": Text(
            "Class ended", "Class {session_code} has ended; you can still read it."
        ),
        "class_handed_over": Text("New tutor", "Class {session_code} is now taught by {person}."),
        "class_offered": Text(
            "A class is offered to you", "You may take class {session_code} over from {person}."
        ),
        "class_offer_accepted": Text(
            "Class handed over", "{person} has taken class {session_code} over."
        ),
        "class_offer_declined": Text(
            "Offer declined", "{person} does not take class {session_code} over."
        ),
        "join_requested": Text("Request to join", "{person} asks to join class {session_code}."),
        "join_approved": Text("You are in", "You are now a student of class {session_code}."),
        "join_declined": Text(
            "Request declined", "Your request to join class {session_code} was declined."
        ),
        "member_removed": Text(
            "No longer in the class", "You are no longer a student of class {session_code}."
        ),
        "member_left": Text(
            "A place was given up", "{person} has given up the place in class {session_code}."
        ),
        "seat_freed": Text(
            "A seat is yours", "A seat in class {session_code} has become free, and is yours."
        ),
        "role_offered": Text(
            "You are asked to help", "You are asked to take on a role in class {session_code}."
        ),
        "role_taken_on": Text(
            "Help for your class", "{person} has taken on a role in class {session_code}."
        ),
        "role_given_up": Text(
            "A role was given up", "{person} has no role in class {session_code} any more."
        ),
        "role_taken_away": Text(
            "A role has ended", "You have no role in class {session_code} any more."
        ),
        "task_set": Text("New task", "Class {session_code} has a new task, due {due}."),
        "due_changed": Text(
            "Another due time", "A task of class {session_code} is due {due} instead of {before}."
        ),
        "due_soon": Text(
            "Due soon", "A task of class {session_code} is due {due}: nothing is handed in yet."
        ),
        "work_returned": Text(
            "To be done again",
            "Version {number} of your work in class {session_code} was given back.",
        ),
        "time_granted": Text(
            "More time", "You have more time for some work in class {session_code}."
        ),
        "time_withdrawn": Text(
            "Time as for all", "Some work in class {session_code} is due for you as for all."
        ),
        "material_shared": Text("New material", "Class {session_code} has new material."),
        "attendance_changed": Text(
            "Attendance corrected", "Your attendance in class {session_code} was corrected."
        ),
        "assessment_set": Text(
            "New test", "Class {session_code} has a test, open from {opens} to {closes}."
        ),
        "assessment_moved": Text(
            "Test at another time", "The test of class {session_code} is open until {closes}."
        ),
        "attempt_expired": Text(
            "Your test is over",
            "Time is up for your test in class {session_code}: what you saved is handed in.",
        ),
        "attempt_annulled": Text(
            "A test does not count",
            "Your try at the test of class {session_code} does not count: you may try again.",
        ),
        "lesson_set": Text("New lesson", "Class {session_code} has a lesson on {start}."),
        "lesson_postponed": Text(
            "Lesson moved", "Class {session_code} meets on {start} instead of {before}."
        ),
        "lesson_off": Text(
            "Lesson cancelled", "The lesson of class {session_code} on {start} is cancelled."
        ),
        "series_set": Text(
            "New lessons", "Class {session_code} has new lessons, the first on {start}."
        ),
        "series_altered": Text(
            "Lessons moved", "Class {session_code} has other times from {start} on."
        ),
        "series_off": Text(
            "Lessons cancelled", "Lessons of class {session_code} are cancelled from {start} on."
        ),
        "series_elsewhen": Text(
            "Clocks change",
            "New rules for clocks move lessons of class {session_code} from {start} on.",
        ),
        "holidays_set": Text(
            "Holidays", "Class {session_code} has holidays between {first_on} and {last_on}."
        ),
        "holiday_lifted": Text(
            "Holiday taken back",
            "Class {session_code} has lessons from {first_on} to {last_on} after all.",
        ),
        "hour_shifts": Text(
            "Clocks change",
            "For you class {session_code} meets at another hour from {start} on; before, it was "
            "on {before}.",
        ),
        "work_handed_in": Text(
            "Work handed in", "{person} handed in version {number} in class {session_code}."
        ),
        "mark_shown": Text("Mark released", "Your work in class {session_code} has been marked."),
        "marks_shown": Text("Marks released", "You have new marks in class {session_code}."),
        "mark_altered": Text("Mark changed", "A mark in class {session_code} has changed."),
        "class_paid": Text("Payment received", "The subscription of {study_session} is paid."),
        "payment_refused": Text(
            "Payment declined", "The payment for {study_session} was declined; you may try again."
        ),
        "lesson_booked": Text(
            "Lesson booked", "{person} has booked a lesson with you in class {session_code}."
        ),
        "booking_moved": Text(
            "Lesson moved", "Your own lesson in class {session_code} has another time now."
        ),
        "booking_cancelled": Text(
            "Lesson called off", "A booked lesson in class {session_code} does not take place."
        ),
        "credit_granted": Text(
            "A lesson to make up", "You may book a make-up lesson in class {session_code}."
        ),
        "reschedule_asked": Text(
            "Another time?", "{person} asks for another time for a lesson in class {session_code}."
        ),
        "reschedule_decided": Text(
            "Your request was answered",
            "Your request for another time in class {session_code} was {state}.",
        ),
        "payment_refunded": Text(
            "Payment returned", "The payment for {study_session} was given back to you."
        ),
        "refund_moved_to_wallet": Text(
            "Money in your wallet",
            "A refund for {study_session} did not reach your card. It is in your wallet.",
        ),
        "invoice_ready": Text("Invoice", "Invoice {number} for {study_session} is there."),
        "credit_note_ready": Text(
            "Credit note", "Credit note {number} for {study_session} is there."
        ),
        "refund_failed": Text(
            "A refund has failed", "The refund for {study_session} has failed: please look at it."
        ),
        "dispute_opened": Text(
            "A payment is disputed",
            "A bank asks for the money of a payment back. Nothing can leave the payer's wallet "
            "until that is decided.",
        ),
        "dispute_won": Text(
            "A dispute is settled", "A bank asks for the money of a payment no longer."
        ),
        "dispute_lost": Text(
            "A dispute is lost", "A bank has taken the money of a payment back for good."
        ),
        "renewal_due": Text(
            "Please renew", "{study_session} is paid until {ends}: you may pay for more now."
        ),
        "subscription_past_due": Text(
            "Payment due",
            "{study_session} was paid until {ends}. All works until {suspends}; please pay by "
            "then.",
        ),
        "renewal_overdue": Text(
            "Payment overdue",
            "{study_session} was paid until {ends}. Unless you pay, it can only be read from "
            "{suspends} on.",
        ),
        "subscription_suspended": Text(
            "Class can only be read",
            "{study_session} has not been paid for. Pay before {expires} and it goes on; then it "
            "ends.",
        ),
        "expiry_near": Text(
            "Class ends soon", "{study_session} ends on {expires} unless you pay for it."
        ),
        "subscription_expired": Text(
            "Subscription expired", "{study_session} has ended, since it was not paid for."
        ),
        "subscription_renewed": Text("Payment received", "{study_session} is paid until {ends}."),
        "subscription_plan_changed": Text(
            "Plan changed", "{study_session} has its new plan, and is paid until {ends}."
        ),
        "subscription_plan_credited": Text(
            "Plan changed",
            "{study_session} has its new plan, and is paid until {ends}. What was left over is in "
            "the wallet of whoever paid it.",
        ),
        "wallet_topped_up": Text(
            "Money in your wallet", "What you paid into your wallet has arrived."
        ),
        "wallet_frozen": Text(
            "Your wallet is frozen", "Money can come into your wallet, and none can go out for now."
        ),
        "wallet_thawed": Text("Your wallet is free", "You can pay from your wallet again."),
        "webhook_endpoint_disabled": Text(
            "Webhooks stopped",
            "One of your webhook endpoints does not answer any more, so it was switched off.",
        ),
        "message_received": Text("New message", "{person} sent you a message."),
    },
    somebody="Somebody",
    a_class="your class",
    moment="%Y-%m-%d %H:%M",
)

DEFAULT = "en"
LANGUAGES: Mapping[str, Language] = {DEFAULT: ENGLISH}


def language(locale: str) -> Language:
    """The language of a BCP 47 tag: the tag itself, else its language, else English."""
    primary = locale.partition("-")[0]
    return LANGUAGES.get(locale) or LANGUAGES.get(primary) or LANGUAGES[DEFAULT]
