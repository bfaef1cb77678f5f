"""The campaign: rounds of classes that are paid for, payment_service killed meanwhile, the model
after each round.
"""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from random import Random
from typing import Any, Self

import httpx

from libs.events.session import StudySessionEvent
from libs.kafka import Message, Producer
from tests.deploy.vendors.running import Stand
from tests.faults.blows import Rounds, Toll, deck, met
from tests.faults.desk import Desk
from tests.faults.money.books import Reader
from tests.faults.money.cases import Case
from tests.faults.money.model import Sums
from tests.faults.money.people import Payer, Place, Run
from tests.faults.money.stage import PROGRAMS
from tests.faults.stage import Stage, now
from tests.stack import Stack

ROUND = 50
"""Classes that are paid for at a time."""
BLOWS = 8
"""Of a round, at least: they go on while somebody is at it."""
SETTLE_SECONDS = 150.0
POINTS = met(
    ("stripe.", "refunds.", "wallet_payments.", "postgres.", "outbox.", "consumer.", "inbox.",
     "jobs.")
)  # fmt: skip
"""All that payment_service's processes come to while classes are paid for."""


@dataclass
class Figures(Toll):
    """What a campaign has seen."""

    sums: Sums = field(default_factory=Sums)
    wrong: list[str] = field(default_factory=list)
    """What is wrong with the books as a whole."""

    @property
    def faults(self) -> list[str]:
        """All that is wrong, in words."""
        return [*self.sums.wrong, *self.wrong, *super().faults]

    def __str__(self) -> str:
        return f"{self.sums}, {len(self.wrong)} in the books; {super().__str__()}"


class MoneyCampaign(Rounds[Case]):
    """Classes that are paid for."""

    round_size, least_blows = ROUND, BLOWS
    figures: Figures

    def __init__(
        self, stage: Stage, stand: Stand, stack: Stack, seed: str, say: Callable[[str], None],
        settle_seconds: float = SETTLE_SECONDS,
    ) -> None:  # fmt: skip
        cards = deck(Random(f"{seed} deck"), POINTS, PROGRAMS)
        super().__init__(stage, seed, say, settle_seconds, cards)
        self.figures = Figures()
        self.runs: list[Run] = []
        self._stand, self._stack = stand, stack
        self._reader = Reader(stage, stand)
        self._producer = Producer(stage.settings)
        self._open = AsyncExitStack()

    async def __aenter__(self) -> Self:
        self._open.push_async_callback(self._producer.stop)
        web, pages = [
            await self._open.enter_async_context(
                httpx.AsyncClient(base_url=url, timeout=30, limits=httpx.Limits(), trust_env=False)
            )
            for url in (self._stage.url, self._stand.base)
        ]
        self._place = Place(Desk(web), pages, self._reader, self._send)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._open.aclose()

    async def _send(self, event: StudySessionEvent) -> None:
        """As session_service does."""
        message = Message(event.topic, event.key, event.to_wire(now()))
        assert await self._producer.send_all([message]) == [None]

    async def _begin(self, cases: Sequence[Case]) -> "asyncio.Future[Any]":
        new = [Run(case, self._stack.as_user("tutor")) for case in cases]
        self.runs += new
        return asyncio.gather(*(Payer(self._place, run).play() for run in new))

    async def _waiting(self) -> int:
        return await self._reader.waiting()

    async def judge(self) -> None:
        """Holds all that is stored against the model now, and keeps it in `figures`."""
        books = await self._reader.read()
        self.figures.sums = Sums()
        for run in self.runs:
            name = f"class {run.study_session_id} ({run.case})"
            self.figures.sums.add(name, run.told, books.found[run.study_session_id])
        self.figures.wrong = books.wrong
        self.figures.lost_letters, self.figures.events = books.lost, books.events
        self.figures.answers = self._place.desk.answers.statuses
        self.figures.cut = self._place.desk.answers.cut
