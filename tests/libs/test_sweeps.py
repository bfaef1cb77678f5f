"""Sweeps: one item that fails keeps nobody waiting."""

from collections.abc import Mapping

import pytest

from libs import sweeps
from libs.errors import Unavailable


async def swept(faults: Mapping[int, Exception], count: int = 6) -> list[int]:
    """Which items were done; some raise."""
    done = []

    async def step(item: int) -> None:
        if item in faults:
            raise faults[item]
        done.append(item)

    try:
        await sweeps.each("tests.sweep", range(count), step)
    except Unavailable:
        done.append(-1)
    return done


async def test_what_fails_is_left_out_and_logged(caplog: pytest.LogCaptureFixture) -> None:
    assert await swept({0: ValueError("a secret"), 3: KeyError()}) == [1, 2, 4, 5]
    found = [record.msg for record in caplog.records]
    assert [
        (one["event"], one["sweep"], one["item"]) for one in found if isinstance(one, dict)
    ] == [
        ("sweep_item_failed", "tests.sweep", "0"),
        ("sweep_item_failed", "tests.sweep", "3"),
    ]


async def test_a_store_that_is_away_three_times_in_a_row_ends_the_round() -> None:
    away = dict.fromkeys([1, 2, 3], Unavailable())
    assert await swept(away) == [0, -1]
    assert await swept(dict.fromkeys([0, 1, 3, 4], Unavailable())) == [2, 5]


async def test_another_failure_between_shows_that_the_store_is_there() -> None:
    faults = {**dict.fromkeys([0, 1, 3, 4], Unavailable()), 2: ValueError()}
    assert await swept(faults) == [5]
