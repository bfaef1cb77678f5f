"""The tutor and the admin of many classes, as good clients."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx

from deploy.demo.client import Refused, eventually
from tests.faults.people import Answers, Client, Patient
from tests.faults.saga.cases import APPROVE, PAY, REJECT, Case
from tests.faults.saga.model import Told

SESSIONS, PAYMENTS = "/api/sessions/v1", "/api/payments/v1"
ASK_AGAIN_SECONDS = 1.0
"""Checkouts are limited to 60 a minute."""


class Stays(Client):
    """Signs in again when its ten minutes are over."""

    async def call(self, method: str, path: str, body: Any = None) -> Any:
        """As a client's."""
        try:
            return await super().call(method, path, body)
        except Refused as refusal:
            if " answered 401:" not in str(refusal) or path.endswith("/logins"):
                raise
        await self.sign_in()
        return await super().call(method, path, body)


@dataclass
class Run:
    """One class's saga: what was to happen, and what its people were told."""

    case: Case
    told: Told = field(default_factory=Told)
    study_session_id: str = ""


@dataclass
class Pair:
    """A tutor and an admin who play one case after the other."""

    tutor: Stays
    admin: Stays
    web: httpx.AsyncClient
    answers: Answers

    async def play(self, run: Run) -> None:
        """All steps of a case. Raises `NotSeen` when the platform does not answer at last."""
        made = await self.tutor.call("POST", f"{SESSIONS}/study-sessions", {"name": "A class"})
        run.study_session_id = made["id"]
        page = await self._checkout(run) if run.case.early else ""
        acts: dict[str, Callable[[], Awaitable[None]]] = {
            PAY: lambda: self._pay(run, page),
            APPROVE: lambda: self._approve(run),
            REJECT: lambda: self._reject(run),
        }

        async def act(name: str, pause: float) -> None:
            await asyncio.sleep(pause)
            await acts[name]()

        if run.case.together:
            await asyncio.gather(*(act(*step) for step in run.case.steps))
        else:
            for step in run.case.steps:
                await act(*step)

    async def _checkout(self, run: Run) -> str:
        """The address of the payment page; empty when the class cannot be paid any more."""
        plans = await self.tutor.call("GET", f"{PAYMENTS}/plans")
        body = {"plan_id": plans["items"][0]["id"], "study_session_id": run.study_session_id}

        async def look() -> str | None:
            try:
                made = await self.tutor.call("POST", f"{PAYMENTS}/checkouts", body)
            except Refused as refusal:
                if "class_rejected" in str(refusal):
                    return ""
                if "class_not_found" in str(refusal):  # on its way to payment_service
                    await asyncio.sleep(ASK_AGAIN_SECONDS)
                    return None
                raise
            return str(made["checkout_url"])

        return await eventually("the class in payment_service", look)

    async def _pay(self, run: Run, page: str) -> None:
        page = page or ("" if run.case.early else await self._checkout(run))
        if not page:
            return
        if run.case.declined:
            await self.web.post(f"{page}/decline")
        run.told.pressed = (await self.web.post(f"{page}/pay")).status_code == 303

    async def _approve(self, run: Run) -> None:
        run.told.approved = await self._decide(run, "approval", None)

    async def _reject(self, run: Run) -> None:
        run.told.rejected = await self._decide(run, "rejection", {"reason": "Not for this place."})

    async def _decide(self, run: Run, what: str, body: Any) -> bool:
        """An admin's decision; false when the class's state does not allow it any more."""
        path = f"{SESSIONS}/study-sessions/{run.study_session_id}/{what}"
        try:
            await self.admin.call("POST", path, body)
        except Refused as refusal:
            if "study_session_transition_forbidden" not in str(refusal):
                raise
            return False
        return True


@asynccontextmanager
async def pair(url: str, admin_password: str) -> AsyncIterator[Pair]:
    """A new tutor, and the admin at a client of his own; both signed in."""
    answers = Answers()
    async with httpx.AsyncClient(base_url=url, timeout=20, transport=Patient(answers)) as web:
        admin, tutor = Stays(web, "Admin", "admin"), Stays(web, "Meera", "tutor")
        admin.username = "admin"
        admin.password = admin_password  # pragma: allowlist secret
        await tutor.sign_up()
        for person in (tutor, admin):
            await person.sign_in()
        yield Pair(tutor, admin, web, answers)
