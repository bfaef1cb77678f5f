"""Which lesson becomes which one when a rule changes (S-A3)."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from session_service.series.alignment import NEAR, align

MONDAY = datetime(2026, 10, 19, 17)  # noqa: DTZ001


def on(*days: int) -> list[datetime]:
    return [MONDAY + timedelta(days=day) for day in days]


@pytest.mark.parametrize(
    ("old", "new", "shift", "expected"),
    [
        ((0, 7, 14), (1, 8, 15), 1, {0: 1, 7: 8, 14: 15}),
        ((0, 7, 14), (0, 2, 7, 9, 14), 0, {0: 0, 7: 7, 14: 14}),
        ((0, 2, 7, 9), (0, 7, 14), 0, {0: 0, 7: 7, 9: 14}),
        ((0, 7, 14, 21), (0, 14), 0, {0: 0, 14: 14}),
        ((0, 7, 14), (7, 14, 21), 7, {0: 7, 7: 14, 14: 21}),
        ((0, 31, 61), (4, 32, 67), 4, {0: 4, 31: 32, 61: 67}),
        ((0, 7), (), 0, {}),
    ],
)
def test_s_a3_lessons_go_where_their_series_goes(
    old: tuple[int, ...], new: tuple[int, ...], shift: int, expected: dict[int, int]
) -> None:
    found = align(on(*old), on(*new), timedelta(days=shift))
    assert found == {on(one)[0]: on(other)[0] for one, other in expected.items()}


DAYS = st.lists(st.integers(0, 60), unique=True, max_size=20).map(sorted)


@given(old=DAYS, new=DAYS, shift=st.integers(-10, 10))
def test_s_a3_no_place_is_given_twice_and_none_goes_far(
    old: list[int], new: list[int], shift: int
) -> None:
    moved = timedelta(days=shift)
    found = align(on(*old), on(*new), moved)
    assert set(found) <= set(on(*old))
    assert set(found.values()) <= set(on(*new))
    assert len(set(found.values())) == len(found)
    assert all(abs(other - one - moved) < NEAR for one, other in found.items())
    assert all(found[one] == one + moved for one in on(*old) if one + moved in on(*new))
