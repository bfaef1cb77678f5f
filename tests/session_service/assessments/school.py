"""A class with an assessment, for tests: its people, a bank of questions, and papers."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import httpx

from libs.clock import FixedClock
from tests.session_service.world import World, open_world
from tests.stack import Stack, User

OPTIONS = [{"id": "a", "text": "Three"}, {"id": "b", "text": "Four"}, {"id": "c", "text": "Five"}]
SINGLE: dict[str, Any] = {
    "content": {"type": "single", "prompt": "What is 2 + 2?", "options": OPTIONS},
    "key": {"type": "single", "right": "b"},
    "explanation": "Count on your fingers.",
    "points": "2.00",
}
ESSAY: dict[str, Any] = {
    "content": {"type": "essay", "prompt": "Why?"},
    "key": {"type": "essay", "guidance": "Look for reasons."},
}

SECRET = "zq7key"
"""Stands in every key and explanation of `PLANTED`, and nowhere else."""


def _planted(kind: str, content: dict[str, Any], key: dict[str, Any]) -> dict[str, Any]:
    return {
        "content": {"type": kind, "prompt": f"A {kind}?", **content},
        "key": {"type": kind, **key},
        "explanation": f"{SECRET} explains",
    }


_TWO = [{"id": "x", "text": "Left"}, {"id": "y", "text": "Right"}]
PLANTED = [
    _planted("single", {"options": _TWO}, {"right": "y"}),
    _planted("multiple", {"options": _TWO}, {"right": ["x", "y"]}),
    _planted("true_false", {}, {"right": True}),
    _planted("numeric", {}, {"value": "7341.7341", "units": [{"unit": SECRET}]}),
    _planted("short_text", {}, {"variants": [SECRET]}),
    _planted("essay", {}, {"guidance": SECRET}),
    _planted("ordering", {"items": _TWO}, {"order": ["y", "x"]}),
    _planted(
        "matching",
        {"left": [{"id": "l", "text": "One"}], "right": _TWO},
        {"pairs": {"l": "y"}},
    ),
    _planted("cloze", {"prompt": "[[1]]", "gaps": [{"id": "1"}]}, {"gaps": {"1": [SECRET]}}),
    _planted("file", {}, {"guidance": SECRET}),
]
"""A question of each type, with a marker in all that a student may not see."""


@dataclass
class School:
    """A class of the tutor's with one student."""

    world: World
    made: dict[str, Any]

    @property
    def tutor(self) -> User:
        """Who owns the class."""
        return self.world.tutor

    @property
    def student(self) -> User:
        """Who attends it."""
        return self.world.student

    async def send(
        self, user: User, method: str, path: str, body: Any = None, **headers: str
    ) -> httpx.Response:
        """An answer, whatever it is."""
        return await self.world.client.request(
            method, path, json=body, headers={**user.headers, **headers}
        )

    async def refused(
        self, user: User, method: str, path: str, body: Any = None, **headers: str
    ) -> tuple[int, str]:
        """Status and code of a refusal."""
        answer = await self.send(user, method, path, body, **headers)
        assert answer.status_code >= 400, answer.text
        return answer.status_code, answer.json()["code"]

    async def question(self, user: User | None = None, **fields: Any) -> dict[str, Any]:
        """A question of a bank: that of a tutor, and one of four options unless told otherwise."""
        body = {**SINGLE, **fields}
        made: dict[str, Any] = await self.world.post(user or self.tutor, "/v1/questions", body)
        return made

    async def draft(self, *items: Any, **fields: Any) -> dict[str, Any]:
        """An assessment of these items, which closes in two hours."""
        closes = (self.world.clock.now() + timedelta(hours=2)).isoformat()
        body = {"study_session_id": self.made["id"], "title": "Test", "closes_at": closes}
        made = await self.world.post(self.tutor, "/v1/assessments", body | fields)
        answer = await self.send(
            self.tutor, "PUT", f"/v1/assessments/{made['id']}/items", {"items": list(items)}
        )
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def publish(self, assessment: dict[str, Any]) -> dict[str, Any]:
        """Publishes it."""
        path = f"/v1/assessments/{assessment['id']}/publication"
        found: dict[str, Any] = await self.world.post(self.tutor, path, expect=200)
        return found

    async def published(self, *items: Any, **fields: Any) -> dict[str, Any]:
        """A published assessment of these items."""
        return await self.publish(await self.draft(*items, **fields))

    async def paper(self, assessment: dict[str, Any], seed: str = "") -> list[dict[str, Any]]:
        """The questions of a seed's paper."""
        path = f"/v1/assessments/{assessment['id']}/paper?seed={seed}"
        found: list[dict[str, Any]] = (await self.world.get(self.tutor, path))["questions"]
        return found


@asynccontextmanager
async def open_school(stack: Stack, clock: FixedClock | None = None) -> AsyncIterator[School]:
    """A fresh one."""
    async with open_world(stack, clock) as world:
        made = await world.study_session()
        await world.member(made)
        yield School(world, made)
