"""The rest of the story: a wallet, and a test that two students take, of whom one is late."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import httpx

from deploy.demo.client import NotSeen, Person, Refused, eventually
from deploy.demo.papers import read_invoice
from deploy.demo.purse import Purse
from deploy.demo.story import Story

SESSIONS = "/api/sessions/v1"
LEFT = timedelta(seconds=2)
"""How long the test goes on once both have begun."""
QUESTION = {
    "content": {
        "type": "single",
        "prompt": "What is three quarters of 8?",
        "options": [{"id": "a", "text": "6"}, {"id": "b", "text": "24"}],
    },
    "key": {"type": "single", "right": "a"},
    "points": "4.00",
}


@dataclass
class Exam(Story):
    """The whole story, with a second student who comes to a test and does not hand it in."""

    late: Person = field(kw_only=True)
    purse: Purse = field(init=False)
    test: dict[str, Any] = field(default_factory=dict)
    attempts: dict[str, dict[str, Any]] = field(default_factory=dict)
    released: int = 0

    def __post_init__(self) -> None:
        self.purse = Purse(self.tutor, self.admin, self.web)

    def steps(self) -> list[tuple[str, Callable[[], Awaitable[list[str]]]]]:
        """The invoice and the test stand before the count."""
        *story, count = super().steps()
        return [
            *story,
            ("The tutor reads the invoice, on paper, too", self.read_invoice),
            *self.purse.steps(),
            ("A second student joins", self.second_joins),
            ("The tutor sets a test; both students begin", self.begin),
            ("One hands it in, the other is late", self.end),
            ("The tutor shows the marks, all at once", self.release),
            count,
        ]

    def wanted(self) -> dict[Person, list[str]]:
        """Both students are told of the test and of their marks, one of its sudden end."""
        of_the_test = ["assessment_set", "assessment_moved", "marks_shown"]
        found = super().wanted()
        found[self.tutor] += ["join_requested", *self.purse.told()]
        found[self.student] += of_the_test
        found[self.late] = ["welcome", "join_approved", "attempt_expired", *of_the_test]
        return found

    async def read_invoice(self) -> list[str]:
        """Of what was paid for the class."""
        return await read_invoice(self.tutor, self.web)

    async def second_joins(self) -> list[str]:
        """From sign-up to the tutor's approval, as the first one."""
        await self.late.sign_up()
        await self.late.sign_in()
        await self.late.register_device()
        await self.late.open_socket()
        body = {"join_code": self.study_session["session_code"]}
        made = await self.late.call("POST", f"{SESSIONS}/memberships", body)
        await self.tutor.call("POST", f"{SESSIONS}/memberships/{made['id']}/approval")
        return [await self.late.told("join_approved")]

    async def begin(self) -> list[str]:
        """A question out of the tutor's bank; what both get says nothing of the key."""
        question = await self.tutor.call("POST", f"{SESSIONS}/questions", QUESTION)
        body = {
            "study_session_id": self.study_session["id"],
            "title": "Quarters",
            "closes_at": (await self._now() + timedelta(hours=1)).isoformat(),
            "allowance_seconds": 0,
        }
        self.test = await self.tutor.call("POST", f"{SESSIONS}/assessments", body)
        items = {"items": [{"question_id": question["id"]}]}
        await self.tutor.call("PUT", f"{self._path}/items", items)
        await self.tutor.call("POST", f"{self._path}/publication")
        for person in (self.student, self.late):
            await person.told("assessment_set")
            self.attempts[person.id] = await person.call("POST", f"{self._path}/attempts")
            await self._save(person, 1, "24")
            await self._save(person, 2, "6")
        if "right" in str(self.attempts):
            raise NotSeen("papers without keys")
        return [f"“{self.test['title']}” is set", "both have saved two answers each"]

    @property
    def _path(self) -> str:
        return f"{SESSIONS}/assessments/{self.test['id']}"

    async def _save(self, person: Person, revision: int, text: str) -> None:
        attempt = self.attempts[person.id]
        [asked] = attempt["questions"]
        option = next(one["id"] for one in asked["content"]["options"] if one["text"] == text)
        path = f"{SESSIONS}/attempts/{attempt['id']}/answers/{asked['id']}"
        body = {"revision": revision, "answer": {"type": "single", "option": option}}
        await person.call("PUT", path, body)

    async def end(self) -> list[str]:
        """The tutor brings the end forward. The server's clock ends what is not handed in, though
        its client does nothing; a save after that is refused.
        """
        closes_at = await self._now() + LEFT
        await self.tutor.call("PATCH", self._path, {"closes_at": closes_at.isoformat()})
        mine = f"{SESSIONS}/attempts/{self.attempts[self.student.id]['id']}"
        await self.student.call("POST", f"{mine}/submission", {"answers": []})
        other = f"{SESSIONS}/attempts/{self.attempts[self.late.id]['id']}"

        async def closed() -> Any:
            seen = await self.late.call("GET", other)
            return seen if seen["state"] == "closed" else None

        seen = await eventually("the end of the late attempt", closed)
        took = datetime.fromisoformat(seen["closed_at"]) - closes_at
        try:
            await self._save(self.late, 3, "24")
        except Refused as refusal:
            if "attempt_closed" not in str(refusal):
                raise
        else:
            raise NotSeen("a save after the end was not refused")
        return [
            f"ended by its {seen['ending']}, {took.total_seconds():.1f} s after it",
            "a save after that is refused: attempt_closed",
            await self.late.told("attempt_expired"),
        ]

    async def release(self) -> list[str]:
        """Both have full marks: what was saved in time counts. Before this they see none."""
        path = f"{SESSIONS}/study-sessions/{self.study_session['id']}/mark-releases"
        item = self.test["id"]

        async def shown() -> Any:
            try:
                made = await self.tutor.call("POST", path, {"item_ids": [item]})
            except Refused as refusal:  # they are marked a moment after their end
                if "nothing_to_release" in str(refusal):
                    return None
                raise
            self.released += made["marks"]
            return True if self.released == len(self.attempts) else None

        self.released = 0
        if any([await self._total(person) for person in (self.student, self.late)]):
            raise NotSeen("no marks before their release")
        await eventually("both marks", shown)
        lines = []
        for person in (self.student, self.late):
            total = await self._total(person)
            if total != QUESTION["points"]:
                raise NotSeen(f"full marks for {person.name}, not {total}")
            lines += [f"{person.name} has {total}", await person.told("marks_shown")]
        return lines

    async def _total(self, person: Person) -> str | None:
        """What a student sees of the own mark for the test."""
        page = await person.call("GET", f"{SESSIONS}/marks?item_id={self.test['id']}")
        return next((mark["total"] for mark in page["items"]), None)

    async def close(self) -> None:
        """Closes the sockets."""
        await self.late.close()
        await super().close()


async def cast(url: str, admin_password: str) -> AsyncIterator[Exam]:
    """The people of the story, before they have done anything."""
    async with httpx.AsyncClient(base_url=url, timeout=20) as web:
        admin = Person(web, "Admin", "admin")
        admin.username, admin.password = "admin", admin_password
        tutor, student = Person(web, "Meera", "tutor"), Person(web, "Arun", "student")
        exam = Exam(tutor, student, admin, web, late=Person(web, "Lena", "student"))
        try:
            yield exam
        finally:
            await exam.close()
