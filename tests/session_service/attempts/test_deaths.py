"""Whoever dies while attempts are closed or marked, another goes on."""

from datetime import timedelta

import pytest

from session_service.attempts import closing
from tests.session_service.attempts.hall import Hall

POINTS = ["attempts.before_step", "attempts.after_step"]


class Died(BaseException):
    """Stands for the end of the process: no handler of errors catches it."""


@pytest.mark.parametrize("point", POINTS)
@pytest.mark.parametrize("time", [1, 2])
async def test_s17_whoever_dies_at_a_step_another_goes_on(
    hall: Hall, monkeypatch: pytest.MonkeyPatch, point: str, time: int
) -> None:
    """The first step closes the attempt, the second one marks it; each happens once."""
    test = await hall.test(time_limit_minutes=30)
    attempt = await hall.start(test)
    await hall.save(attempt, 0, "Four")
    hall.world.clock.move(timedelta(minutes=31))
    reached: list[str] = []

    async def die(name: str) -> None:
        reached.append(name)
        if reached.count(point) == time:
            raise Died

    monkeypatch.setattr(closing, "reach", die)
    with pytest.raises(Died):
        await hall.sweep()
    monkeypatch.undo()
    for _ in range(3):
        await hall.sweep()
    seen = await hall.seen(attempt)
    assert (seen["state"], seen["closed_at"]) == ("closed", attempt["deadline"])
    mark = await hall.mark(test)
    assert mark is not None
    assert (mark["state"], mark["total"], mark["revision"]) == ("draft", "2.00", 1)
    told = [one for one in await hall.world.published() if one == "studyzed.attempt.closed"]
    assert len(told) == 1
