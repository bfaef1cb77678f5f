"""Students at an assessment, as good clients: they send again what was not answered, and remember
what was.
"""

import asyncio
from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

import httpx

from libs.clock import SystemClock
from tests.faults.attempts.cases import ALLOWANCE, Case, End, Step
from tests.faults.attempts.desk import TutorDesk
from tests.faults.attempts.model import Save, Told, too_early
from tests.faults.attempts.papers import possible
from tests.faults.desk import PATIENCE_SECONDS, PAUSE_SECONDS, Unanswered
from tests.stack import User

HANG_UP = (0.001, 0.04)
"""Seconds after which a client hangs up that has asked."""
LAST_SAVES = (0.05, 0.3)
"""Seconds between the saves of somebody who goes on to the last."""
MUCH_LATER = timedelta(seconds=1)
"""Nobody goes on for longer, whoever takes it."""
now = SystemClock().now


@dataclass
class Run:
    """One attempt: what was to happen, and what its student was told."""

    case: Case
    student: User
    assessment_id: str
    told: Told


class Student:
    """One student at one assessment."""

    def __init__(self, desk: TutorDesk, run: Run) -> None:
        self._desk = desk
        self._run = run
        self._told = run.told
        self._random = Random(f"{run.case.seed} answers")
        self._revisions: Counter[str] = Counter()
        self._questions: list[dict[str, Any]] = []
        self._path = ""
        self._over = False

    async def play(self) -> None:
        """All of a case. Raises `Unanswered`."""
        case = self._run.case
        if not await self._start():
            return
        extending = asyncio.create_task(self._extension())
        acts = {
            Step.SAVE: self._save, Step.HANG_UP: self._hang_up, Step.OVERTAKE: self._overtake,
            Step.LOOK: self._look,
        }  # fmt: skip
        for step, pause in case.steps:
            await asyncio.sleep(pause)
            if not self._over:
                await acts[step]()
        await self._end(case.end)
        await extending

    async def _start(self) -> bool:
        """Whether it has begun."""
        path = f"/v1/assessments/{self._run.assessment_id}/attempts"
        devices = 2 if self._run.case.twice else 1
        asked = (self._desk.ask(self._run.student, "POST", path, None, 409) for _ in range(devices))
        answers = await asyncio.gather(*asked)
        found = [answer.json() for answer in answers if answer.is_success]
        if not found:  # nobody was there as long as it was open
            if now() < self._run.told.closes_at:
                self._told.wrong.append(f"not begun: {answers[0].text}")
            return False
        self._told.attempt_ids |= {one["id"] for one in found}
        self._questions = found[0]["questions"]
        self._path = f"/v1/attempts/{found[0]['id']}"
        self._told.deadline = datetime.fromisoformat(found[0]["deadline"])
        return True

    async def _extension(self) -> None:
        told, case = self._told, self._run.case
        if case.extended is None or told.extended_to is None:
            return
        await asyncio.sleep(case.extended)
        told.granting = True
        path = f"/v1/work-items/{self._run.assessment_id}/extensions/{self._run.student.id}"
        body = {"due_at": told.extended_to.isoformat()}
        await self._desk.ask(self._desk.tutor, "PUT", path, body)
        told.granted = now()

    def _new(self, asked: dict[str, Any]) -> Save:
        """The next revision of an answer, which is any of the possible ones."""
        picked = self._random.choice(possible(asked))
        self._revisions[asked["id"]] += 1
        revision, worth = self._revisions[asked["id"]], Decimal(picked.worth)
        save = Save(asked["id"], revision, picked.answer, worth, now())
        self._told.saves.append(save)
        return save

    def _any(self) -> dict[str, Any]:
        return self._random.choice(self._questions)

    async def _save(self) -> None:
        await self._send(self._new(self._any()))

    async def _send(self, save: Save) -> None:
        """Sends a save until it is answered; whose connection was lost looks what is held then."""
        deadline = asyncio.get_running_loop().time() + PATIENCE_SECONDS
        while asyncio.get_running_loop().time() < deadline:
            began = now()
            answer = await self._put(save)
            if answer is not None and answer.status_code in (200, 409):
                self._hear(save, began, answer)
                return await self._look() if save.open else None
            if answer is not None and answer.status_code != 500:
                raise Unanswered(f"save: {answer.status_code} {answer.text}")
            save.open = True
            await asyncio.sleep(PAUSE_SECONDS)
        raise Unanswered("a save was not answered")

    async def _put(self, save: Save) -> httpx.Response | None:
        path = f"{self._path}/answers/{save.question}"
        body = {"revision": save.revision, "answer": save.answer}
        return await self._desk.once(self._run.student, "PUT", path, body)

    def _hear(self, save: Save, began: datetime, answer: httpx.Response) -> None:
        said = answer.json()
        if answer.status_code == 409:
            if too_early(self._told, now()):
                self._told.wrong.append(f"revision {save.revision} was refused too early: {said}")
            self._over = True
            return
        self._told.deadline = datetime.fromisoformat(said["deadline"])
        if said["revision"] == save.revision:
            save.acknowledged = began
        elif said["revision"] < save.revision:
            self._told.wrong.append(f"revision {save.revision} was answered by an older one")
        else:
            save.open = True

    async def _hang_up(self) -> None:
        """The connection is lost before the answer; then the student comes back and looks."""
        save = self._new(self._any())
        save.open = True
        try:
            async with asyncio.timeout(self._random.uniform(*HANG_UP)):
                began = now()
                answer = await self._put(save)
            if answer is not None and answer.status_code in (200, 409):
                self._hear(save, began, answer)
        except TimeoutError:
            self._desk.answers.cut += 1
        await self._look()

    async def _overtake(self) -> None:
        """Two saves of one answer are on their way at once."""
        asked = self._any()
        await asyncio.gather(self._send(self._new(asked)), self._send(self._new(asked)))

    async def _look(self) -> None:
        """What the server holds: all that it has acknowledged, or what followed."""
        known = {one.question: one for one in self._told.saves if one.acknowledged}
        seen = (await self._desk.ask(self._run.student, "GET", self._path)).json()
        held = {one["question_id"]: one["revision"] for one in seen["answers"]}
        for name, save in known.items():
            if held.get(name, 0) < save.revision:
                self._told.wrong.append(f"revision {save.revision} of {name} is not seen")
        self._told.deadline = datetime.fromisoformat(seen["deadline"])
        self._over = self._over or seen["state"] != "open"

    async def _end(self, end: End) -> None:
        if end in (End.SUBMIT, End.SUBMIT_ANSWERS, End.AFTER_SUBMIT):
            await self._submit(2 if end is End.SUBMIT_ANSWERS else 0)
            if end is End.AFTER_SUBMIT:
                await self._save()
        elif end is End.TO_THE_LAST:
            while not self._over and now() < self._last() + MUCH_LATER:
                await asyncio.sleep(self._random.uniform(*LAST_SAVES))
                await self._save()
        elif end is End.TOO_LATE:
            over = self._last() + timedelta(seconds=self._random.uniform(0.02, 0.4))
            await asyncio.sleep(max(0.0, (over - now()).total_seconds()))
            await self._save()

    def _last(self) -> datetime:
        """When nothing is taken any more, whatever is granted."""
        more = self._told.extended_to if self._run.case.extended is not None else None
        return (more or self._told.closes_at) + timedelta(seconds=ALLOWANCE)

    async def _submit(self, more: int) -> None:
        fresh = self._fresh(more)
        answers = [
            {"question_id": one.question, "revision": one.revision, "answer": one.answer}
            for one in fresh
        ]
        for one in fresh:
            one.open = True
        self._told.submitting = began = now()
        path = f"{self._path}/submission"
        answer = await self._desk.ask(self._run.student, "POST", path, {"answers": answers}, 409)
        if answer.status_code == 409:
            return
        self._told.submitted, self._told.ending = now(), answer.json()["ending"]
        for one in fresh:
            one.acknowledged = began

    def _fresh(self, count: int) -> list[Save]:
        """Saves of so many different questions."""
        return [self._new(one) for one in self._random.sample(self._questions, count)]
