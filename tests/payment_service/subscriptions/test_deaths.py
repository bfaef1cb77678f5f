"""A sweeper that dies between two classes leaves nothing undone and does nothing twice."""

import pytest

from payment_service.subscriptions import jobs
from tests.payment_service.subscriptions.office import Office, at

POINT = "subscriptions.after_step"


class Died(BaseException):
    """Stands for the end of the process: no handler of errors catches it."""


async def test_p_a8_whoever_dies_after_a_step_another_goes_on(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    classes = [await office.opened() for _ in range(2)]

    async def die(name: str) -> None:
        assert name == POINT
        raise Died

    monkeypatch.setattr(jobs, "reach", die)
    with pytest.raises(Died):
        await office.sweep(at("2027-03-01"))
    states = [(await office.get(one)).state for one in classes]
    assert sorted(states) == ["active", "past_due"]
    monkeypatch.undo()
    for _ in range(2):
        await office.sweep()
    for one in classes:
        assert (await office.get(one)).state == "past_due"
        assert (await office.kinds(one)).count("subscription.past_due") == 1
