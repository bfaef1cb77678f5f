"""Kills at seeded moments: processes by SIGKILL, and orders for crash points."""

import asyncio
import itertools
import os
import signal
import xmlrpc.client
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import Any

from deploy.local.places import Place
from deploy.local.supervision import Transport
from libs.crashpoint import points
from tests.faults.plans import VENDORS, met_by_stories

SERVICES = ("user", "notification", "payment", "session", "message")
APPS = [f"{name}_service" for name in SERVICES]
BACKGROUNDS = [f"{name}_service-background" for name in SERVICES]
STORES = ["postgres", "valkey", "mongo"]
PAUSE = (0.4, 2.5)
"""Seconds between two blows."""
BLIND = 0.25
"""How many of all blows come while something is down already."""
LOOKS = 300
"""For a minute; what is not up then is struck nevertheless."""
HOLDS = " ".join(
    f"{name}:150"
    for name in ("outbox.after_publish_before_mark", "consumer.after_effect_before_offset")
)
"""Without these gaps kills meet nothing: see the foundation's figures."""
MET = sorted(point.name for point in met_by_stories())


class Striker(ABC):
    """Strikes whatever `_kill` can reach. `struck` counts by program, `ordered` the crash points
    asked for.
    """

    def __init__(self, orders: Path, random: Random) -> None:
        self._orders = orders
        self._random = random
        self._points = {point.name for point in points()}
        self.struck: Counter[str] = Counter()
        self.ordered: Counter[str] = Counter()

    async def strike(self, cards: list[str]) -> None:
        """Plays the cards with pauses between them; first those of vendors, whom a story calls
        only once.
        """
        for card in sorted(cards, key=lambda each: each not in VENDORS):
            if card not in VENDORS:
                await asyncio.sleep(self._random.uniform(*PAUSE))
            if card in self._points:
                (self._orders / card).touch()
                self.ordered[card] += 1
            else:
                self._kill(card)

    async def strike_while(
        self,
        playing: "asyncio.Future[Any]",
        cards: Iterator[str],
        least: int,
        is_ready: Callable[[], bool],
        blind: float = BLIND,
    ) -> None:
        """Plays one card after the other, with pauses: until the play is over and so many have been
        played, or no card is left.

        All but some `blind` blows wait until everything is up again, however slow the machine is:
        under nothing but outages no play would ever end.
        """
        for number in itertools.count():
            if self._random.random() >= blind:
                await _calm(is_ready)
            await asyncio.sleep(self._random.uniform(*PAUSE))
            card = None if playing.done() and number >= least else next(cards, None)
            if card is None:
                return
            order = self._orders / card
            if card not in self._points:
                self._kill(card)
            elif not order.exists():  # ordered once, it waits until somebody comes there
                order.touch()
                self.ordered[card] += 1

    async def carried_out(self) -> None:
        """Waits until somebody has come to each point that was ordered, for a minute at most."""
        for _ in range(LOOKS):
            if not any(self._orders.iterdir()):
                return
            await asyncio.sleep(0.2)

    @abstractmethod
    def _kill(self, program: str) -> None:
        """Ends a program by SIGKILL, and counts it, unless it is being started just now."""

    def done(self) -> Counter[str]:
        """Which orders were carried out; takes the others back."""
        for order in self._orders.iterdir():
            self.ordered[order.name] -= 1
            order.unlink()
        return +self.ordered


class Killer(Striker):
    """Strikes one platform."""

    def __init__(self, place: Place, orders: Path, random: Random) -> None:
        super().__init__(orders, random)
        self._server: Any = xmlrpc.client.ServerProxy("http://local", Transport(place.socket))

    def deck(self) -> list[str]:
        """What a run strikes, in order: some of everything, the broker and one store."""
        draw = self._random
        cards = [*draw.sample(APPS, 2), *draw.sample(BACKGROUNDS, 3), "celery"]
        cards += ["kafka", draw.choice(STORES), *draw.sample(MET, 5)]
        draw.shuffle(cards)
        return cards

    def _kill(self, program: str) -> None:
        try:
            processes = self._server.supervisor.getAllProcessInfo()
            [pid] = [found["pid"] for found in processes if found["name"] == program]
            if pid:
                os.kill(pid, signal.SIGKILL)
                self.struck[program] += 1
        except (OSError, xmlrpc.client.Error):
            return  # it is being started just now


async def _calm(is_ready: Callable[[], bool]) -> None:
    for _ in range(LOOKS):
        if await asyncio.to_thread(is_ready):
            return
        await asyncio.sleep(0.2)
