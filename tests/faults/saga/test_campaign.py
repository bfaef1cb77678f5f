"""A few sagas under fire; and what is spoiled by hand afterwards is seen."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import httpx
import pytest

from tests.faults.campaign import PASSWORD, Platform, platform
from tests.faults.saga.campaign import SagaCampaign
from tests.faults.saga.cases import APPROVE, PAY, REJECT, Case
from tests.faults.saga.people import Run, pair

CASES = [
    Case(((PAY, 0.0), (REJECT, 0.5)), together=False, early=False, declined=True),
    Case(((PAY, 0.0), (REJECT, 0.0)), together=True, early=True, declined=False),
    Case(((APPROVE, 0.0), (PAY, 0.0)), together=True, early=True, declined=False),
    Case(((APPROVE, 0.0), (REJECT, 0.2), (PAY, 0.2)), together=False, early=True, declined=False),
]
BLOWS = ["outbox.after_publish_before_mark", "payment_service-background", "postgres.after_commit"]


@pytest.fixture
def on() -> Iterator[Platform]:
    """A platform of the test's own."""
    with tempfile.TemporaryDirectory(prefix="studyzed-faults-") as folder:
        Path(folder).chmod(0o711)
        with platform(Path(folder)) as made:
            yield made


@pytest.mark.timeout(400)
async def test_p_a9_a_few_sagas_survive_kills(on: Platform) -> None:
    """Of the four classes one opens, and what was paid for the others goes back once."""
    said: list[str] = []
    campaign = SagaCampaign(on, said.append, "few")
    await campaign.play(CASES, BLOWS)
    figures = campaign.figures
    assert figures.clean, [*figures.sums.wrong, str(figures.verdict)]
    assert (figures.sums.activated, figures.sums.rejected) == (1, 3)
    assert figures.sums.due == figures.sums.made >= 1
    assert figures.answers[500] == 0
    assert figures.points.keys() == set(BLOWS) - {"payment_service-background"}, said
    assert figures.struck == {"payment_service-background": 1}
    await what_is_spoiled_is_seen(on, campaign, campaign.runs[0])


async def what_is_spoiled_is_seen(on: Platform, campaign: SagaCampaign, run: Run) -> None:
    """The copy of a refund gets lost; then the bank sends the refund back."""
    url = on.environment["SESSION_DATABASE_OWNER_URL"].replace("+asyncpg", "")
    connection = await asyncpg.connect(url)
    await connection.execute(
        "DELETE FROM class_refunds WHERE study_session_id = $1", run.study_session_id
    )
    await connection.close()
    async with pair(on.url, PASSWORD) as people:
        await campaign.judge(people.admin)
        assert (campaign.figures.sums.stuck, campaign.figures.sums.missing) == (1, 0)
        assert "copies of refunds is {}, must be {'succeeded': 1}" in campaign.figures.sums.wrong[0]
        await send_back(on, run)
        await campaign.judge(people.admin)
    assert (campaign.figures.sums.missing, campaign.figures.sums.doubled) == (1, 0)


async def send_back(on: Platform, run: Run) -> None:
    """Lets the refund of a class fail at the bank."""
    url = on.environment["PAYMENT_DATABASE_OWNER_URL"].replace("+asyncpg", "")
    connection = await asyncpg.connect(url)
    refund_id = await connection.fetchval(
        "SELECT stripe_refund_id FROM refunds WHERE study_session_id = $1", run.study_session_id
    )
    await connection.close()
    async with httpx.AsyncClient(base_url=on.url) as web:
        answer = await web.post(f"/dev/stripe/refunds/{refund_id}/failed")
    assert answer.json()["status"] == "failed"
