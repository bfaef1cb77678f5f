"""A campaign of attempts over servers of its own, for `make faults`."""

from tests.faults.attempts.campaign import POINTS, AttemptsCampaign
from tests.faults.attempts.cases import deal
from tests.faults.attempts.stage import CAST
from tests.faults.playing import Report, Say, servers
from tests.faults.stage import open_stage


async def play(attempts: int, seed: int, say: Say) -> int:
    """So many attempts; returns the exit status."""
    report = Report(POINTS, say)
    with servers() as (stack, folder):
        async with open_stage(stack, CAST, folder) as stage:
            campaign = AttemptsCampaign(stage, stack, str(seed), say)
            async with campaign:
                with report:
                    await campaign.play(deal(seed, attempts))
    return report.status(campaign.figures)
