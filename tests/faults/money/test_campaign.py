"""A few classes under fire; and what is spoiled by hand afterwards is seen."""

import os
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest

from tests.bench.place import owner_dsn
from tests.deploy.vendors.running import Stand
from tests.faults.money.campaign import MoneyCampaign
from tests.faults.money.cases import Decision, Way, deal
from tests.faults.money.stage import BACKGROUND, HTTP, open_market
from tests.faults.stage import Stage
from tests.stack import Stack

SEED = os.environ.get("SEED", "1")
CLASSES = 24
BLOWS = [HTTP, "stripe.after_call", BACKGROUND, "refunds.before_result", "postgres.after_commit"]


@pytest.fixture
async def market(stack: Stack) -> AsyncIterator[tuple[Stage, Stand]]:
    """payment_service's processes and the provider, of the test's own."""
    with tempfile.TemporaryDirectory(prefix="studyzed-faults-") as folder:
        async with stack.passing(), open_market(stack, Path(folder)) as made:
            yield made


@pytest.mark.timeout(300)
async def test_p_a4_p_a5_p_a9_a_few_payments_survive_kills(
    market: tuple[Stage, Stand], stack: Stack
) -> None:
    """Everything has exactly one effect, and the books balance."""
    said: list[str] = []
    async with MoneyCampaign(*market, stack, SEED, said.append) as campaign:
        await campaign.play(deal(SEED, CLASSES), BLOWS)
        figures = campaign.figures
        assert figures.clean, figures.faults
        assert figures.sums.classes == CLASSES
        assert figures.sums.refunds > 0, said
        assert figures.sums.renewed > 0, said
        assert figures.kills >= len(BLOWS) - 1, said
        await what_is_spoiled_is_seen(campaign, market[0])


async def what_is_spoiled_is_seen(campaign: MoneyCampaign, stage: Stage) -> None:
    """A renewal gets lost; an invoice's number; then a refund."""
    connection = await asyncpg.connect(owner_dsn(stage.settings))
    await connection.execute("UPDATE subscriptions SET period = 1 WHERE period = 2")
    await campaign.judge()
    assert any("subscription is ('active', 1)" in line for line in campaign.figures.faults)
    await connection.execute("UPDATE refunds SET amount = amount - 1")
    await connection.close()
    await campaign.judge()
    assert any("what goes back is" in line for line in campaign.figures.faults)
    assert any("the ledger:" in line for line in campaign.figures.faults)


def test_cases_hold_what_the_model_speaks_of() -> None:
    cases = deal("any", 500)
    assert {way for case in cases for way in case.ways} == set(Way)
    assert {case.decision for case in cases} == set(Decision)
    assert all(len(case.ways) == 1 or case.decision is Decision.APPROVED for case in cases)
    assert deal("any", 500) == cases
