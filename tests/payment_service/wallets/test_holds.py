"""Holds (P7): set aside, taken in part or whole, let go; never twice, never more than there is."""

import asyncio
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from libs.ids import new_id
from payment_service.holds import service
from payment_service.holds.errors import CaptureTooHigh, HoldClosed, HoldDiffers, HoldNotFound
from payment_service.holds.jobs import SweepHolds, sweep_holds
from payment_service.holds.models import Hold
from payment_service.holds.service import HoldOrder
from payment_service.ledger.errors import InsufficientFunds
from payment_service.ledger.postings import Account, AccountKind
from payment_service.wallets.errors import WalletFrozen
from tests.payment_service.wallets.bank import fill, freeze, money_of, wallet_of
from tests.payment_service.wallets.conftest import Till

REVENUE = Account(AccountKind.REVENUE, "INR")


async def hold(till: Till, owner_id: UUID, amount: int, reference: str = "lesson") -> Hold:
    """Sets money aside for a day."""
    expires_at = till.clock.at + timedelta(days=1)
    order = HoldOrder(owner_id, "INR", amount, reference, expires_at)
    async with till.database.transaction() as session:
        return await service.hold(session, order, till.clock.at)


async def capture(till: Till, hold_id: UUID, amount: int) -> bool:
    """Takes of it."""
    async with till.database.transaction() as session:
        return await service.capture(session, hold_id, amount, REVENUE, till.clock.at)


async def release(till: Till, hold_id: UUID) -> bool:
    """Lets it go."""
    async with till.database.transaction() as session:
        return await service.release(session, hold_id, till.clock.at)


async def the_hold(till: Till) -> tuple[int, int, bool]:
    """What was captured and released of the only one, and whether it is closed."""
    async with till.database.transaction() as session:
        found = (await session.scalars(select(Hold))).one()
        return found.captured, found.released, found.closed_at is not None


@pytest.fixture
async def owner(till: Till) -> UUID:
    """Somebody with 100.00."""
    owner_id = new_id()
    await fill(till.database, owner_id, 100_00)
    return owner_id


async def test_p7_what_is_held_cannot_be_spent_and_is_shown(till: Till) -> None:
    owner = till.stack.as_user("student")
    await fill(till.database, owner.id, 100_00)
    await hold(till, owner.id, 60_00)
    shown = (await till.client.get("/v1/wallet", headers=owner.headers)).json()
    assert (shown["balance"], shown["held"]) == (40_00, 60_00)
    with pytest.raises(InsufficientFunds):
        await hold(till, owner.id, 40_01, "another")
    assert await money_of(till.database, owner.id) == (40_00, 60_00)


@pytest.mark.parametrize(("amount", "left"), [(60_00, 40_00), (25_00, 75_00), (1, 99_99)])
async def test_p7_a_capture_takes_its_part_and_lets_the_rest_go(
    till: Till, owner: UUID, amount: int, left: int
) -> None:
    made = await hold(till, owner, 60_00)
    assert await capture(till, made.id, amount)
    assert not await capture(till, made.id, amount)
    assert await money_of(till.database, owner) == (left, 0)
    assert await the_hold(till) == (amount, 60_00 - amount, True)


async def test_p7_a_release_gives_all_of_it_back_once(till: Till, owner: UUID) -> None:
    made = await hold(till, owner, 60_00)
    assert await release(till, made.id)
    assert not await release(till, made.id)
    assert await money_of(till.database, owner) == (100_00, 0)


async def test_p7_what_is_closed_stays_as_it_is(till: Till, owner: UUID) -> None:
    one, two = await hold(till, owner, 10_00, "1"), await hold(till, owner, 10_00, "2")
    await capture(till, one.id, 4_00)
    await release(till, two.id)
    with pytest.raises(HoldClosed):
        await release(till, one.id)
    for hold_id in (one.id, two.id):
        with pytest.raises(HoldClosed):
            await capture(till, hold_id, 5_00)
    assert await money_of(till.database, owner) == (96_00, 0)


@pytest.mark.parametrize("amount", [60_01, 0, -1])
async def test_p7_a_capture_is_of_what_is_held(till: Till, owner: UUID, amount: int) -> None:
    made = await hold(till, owner, 60_00)
    with pytest.raises(CaptureTooHigh):
        await capture(till, made.id, amount)
    assert await the_hold(till) == (0, 0, False)


async def test_p7_an_unknown_hold(till: Till) -> None:
    with pytest.raises(HoldNotFound):
        await release(till, new_id())


async def test_p7_the_same_reference_is_one_hold(till: Till, owner: UUID) -> None:
    results = await asyncio.gather(*(hold(till, owner, 60_00) for _ in range(10)))
    assert len({made.id for made in results}) == 1
    with pytest.raises(HoldDiffers):
        await hold(till, owner, 1)
    assert await money_of(till.database, owner) == (40_00, 60_00)


async def test_p_a3_of_50_holds_at_once_exactly_3_are_covered(till: Till, owner: UUID) -> None:
    wanted = [hold(till, owner, 30_00, str(number)) for number in range(50)]
    results = await asyncio.gather(*wanted, return_exceptions=True)
    assert sum(isinstance(one, Hold) for one in results) == 3
    assert sum(isinstance(one, InsufficientFunds) for one in results) == 47
    assert await money_of(till.database, owner) == (10_00, 90_00)


async def test_p7_capture_and_release_at_once_are_one_of_them(till: Till, owner: UUID) -> None:
    for number in range(5):
        made = await hold(till, owner, 10_00, str(number))
        results = await asyncio.gather(
            capture(till, made.id, 10_00), release(till, made.id), return_exceptions=True
        )
        assert sorted(str(type(one).__name__) for one in results) == ["HoldClosed", "bool"]
    free, held = await money_of(till.database, owner)
    assert (free % 10_00, held) == (0, 0)


async def test_p_a12_a_frozen_wallet_holds_and_gives_nothing_and_takes_back(
    till: Till, owner: UUID
) -> None:
    made = await hold(till, owner, 60_00)
    await freeze(till.database, (await wallet_of(till.database, owner)).id)
    with pytest.raises(WalletFrozen):
        await hold(till, owner, 1, "another")
    with pytest.raises(WalletFrozen):
        await capture(till, made.id, 1)
    assert await the_hold(till) == (0, 0, False)
    assert await release(till, made.id)
    assert await money_of(till.database, owner) == (100_00, 0)


async def test_p7_the_sweeper_lets_go_what_nobody_took(till: Till, owner: UUID) -> None:
    made = await hold(till, owner, 60_00)
    await sweep_holds(till.database, SweepHolds())
    assert await the_hold(till) == (0, 0, False)
    till.clock.move(timedelta(days=1))
    with pytest.raises(HoldClosed):
        await capture(till, made.id, 1)
    await asyncio.gather(*(sweep_holds(till.database, SweepHolds()) for _ in range(3)))
    assert await the_hold(till) == (0, 60_00, True)
    assert await money_of(till.database, owner) == (100_00, 0)


async def test_p7_the_database_lets_nobody_take_more_than_is_held(till: Till, owner: UUID) -> None:
    await hold(till, owner, 60_00)
    with pytest.raises(IntegrityError, match="ck_holds_closed"):
        async with till.database.transaction() as session:
            await session.execute(text("UPDATE holds SET captured = 6001, closed_at = now()"))
