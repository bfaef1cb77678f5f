"""A campaign of money over servers of its own, for `make faults`."""

from tests.faults.money.campaign import POINTS, MoneyCampaign
from tests.faults.money.cases import deal
from tests.faults.money.stage import open_market
from tests.faults.playing import Report, Say, servers


async def play(classes: int, seed: int, say: Say) -> int:
    """So many classes; returns the exit status."""
    report = Report(POINTS, say)
    with servers() as (stack, folder):
        async with open_market(stack, folder) as (stage, stand):
            campaign = MoneyCampaign(stage, stand, stack, str(seed), say)
            async with campaign:
                with report:
                    await campaign.play(deal(seed, classes))
    return report.status(campaign.figures)
