"""The class, its questions, and what each possible answer is worth, by plain knowledge."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import asyncpg

from libs.clock import SystemClock
from libs.ids import new_id
from tests.bench.place import owner_dsn
from tests.bench.seeds import OF_MEMBER, OF_SESSION
from tests.faults.attempts.cases import ALLOWANCE
from tests.faults.attempts.desk import TutorDesk
from tests.faults.stage import Stage
from tests.stack import User

OPTIONS = ("Three", "Four", "Five")
PRIMES = ("Two", "Three", "Four", "Six")
_LISTED: dict[str, list[dict[str, str]]] = {
    name: [{"id": f"o{place}", "text": text} for place, text in enumerate(texts)]
    for name, texts in (("single", OPTIONS), ("multiple", PRIMES))
}
QUESTIONS: list[tuple[dict[str, Any], dict[str, Any], str, str]] = [
    ({"type": "single", "prompt": "2 + 2?", "options": _LISTED["single"]},
     {"type": "single", "right": "o1"}, "2.00", "0.50"),
    ({"type": "multiple", "prompt": "Which are prime?", "options": _LISTED["multiple"]},
     {"type": "multiple", "right": ["o0", "o1"]}, "3.00", "0.00"),
    ({"type": "numeric", "prompt": "3 / 2?"},
     {"type": "numeric", "value": "1.5", "tolerance": "0.1"}, "2.00", "0.25"),
    ({"type": "short_text", "prompt": "The capital of France?"},
     {"type": "short_text", "variants": ["Paris"]}, "1.00", "0.00"),
    ({"type": "true_false", "prompt": "Zero is even."},
     {"type": "true_false", "right": True}, "1.00", "1.00"),
]  # fmt: skip
"""Content, key, points, and what a wrong answer costs."""


@dataclass(frozen=True, slots=True)
class Possible:
    """An answer as it is sent and held, and its worth in points."""

    answer: dict[str, Any]
    worth: str


def possible(asked: dict[str, Any]) -> list[Possible]:
    """Some answers to a question of a paper, right, partly right and wrong."""
    content = asked["content"]
    ids = {one["text"]: one["id"] for one in content.get("options", ())}
    worths: dict[str, list[tuple[dict[str, Any], str]]] = {
        "single": [
            ({"option": ids.get(text)}, "2.00" if text == "Four" else "-0.50") for text in OPTIONS
        ],
        "multiple": [
            ({"options": [ids.get(text) for text in texts]}, worth)
            for texts, worth in (
                (("Two", "Three"), "3.00"), (("Two",), "1.50"), (("Two", "Three", "Six"), "1.50"),
                (("Four",), "0.00"), ((), "0.00"),
            )
        ],
        "numeric": [
            ({"value": text, "unit": ""}, worth)
            for text, worth in (("1.5", "2.00"), ("1,45", "2.00"), ("2", "-0.25"), ("", "0.00"))
        ],
        "short_text": [({"text": "Paris"}, "1.00"), ({"text": "Rome"}, "0.00")],
        "true_false": [({"value": True}, "1.00"), ({"value": False}, "-1.00")],
    }  # fmt: skip
    kind = content["type"]
    return [Possible({"type": kind, **given}, worth) for given, worth in worths[kind]]


@dataclass
class Class:
    """A class with its tutor and students, and the tutor's questions."""

    desk: TutorDesk
    study_session_id: str
    students: list[User]
    question_ids: list[str]

    async def assessment(self, window: timedelta) -> tuple[str, datetime]:
        """A published one that is open from now on for a while: its id, and its end."""
        body = {
            "study_session_id": self.study_session_id, "title": "Test", "release": "at_once",
            "allowance_seconds": ALLOWANCE, "shuffle_questions": True,
        }  # fmt: skip
        made = (await self._ask("POST", "/v1/assessments", body)).json()
        path = f"/v1/assessments/{made['id']}"
        items = [
            {"question_id": one, "points": points, "negative": negative}
            for one, (_, _, points, negative) in zip(self.question_ids, QUESTIONS, strict=True)
        ]
        await self._ask("PUT", f"{path}/items", {"items": items})
        closes_at = SystemClock().now() + window
        await self._ask("PATCH", path, {"closes_at": closes_at.isoformat()})
        await self._ask("POST", f"{path}/publication", None)
        return made["id"], closes_at

    async def _ask(self, method: str, path: str, body: Any) -> Any:
        return await self.desk.ask(self.desk.tutor, method, path, body)


async def open_class(stage: Stage, desk: TutorDesk, students: list[User]) -> Class:
    """An active class of the desk's tutor with these students in it."""
    of, moment = new_id(), SystemClock().now()
    row = (
        of, "CLASS-FAULTS", "A class", "", "UTC", desk.tutor.id, "active", moment, moment, new_id(),
        moment, 3,
    )  # fmt: skip
    members = [(new_id(), of, one.id, one.code, "approved", moment, moment, 2) for one in students]
    connection = await asyncpg.connect(owner_dsn(stage.settings))
    try:
        await connection.copy_records_to_table("study_sessions", columns=OF_SESSION, records=[row])
        await connection.copy_records_to_table("memberships", columns=OF_MEMBER, records=members)
    finally:
        await connection.close()
    ids = []
    for content, key, points, _ in QUESTIONS:
        body = {"content": content, "key": key, "points": points}
        ids.append((await desk.ask(desk.tutor, "POST", "/v1/questions", body)).json()["id"])
    return Class(desk, str(of), students, ids)
