"""How a mark is made from its parts."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from session_service.late_policies.rules import Penalty
from session_service.marks.rules import NOTHING, Part, Sum, add_up, state
from session_service.marks.schemas import MarkState, PartSource
from tests.session_service.marks.room import part

D = Decimal
POINTS = st.decimals(min_value=-100, max_value=100, places=3, allow_nan=False)


def test_r2_a_total_is_the_sum_of_the_parts_once() -> None:
    parts = [part("a", "5"), part("b", "2.50"), part("c", "0.10")]
    assert add_up(parts, None) == Sum(D("7.60"), D("0.00"), D("7.60"))


def test_s_a9_a_total_appears_only_when_all_parts_have_points() -> None:
    assert add_up([part("a", 5), part("essay", None)], None) == NOTHING
    assert add_up([], None) == NOTHING


@pytest.mark.parametrize(
    ("base", "total", "taken"), [("earned", "64.00", "16.00"), ("maximum", "60.00", "20.00")]
)
def test_s_a4_late_work_loses_of_earned_or_of_maximum(base: str, total: str, taken: str) -> None:
    penalty = Penalty(2, D(20), base)  # type: ignore[arg-type]
    found = add_up([part("work", 80, 100)], penalty)
    assert found == Sum(D("80.00"), D(taken), D(total))


def test_s_a8_points_below_zero_count_but_the_total_is_never_below_zero() -> None:
    assert add_up([part("a", 3), part("b", -1)], None).total == D("2.00")
    penalty = Penalty(1, D(10), "maximum")
    assert add_up([part("a", -3), part("b", 1)], penalty) == Sum(D("0.00"), D("0.00"), D("0.00"))


@pytest.mark.parametrize(("points", "shown"), [("0.005", "0.01"), ("1.005", "1.01")])
def test_s_a8_halves_go_up(points: str, shown: str) -> None:
    assert add_up([part("a", points)], None).total == D(shown)


@given(st.lists(POINTS, min_size=1, max_size=20), st.integers(0, 100), st.booleans())
def test_r3_a_total_is_the_same_however_often_it_is_counted(
    points: list[Decimal], percent: int, of_earned: bool
) -> None:
    parts = [Part(str(i), p, D(100), PartSource.AUTO) for i, p in enumerate(points)]
    penalty = Penalty(1, D(percent), "earned" if of_earned else "maximum")
    first, again = add_up(parts, penalty), add_up(reversed(parts), penalty)
    assert first == again
    assert first.total is not None
    assert first.earned is not None
    assert first.taken_off is not None
    assert D(0) <= first.total <= first.earned
    assert first.total == first.earned - first.taken_off
    assert first.total.as_tuple().exponent == -2


@pytest.mark.parametrize(
    ("has_parts", "total", "shown", "found"),
    [
        (False, None, True, MarkState.EMPTY),
        (True, None, True, MarkState.NEEDS_MARKING),
        (True, D(1), False, MarkState.DRAFT),
        (True, D(0), True, MarkState.RELEASED),
    ],
)
def test_s11_states(has_parts: bool, total: Decimal | None, shown: bool, found: MarkState) -> None:
    assert state(has_parts=has_parts, total=total, shown=shown) is found
