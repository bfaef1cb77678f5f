"""A few attempts under fire; and what is spoiled by hand afterwards is seen."""

import os
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest

from tests.bench.place import owner_dsn
from tests.faults.attempts.campaign import AttemptsCampaign
from tests.faults.attempts.cases import deal
from tests.faults.attempts.stage import BACKGROUND, CAST, HTTP
from tests.faults.stage import Stage, open_stage
from tests.stack import Stack

SEED = os.environ.get("SEED", "1")
ATTEMPTS = 16
BLOWS = [HTTP, BACKGROUND, "attempts.after_step"]
PATIENCE = 60.0
"""Seconds: how soon attempts are closed is measured by `make faults`, where nothing else runs."""


@pytest.fixture
async def stage(stack: Stack) -> AsyncIterator[Stage]:
    """session_service's processes, of the test's own."""
    with tempfile.TemporaryDirectory(prefix="studyzed-faults-") as folder:
        async with stack.passing(), open_stage(stack, CAST, Path(folder)) as made:
            yield made


@pytest.mark.timeout(240)
async def test_s17_s20_r5_a_few_attempts_survive_kills(stage: Stage, stack: Stack) -> None:
    """Nothing acknowledged is lost, nothing late is counted, and each ends once."""
    said: list[str] = []
    async with AttemptsCampaign(stage, stack, SEED, said.append, PATIENCE) as campaign:
        await campaign.play(deal(SEED, ATTEMPTS), BLOWS)
        figures = campaign.figures
        assert figures.clean, figures.faults
        assert figures.sums.attempts + figures.sums.unheard >= ATTEMPTS
        assert figures.sums.saves > 0, said
        assert figures.kills >= len(BLOWS) - 1, said
        await what_is_spoiled_is_seen(campaign, stage)


async def what_is_spoiled_is_seen(campaign: AttemptsCampaign, stage: Stage) -> None:
    """An answer gets lost, and then a mark is another one."""
    told = next(one.told for one in campaign.runs if any(s.acknowledged for s in one.told.saves))
    last = next(one for one in reversed(told.saves) if one.acknowledged)
    connection = await asyncpg.connect(owner_dsn(stage.settings))
    await connection.execute(
        "DELETE FROM attempt_answers WHERE question_id = $1 AND attempt_id = $2",
        last.question, next(iter(told.attempt_ids)),
    )  # fmt: skip
    await campaign.judge()
    assert campaign.figures.sums.lost
    await connection.execute("UPDATE marks SET total = total + 1")
    await connection.close()
    await campaign.judge()
    assert any("the mark is" in line for line in campaign.figures.sums.wrong)
