"""Start, save, reconnect, expire, submit, mark and release in any order: no acknowledged save is
lost, and none that came too late counts (S17, S20, S-A6, S-A7).
"""

import asyncio
from collections.abc import Coroutine
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from tests.session_service.assessments.school import open_school
from tests.session_service.attempts.hall import Hall, answer_to
from tests.stack import Stack

ALLOWANCE = timedelta(seconds=10)
LIMIT = timedelta(minutes=30)
WORDS = {"Three": Decimal("-0.50"), "Four": Decimal("2.00")}


@dataclass
class Expected:
    """One attempt as it has to be."""

    attempt: dict[str, Any]
    deadline: datetime
    held: dict[int, tuple[int, str]] = field(default_factory=dict)
    over: bool = False
    submitted: bool = False
    marked: bool = False
    void: bool = False

    def takes(self, now: datetime) -> bool:
        """Whether a save has to be acknowledged."""
        shut = self.submitted or self.marked or self.void
        return not shut and now < self.deadline + ALLOWANCE

    @property
    def total(self) -> Decimal:
        """What it comes to."""
        return sum((WORDS[word] for _, word in self.held.values()), Decimal("0.00"))


class Machine(RuleBasedStateMachine):
    """One student and one test with five attempts, of which the latest counts."""

    loop: asyncio.AbstractEventLoop
    stack: Stack

    def __init__(self) -> None:
        super().__init__()
        self.exits = AsyncExitStack()
        self.all: list[Expected] = []
        self.released = False
        self.run(self._open())

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        """On the loop of the test, which waits in another thread."""
        return asyncio.run_coroutine_threadsafe(work, self.loop).result()

    async def _open(self) -> None:
        made = await self.exits.enter_async_context(open_school(self.stack))
        self.hall = Hall(made.world, made.made)
        self.test = await self.hall.test(
            time_limit_minutes=30, allowance_seconds=10, attempt_limit=5, counting="latest"
        )

    @property
    def now(self) -> datetime:
        """The server's clock."""
        return self.hall.world.clock.now()

    def teardown(self) -> None:
        self.run(self.exits.aclose())

    @rule()
    def start(self) -> None:
        sound = [one for one in self.all if not one.void]
        running = [one for one in sound if not one.over and self.now < one.deadline]
        path = f"/v1/assessments/{self.test['id']}/attempts"
        answer = self.run(self.hall.send(self.hall.student, "POST", path))
        for one in sound:
            one.over = one.over or self.now >= one.deadline
        ends = datetime.fromisoformat(self.test["closes_at"])
        if running:
            assert (answer.status_code, answer.json()["id"]) == (200, running[0].attempt["id"])
        elif self.now >= ends or len(sound) == 5:
            assert answer.status_code == 409
        else:
            assert answer.status_code == 201
            until = min(self.now + LIMIT, ends)
            assert datetime.fromisoformat(answer.json()["deadline"]) == until
            self.all.append(Expected(answer.json(), until))

    @rule(
        place=st.integers(0, 1),
        revision=st.integers(1, 4),
        word=st.sampled_from(sorted(WORDS)),
        back=st.integers(1, 2),
    )
    def save(self, place: int, revision: int, word: str, back: int) -> None:
        if len(self.all) < back:
            return
        one = self.all[-back]
        asked = one.attempt["questions"][place]
        path = f"/v1/attempts/{one.attempt['id']}/answers/{asked['id']}"
        body = {"revision": revision, "answer": answer_to(asked, word)}
        answer = self.run(self.hall.send(self.hall.student, "PUT", path, body))
        accepted = one.held.get(place, (0, ""))[0]
        if not one.takes(self.now):
            assert (answer.status_code, answer.json()["code"]) == (409, "attempt_closed")
            assert answer.headers["ETag"] == f'"{accepted}"'
            return
        assert answer.json()["revision"] == max(accepted, revision)
        if revision > accepted:
            one.held[place] = (revision, word)

    @rule()
    def submit(self) -> None:
        if self.all and not self.all[-1].void:
            one = self.all[-1]
            self.run(self.hall.submit(one.attempt))
            one.submitted = one.submitted or (not one.over and self.now < one.deadline)
            one.over = True

    @rule(seconds=st.sampled_from([1, 9, 10, 600, 1_795, 1_800]))
    def wait(self, seconds: int) -> None:
        self.hall.world.clock.move(timedelta(seconds=seconds))

    @rule()
    def sweep(self) -> None:
        self.run(self.hall.sweep())
        for one in self.all:
            if not one.void:
                one.over = one.over or self.now >= one.deadline
                late = self.now >= one.deadline + ALLOWANCE
                one.marked = one.marked or one.submitted or late

    @rule()
    def release(self) -> None:
        body = {"item_ids": [self.test["id"]]}
        path = f"/v1/study-sessions/{self.hall.made['id']}/mark-releases"
        answer = self.run(self.hall.send(self.hall.tutor, "POST", path, body))
        self.released = self.released or answer.status_code == 201

    @rule()
    def void(self) -> None:
        if self.all and not self.all[-1].void:
            path = f"/v1/attempts/{self.all[-1].attempt['id']}/voiding"
            body = {"reason": "Power cut"}
            self.run(self.hall.world.post(self.hall.tutor, path, body, expect=200))
            self.all[-1].void = True

    @invariant()
    def what_was_acknowledged_is_held(self) -> None:
        for one in self.all[-2:]:
            seen = self.run(self.hall.seen(one.attempt))
            ids = {str(asked["id"]): place for place, asked in enumerate(seen["questions"])}
            held = {ids[kept["question_id"]]: kept["revision"] for kept in seen["answers"]}
            assert held == {place: revision for place, (revision, _) in one.held.items()}
            assert seen["questions"] == one.attempt["questions"]

    @invariant()
    def the_mark_is_that_of_the_latest(self) -> None:
        mark = self.run(self.hall.mark(self.test))
        marked = [one for one in self.all if one.marked and not one.void]
        if marked:
            assert mark is not None
            assert Decimal(mark["total"]) == max(marked[-1].total, Decimal(0))
        elif mark is not None:
            assert mark["total"] is None


async def test_s20_no_acknowledged_save_is_lost_and_no_late_one_counts(stack: Stack) -> None:
    Machine.loop, Machine.stack = asyncio.get_running_loop(), stack
    wanted = settings(
        max_examples=8, stateful_step_count=25, deadline=None,
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    await asyncio.to_thread(run_state_machine_as_test, Machine, settings=wanted)
