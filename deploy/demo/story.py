"""The story: a class from sign-up to marks and chat. Each step returns what was seen."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import httpx

from deploy.demo.client import NotSeen, Person, Refused, eventually

WEEK = timedelta(days=7)
BERLIN, KOLKATA = ZoneInfo("Europe/Berlin"), ZoneInfo("Asia/Kolkata")


def monday_before_a_change(now: datetime) -> date:
    """The Monday ahead after which, within a week, clocks in Berlin are changed."""
    day = now.date() + WEEK - timedelta(days=now.weekday())
    while True:
        noons = (
            datetime(one.year, one.month, one.day, 12, tzinfo=BERLIN) for one in (day, day + WEEK)
        )
        first, second = (noon.utcoffset() for noon in noons)
        if first != second:
            return day
        day += WEEK


@dataclass
class Story:
    """The people, and what they have made so far."""

    tutor: Person
    student: Person
    admin: Person
    web: httpx.AsyncClient
    study_session: dict[str, Any] = field(default_factory=dict)
    task: dict[str, Any] = field(default_factory=dict)
    work: dict[str, Any] = field(default_factory=dict)

    def steps(self) -> list[tuple[str, Callable[[], Awaitable[list[str]]]]]:
        """Title and action of each step, in order."""
        return [
            ("Sign up with a mailed code", self.sign_up),
            ("Sign in; open sockets; register phones", self.sign_in),
            ("The tutor signs a lost phone out from afar", self.sign_out_afar),
            ("The tutor creates a class", self.create_class),
            ("The tutor pays at the provider's checkout", self.pay),
            ("The admin approves; the class opens", self.approve),
            ("The student joins with the code", self.join),
            ("The tutor lets the student in", self.let_in),
            ("The tutor plans a weekly lesson across a clock change", self.plan_lessons),
            ("The student's calendar program reads the feed", self.read_feed),
            ("The tutor sets a task", self.set_task),
            ("The student hands in work", self.hand_in),
            ("The tutor marks it", self.mark),
            ("Both chat over their sockets", self.chat),
            ("The books agree at the end", self.count),
        ]

    async def sign_up(self) -> list[str]:
        """Both get a code by mail and an account."""
        for person in (self.tutor, self.student):
            await person.sign_up()
        return [f"{p.name} has the code {p.code}" for p in (self.tutor, self.student)]

    async def sign_in(self) -> list[str]:
        """All three sign in; the welcome is in the inbox."""
        for person in (self.tutor, self.student, self.admin):
            await person.sign_in()
            await person.register_device()
            await person.open_socket()
        seen = [await person.notification("welcome") for person in (self.tutor, self.student)]
        return [f"inbox: “{entry['title']}”" for entry in seen]

    async def sign_out_afar(self) -> list[str]:
        """The list of devices shows the phone; signed out, it is refused by another service and its
        socket is closed.
        """
        path = "/api/user-service/v1/logins"
        phone = self.tutor.on_another_device()
        await phone.sign_in("lost phone")
        await phone.open_socket()
        page = await self.tutor.call("GET", path)
        lost = next(login for login in page["items"] if login["device"] == "lost phone")
        await self.tutor.call("DELETE", f"{path}/{lost['id']}")

        async def refused() -> str | None:
            try:
                await phone.call("GET", "/api/sessions/v1/tasks")
            except Refused as refusal:
                return "login_revoked" if "login_revoked" in str(refusal) else None
            return None

        answer = await eventually("the refusal of the lost phone", refused)
        code = await phone.closed()
        devices = ", ".join(sorted(login["device"] for login in page["items"]))
        return [f"devices: {devices}", f"the phone gets {answer}, its socket {code}"]

    async def create_class(self) -> list[str]:
        """It waits for payment and approval."""
        body = {"name": "Maths for all", "zone": "Asia/Kolkata"}
        path = "/api/sessions/v1/study-sessions"
        self.study_session = await self.tutor.call("POST", path, body)
        code, state = self.study_session["session_code"], self.study_session["state"]
        return [f"{code} is {state}", await self._admin_told()]

    async def _admin_told(self) -> str:
        async def look() -> str | None:
            entry = await self.admin.notification("class_awaits_approval")
            mine = self.study_session["session_code"] in str(entry)
            return f"Admin is told “{entry['title']}”" if mine else None

        return await eventually("the notice to the admin", look)

    async def pay(self) -> list[str]:
        """At the hosted page; the provider's signed webhook brings the news."""
        plans = await self.tutor.call("GET", "/api/payments/v1/plans")
        body = {
            "plan_id": plans["items"][0]["id"],
            "study_session_id": self.study_session["id"],
        }

        async def checkout() -> Any:
            try:
                return await self.tutor.call("POST", "/api/payments/v1/checkouts", body)
            except Refused as refusal:  # the class is on its way to payment_service
                if "class_not_found" in str(refusal):
                    return None
                raise

        made = await eventually("the class in payment_service", checkout)
        page = await self.web.get(made["checkout_url"])
        if page.status_code != 200 or "Pay" not in page.text:
            raise NotSeen("the checkout page did not open")
        paid = await self.web.post(made["checkout_url"] + "/pay")
        if paid.status_code != 303:
            raise NotSeen(f"the checkout page answered {paid.status_code} to Pay")
        path = f"/api/payments/v1/payments/{made['payment_id']}"

        async def settled() -> str | None:
            payment = await self.tutor.call("GET", path)
            return str(payment["status"]) if payment["status"] == "paid" else None

        status = await eventually("the payment", settled)
        amount = f"{made['amount'] / 100:.2f} {made['currency']}"
        return [f"{amount} is {status}", await self.tutor.told("class_paid")]

    async def approve(self) -> list[str]:
        """Paid and approved: active."""
        path = f"/api/sessions/v1/study-sessions/{self.study_session['id']}"
        await self.admin.call("POST", f"{path}/approval")

        async def active() -> str | None:
            seen = await self.tutor.call("GET", path)
            return str(seen["state"]) if seen["state"] == "active" else None

        state = await eventually("the open class", active)
        return [f"the class is {state}", await self.tutor.told("class_activated")]

    async def join(self) -> list[str]:
        """By the class's code."""
        body = {"join_code": self.study_session["session_code"]}
        made = await self.student.call("POST", "/api/sessions/v1/memberships", body)
        return [f"the membership is {made['state']}", await self.tutor.told("join_requested")]

    async def let_in(self) -> list[str]:
        """The tutor approves who is in the list."""
        path = f"/api/sessions/v1/study-sessions/{self.study_session['id']}/memberships"

        async def named() -> dict[str, Any] | None:
            page = await self.tutor.call("GET", path)
            return next((m for m in page["items"] if m["student_name"] == self.student.name), None)

        member = await eventually("the student's name in the list", named)
        approval = f"/api/sessions/v1/memberships/{member['id']}/approval"
        made = await self.tutor.call("POST", approval)
        seen = f"{member['student_name']} is {made['state']}"
        return [seen, await self.student.told("join_approved")]

    async def _now(self) -> datetime:
        answer = await self.web.get("/status.json")
        return parsedate_to_datetime(answer.headers["date"]).astimezone(UTC)

    async def plan_lessons(self) -> list[str]:
        """At 17:00 in Berlin before and after the clocks change there; in Kolkata, where they never
        do, the hour differs.
        """
        before = monday_before_a_change(await self._now())
        body = {
            "study_session_id": self.study_session["id"],
            "title": "Algebra",
            "local_start": f"{before:%Y-%m-%d}T17:00:00",
            "zone": "Europe/Berlin",
            "rule": "FREQ=WEEKLY;COUNT=2",
        }
        await self.tutor.call("POST", "/api/sessions/v1/lesson-series", body)
        span = f"from={before:%Y-%m-%d}T00:00:00Z&to={before + 2 * WEEK:%Y-%m-%d}T00:00:00Z"
        page = await self.student.call("GET", f"/api/sessions/v1/lessons?{span}")
        starts = [datetime.fromisoformat(one["starts_at"]) for one in page["items"]]
        if len(starts) != 2 or abs(starts[1] - starts[0] - WEEK) != timedelta(hours=1):
            raise NotSeen(f"two lessons, a week and an hour of clocks apart: {starts}")
        lines = [
            f"{one.astimezone(BERLIN):%a %d %b %H:%M} in Berlin, "
            f"{one.astimezone(KOLKATA):%H:%M} in Kolkata"
            for one in starts
        ]
        return [*lines, await self.student.told("series_set")]

    async def read_feed(self) -> list[str]:
        """By a secret address, without a token; unchanged the second time."""
        made = await self.student.call("POST", "/api/sessions/v1/me/calendar-feed")
        first = await self.web.get(made["url"])
        if first.status_code != 200 or "RRULE:FREQ=WEEKLY;COUNT=2" not in first.text:
            raise NotSeen(f"the feed answered {first.status_code} without the lessons")
        again = await self.web.get(made["url"], headers={"If-None-Match": first.headers["etag"]})
        if again.status_code != 304:
            raise NotSeen(f"the feed answered {again.status_code} though nothing has changed")
        size = len(first.content)
        return [f"{size} bytes of {first.headers['content-type']}, then 304: nothing new"]

    async def set_task(self) -> list[str]:
        """Due in two days."""
        now = await self._now()
        body = {
            "study_session_id": self.study_session["id"],
            "title": "Fractions",
            "due_at": (now + timedelta(days=2)).isoformat(),
        }
        self.task = await self.tutor.call("POST", "/api/sessions/v1/tasks", body)
        return [f"“{self.task['title']}” is set", await self.student.told("task_set")]

    async def hand_in(self) -> list[str]:
        """The first version."""
        path = f"/api/sessions/v1/tasks/{self.task['id']}/submissions"
        self.work = await self.student.call("POST", path, {"body": "three quarters"})
        seen = f"version {self.work['number']} is in"
        return [seen, await self.tutor.told("work_handed_in")]

    async def mark(self) -> list[str]:
        """The student sees it."""
        path = f"/api/sessions/v1/submissions/{self.work['id']}"
        await self.tutor.call("POST", f"{path}/marks", {"points": "8.50", "comment": "Well done."})
        seen = await self.student.call("GET", f"{path}/mark")
        points = f"{seen['points']} of {self.task['points']}"
        return [f"the student sees {points}", await self.student.told("mark_shown")]

    async def chat(self) -> list[str]:
        """One message each way; the same numbers at both ends."""
        path = "/api/communication/v1/conversations"

        async def opened() -> Any:
            try:
                return await self.tutor.call("POST", path, {"user_code": self.student.code})
            except Refused as refusal:  # the membership is on its way to message_service
                if "person_not_found" in str(refusal):
                    return None
                raise

        conversation = await eventually("the conversation", opened)
        seen = [
            await self._say(self.tutor, self.student, conversation["id"], "Well done!"),
            await self._say(self.student, self.tutor, conversation["id"], "Thank you."),
        ]
        return [*seen, await self.tutor.told("message_received")]

    async def _say(self, one: Person, other: Person, conversation_id: str, text: str) -> str:
        message_id = str(uuid4())
        await one.send(
            {
                "type": "send",
                "conversation_id": conversation_id,
                "client_msg_id": message_id,
                "body": text,
            }
        )
        ack = await one.frame("ack", client_msg_id=message_id)
        heard = await other.frame("message", client_msg_id=message_id)
        if (heard["seq"], heard["body"]) != (ack["seq"], text):
            raise NotSeen("the message did not arrive as it was acknowledged")
        return f"{one.name} to {other.name}, message {ack['seq']}: {text}"

    def wanted(self) -> dict[Person, list[str]]:
        """The kinds of notifications that people have at the end."""
        return {
            self.tutor: ["welcome", "class_approved", "class_paid", "invoice_ready",
                         "class_activated", "join_requested", "work_handed_in", "message_received"],
            self.student: ["welcome", "join_approved", "series_set", "task_set",
                           "mark_shown", "message_received"],
        }  # fmt: skip

    async def count(self) -> list[str]:
        """Each step's notification exists exactly once."""
        lines = []
        for person, kinds in self.wanted().items():
            page = await person.call("GET", "/api/notifications/v1/notifications?limit=100")
            found = sorted(entry["kind"] for entry in page["items"])
            if found != sorted(kinds):
                raise NotSeen(f"{person.name} should have {sorted(kinds)}, and has {found}")
            unread = await person.call("GET", "/api/notifications/v1/notifications/unread-count")
            lines.append(f"{person.name}: {len(found)} notifications, {unread['unread']} unread")
        return lines

    async def close(self) -> None:
        """Closes the sockets."""
        for person in (self.tutor, self.student, self.admin):
            await person.close()


async def cast(url: str, admin_password: str) -> AsyncIterator[Story]:
    """The people of the story, before they have done anything."""
    async with httpx.AsyncClient(base_url=url, timeout=20) as web:
        admin = Person(web, "Admin", "admin")
        admin.username, admin.password = "admin", admin_password
        story = Story(Person(web, "Meera", "tutor"), Person(web, "Arun", "student"), admin, web)
        try:
            yield story
        finally:
            await story.close()
