"""Anything that can happen to a wallet, in any order, by hypothesis, against a model of it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from libs.errors import AppError
from libs.ids import new_id
from payment_service.holds import service as holds
from payment_service.holds.service import HoldOrder
from payment_service.ledger import service as ledger
from payment_service.ledger.checks import check
from payment_service.ledger.entries import refund_owed
from payment_service.ledger.postings import Account, AccountKind
from payment_service.ledger.wallet_entries import wallet_refund
from payment_service.wallets import service
from tests.payment_service.wallets.bank import fill, money_of, spend, wallet_of
from tests.payment_service.wallets.conftest import Till

REVENUE = Account(AccountKind.REVENUE, "INR")
ACTS = ("top_up", "pay", "refund", "hold", "capture", "release", "freeze", "thaw")
CASES = st.lists(st.tuples(st.sampled_from(ACTS), st.integers(1, 60)), min_size=1, max_size=25)


@dataclass
class Model:
    """What a wallet must be like."""

    free: int = 0
    frozen: bool = False
    holds: list[tuple[UUID, int]] = field(default_factory=list)

    @property
    def held(self) -> int:
        """All that is set aside."""
        return sum(amount for _, amount in self.holds)

    def expected(self, act: str, amount: int) -> str:
        """The code of the refusal that must come; empty for none."""
        if act == "freeze" and self.frozen:
            return "already_frozen"
        if act == "capture" and amount > self.holds[0][1]:
            return "capture_too_high"
        if act in ("pay", "hold", "capture") and self.frozen:
            return "wallet_frozen"
        if act in ("pay", "hold") and amount > self.free:
            return "insufficient_funds"
        return ""

    def apply(self, act: str, amount: int, made: Any) -> None:
        """What follows when nothing refuses it."""
        if act in ("top_up", "refund"):
            self.free += amount
        elif act == "pay":
            self.free -= amount
        elif act == "hold":
            self.free -= amount
            self.holds.append((made, amount))
        elif act in ("capture", "release"):
            held = self.holds.pop(0)[1]
            self.free += held - (amount if act == "capture" else 0)
        else:
            self.frozen = act == "freeze"


class Bank:
    """The same acts on the real service."""

    def __init__(self, till: Till, owner_id: UUID, model: Model) -> None:
        self.till, self.owner_id, self.model = till, owner_id, model

    async def outcome(self, name: str, amount: int) -> tuple[str, Any]:
        """Does it: the code of what refused it, and what it has made."""
        step: Callable[[int], Awaitable[Any]] = getattr(self, name)
        try:
            return "", await step(amount)
        except AppError as refusal:
            return refusal.code, None

    async def top_up(self, amount: int) -> None:
        await fill(self.till.database, self.owner_id, amount)

    async def pay(self, amount: int) -> None:
        await spend(self.till.database, self.owner_id, amount)

    async def refund(self, amount: int) -> None:
        refund_id, now = new_id(), self.till.clock.at
        back = wallet_refund(refund_id, self.owner_id, amount, "INR")
        async with self.till.database.transaction() as session:
            await service.open_locked(session, self.owner_id, "INR", now)
            await ledger.post(session, refund_owed(refund_id, amount, "INR"), now)
            await service.credit(session, self.owner_id, "INR", back, now)

    async def hold(self, amount: int) -> UUID:
        now = self.till.clock.at
        later = now + timedelta(days=1)
        order = HoldOrder(self.owner_id, "INR", amount, str(new_id()), later)
        async with self.till.database.transaction() as session:
            return (await holds.hold(session, order, now)).id

    async def capture(self, amount: int) -> None:
        async with self.till.database.transaction() as session:
            await holds.capture(
                session, self.model.holds[0][0], amount, REVENUE, self.till.clock.at
            )

    async def release(self, _: int) -> None:
        async with self.till.database.transaction() as session:
            await holds.release(session, self.model.holds[0][0], self.till.clock.at)

    async def freeze(self, _: int) -> None:
        wallet = await wallet_of(self.till.database, self.owner_id)
        async with self.till.database.transaction() as session:
            await service.freeze(session, wallet.id, new_id(), "A test.", self.till.clock.at)

    async def thaw(self, _: int) -> None:
        wallet = await wallet_of(self.till.database, self.owner_id)
        async with self.till.database.transaction() as session:
            await service.thaw(session, wallet.id, new_id(), self.till.clock.at)


@settings(
    deadline=None, max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(cases=CASES)
async def test_p6_p7_p24_a_wallet_is_as_its_model_says(
    till: Till, cases: list[tuple[str, int]]
) -> None:
    model, owner_id = Model(), new_id()
    bank = Bank(till, owner_id, model)
    await fill(till.database, owner_id, 50)
    model.free = 50
    for act, amount in cases:
        if act in ("capture", "release") and not model.holds:
            continue
        expected = model.expected(act, amount)
        code, made = await bank.outcome(act, amount)
        assert (act, code) == (act, expected)
        if not code:
            model.apply(act, amount, made)
        assert await money_of(till.database, owner_id) == (model.free, model.held)
    assert (await check(till.database)).balanced
