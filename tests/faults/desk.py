"""How people of a campaign ask the service: patiently."""

import asyncio
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import httpx

from tests.stack import User

AGAIN = {429, 502, 503, 504}
RUNNING = '"idempotency_key_running"'
PATIENCE_SECONDS, PAUSE_SECONDS = 120.0, 0.15


class Unanswered(AssertionError):
    """The service did not answer at last, or in a way that no client understands."""


@dataclass
class Answers:
    """How the service answered: statuses, and lost connections."""

    statuses: Counter[int] = field(default_factory=Counter)
    cut: int = 0


@dataclass
class Desk:
    """What people ask with."""

    web: httpx.AsyncClient
    answers: Answers = field(default_factory=Answers)

    async def once(
        self, user: User, method: str, path: str, body: Any, key: str = ""
    ) -> httpx.Response | None:
        """One try, with an `Idempotency-Key` if there is one; `None` when it was not answered."""
        headers = user.headers | ({"Idempotency-Key": key} if key else {})
        try:
            answer = await self.web.request(method, path, json=body, headers=headers)
        except httpx.TransportError:
            self.answers.cut += 1
            return None
        self.answers.statuses[answer.status_code] += 1
        return None if answer.status_code in AGAIN or RUNNING in answer.text else answer

    async def ask(
        self, user: User, method: str, path: str, body: Any = None, *allowed: int, key: str = ""
    ) -> httpx.Response:
        """Tries until it is answered. Raises `Unanswered`, also for an error that is not allowed,
        but for one of 500: that one is counted.
        """
        deadline = asyncio.get_running_loop().time() + PATIENCE_SECONDS
        while asyncio.get_running_loop().time() < deadline:
            answer = await self.once(user, method, path, body, key)
            if answer is not None and answer.status_code != 500:
                if answer.is_error and answer.status_code not in allowed:
                    raise Unanswered(f"{method} {path}: {answer.status_code} {answer.text}")
                return answer
            await asyncio.sleep(PAUSE_SECONDS)
        raise Unanswered(f"{method} {path} was not answered")
