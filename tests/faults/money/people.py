"""A tutor who pays for a class, as a good client: asks again what was not answered, with the same
`Idempotency-Key`, and remembers what was.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from random import Random
from typing import Any
from uuid import UUID

import httpx

from libs.events.session import (
    StudySessionActivated,
    StudySessionApproved,
    StudySessionCreated,
    StudySessionEvent,
    StudySessionRejected,
)
from libs.ids import new_id
from tests.faults.desk import PATIENCE_SECONDS, Desk
from tests.faults.money.books import Reader
from tests.faults.money.cases import PAUSE, Case, Decision, Way
from tests.faults.money.model import Told
from tests.payment_service.shop import MONTH
from tests.stack import User

ENOUGH = 10_000_00
"""Minor units: more than two months cost."""
LOOK_SECONDS = 0.2
GONE = ("class_rejected", "already_paid", "insufficient_funds")
DECISIONS: dict[Decision, type[StudySessionEvent]] = {
    Decision.APPROVED: StudySessionApproved,
    Decision.REJECTED: StudySessionRejected,
}


@dataclass
class Run:
    """One class: what was to happen, and what its tutor was told."""

    case: Case
    tutor: User
    study_session_id: UUID = field(default_factory=new_id)
    told: Told = field(default_factory=Told)


@dataclass
class Place:
    """What people meet: the service, the provider's pages, the other services by their events."""

    desk: Desk
    pages: httpx.AsyncClient
    reader: Reader
    send: Callable[[StudySessionEvent], Awaitable[None]]


class Payer:
    """One tutor with one class."""

    def __init__(self, place: Place, run: Run) -> None:
        self._place, self._run = place, run
        self._told = run.told
        self._random = Random(f"{run.case.seed} payer")
        self._sessions: set[str] = set()

    async def play(self) -> None:
        """All of a case. Raises `Unanswered`, and `TimeoutError` for what never comes."""
        case = self._run.case
        await self._tell(StudySessionCreated, 1)
        if case.topped_up:
            await self._top_up()
        acts = [self._pay(case.ways[0]), self._decide()]
        if case.early:
            await asyncio.gather(*acts)
        else:
            for act in acts:
                await act
        if case.decision is Decision.APPROVED and await self._activate() and len(case.ways) > 1:
            await self._place.reader.let_renew(self._run.study_session_id)
            await self._pay(case.ways[1])
        if case.resent:
            await self._resend()

    async def _tell(self, event: type[StudySessionEvent], revision: int) -> None:
        run = self._run
        await self._place.send(
            event(
                study_session_id=run.study_session_id,
                session_code="S-FAULTS",
                tutor_id=run.tutor.id,
                revision=revision,
            )
        )

    async def _decide(self) -> None:
        await self._pause()
        if event := DECISIONS.get(self._run.case.decision):
            self._told.decision = self._run.case.decision
            await self._tell(event, 2)

    async def _activate(self) -> bool:
        """As session_service does once it hears that the class is paid for; whether it is."""
        if not self._told.pressed and not self._told.by_wallet:
            return False
        of = self._run.study_session_id
        await _until(self._place.reader.subscription, of, "pending")
        await self._tell(StudySessionActivated, 3)
        await _until(self._place.reader.subscription, of, "active")
        return True

    async def _pay(self, way: Way) -> None:
        await self._pause()
        if way is Way.CARD:
            await self._by_card()
        else:
            await self._by_wallet()

    async def _by_card(self) -> None:
        """Opens the page, on one device or two, and presses *Pay* on whatever pages there are."""
        asked = [self._checkout() for _ in range(1 + self._run.case.twice)]
        pages = {page for page in await asyncio.gather(*asked) if page}
        if self._run.case.declined:
            await asyncio.gather(*(self._press(page, "decline") for page in pages))
        await self._pause()
        for page in pages:
            self._told.pressed += await self._press(page, "pay")

    async def _by_wallet(self) -> None:
        """Asks twice at once with one key, where a page may be open on another device."""
        page = await self._checkout() if self._run.case.twice else ""
        key = str(new_id())
        asked = [self._order("/v1/wallet-payments", key) for _ in range(2)]
        answers = await asyncio.gather(*asked)
        made = {one["payment_id"] for one in answers if "payment_id" in one}
        refused = {one["code"] for one in answers if "code" in one}
        if len(made) > 1 or (made and refused) or refused - self._excuses():
            self._told.wrong.append(f"one key was answered with {answers}")
        self._told.by_wallet |= made
        if page:
            self._told.pressed += await self._press(page, "pay")

    def _excuses(self) -> set[str]:
        """For what a payment from the wallet may be refused."""
        found = {"class_rejected"} if self._run.case.decision is Decision.REJECTED else set()
        return found if self._run.case.topped_up else found | {"insufficient_funds"}

    async def _checkout(self) -> str:
        """The page's address; empty when the class cannot be paid any more."""
        key = str(new_id())
        made = await self._order("/v1/checkouts", key)
        if "code" in made:
            return ""
        again = await self._order("/v1/checkouts", key)
        if again != made:
            self._told.wrong.append(f"one key was answered with {made} and {again}")
        return str(made["checkout_url"])

    async def _order(self, path: str, key: str) -> dict[str, Any]:
        """What is answered; waits for a class that is on its way to the service."""
        run = self._run
        body = {"plan_id": str(MONTH), "study_session_id": str(run.study_session_id)}
        async with asyncio.timeout(PATIENCE_SECONDS):
            while True:
                answer = await self._place.desk.ask(
                    run.tutor, "POST", path, body, 402, 404, 409, key=key
                )
                found: dict[str, Any] = answer.json()
                if answer.is_success or found["code"] in GONE:
                    return found
                if found["code"] != "class_not_found":
                    self._told.wrong.append(f"{path}: {answer.text}")
                    return found
                await asyncio.sleep(LOOK_SECONDS)

    async def _top_up(self) -> None:
        body = {"amount": ENOUGH, "currency": "INR"}
        asked = (self._run.tutor, "POST", "/v1/wallet/top-ups", body)
        made = (await self._place.desk.ask(*asked, key=str(new_id()))).json()
        if await self._press(made["checkout_url"], "pay"):
            self._told.topped_up = ENOUGH
            await _until(self._place.reader.top_up, UUID(made["id"]), "paid")

    async def _press(self, page: str, button: str) -> bool:
        """Whether the provider's page took it."""
        self._sessions.add(page.rpartition("/")[2])
        return (await self._place.pages.post(f"{page}/{button}")).status_code == 303

    async def _resend(self) -> None:
        """Lets the provider send all that it has said of these pages once more."""
        listed = (await self._place.pages.get("/dev/stripe/events")).json()
        for event in listed:
            if event["object"] in self._sessions:
                await self._place.pages.post(f"/dev/stripe/events/{event['id']}/resend")

    async def _pause(self) -> None:
        await asyncio.sleep(self._random.uniform(*PAUSE))


async def _until(look: Callable[[UUID], Awaitable[str | None]], of: UUID, wanted: str) -> None:
    async with asyncio.timeout(PATIENCE_SECONDS):
        while await look(of) != wanted:  # noqa: ASYNC110  (another process changes it)
            await asyncio.sleep(LOOK_SECONDS)
