"""How a gradebook counts (S12)."""

from decimal import Decimal
from fractions import Fraction
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from session_service.gradebook.rules import Category, Cell, grade, shown

D = Decimal


def cell(number: int, total: object, points: int = 10, category: str = "", **more: bool) -> Cell:
    given_one = None if total is None else D(str(total))
    return Cell(UUID(int=number), category, D(points), given_one, **more)


def percent(*cells: Cell, categories: tuple[Category, ...] = ()) -> Decimal | None:
    return shown(grade(cells, categories).percent)


def test_s12_the_mean_of_percentages_not_of_points() -> None:
    assert percent(cell(1, 5, 10), cell(2, 100, 100)) == D("75.00")


def test_s12_excused_is_not_zero_and_missing_is() -> None:
    assert percent(cell(1, 8), cell(2, None, excused=True)) == D("80.00")
    assert percent(cell(1, 8), cell(2, None, missing=True)) == D("40.00")
    assert percent(cell(1, 8), cell(2, 0, excused=True)) == D("80.00")


def test_s_a14_no_data_is_null_and_not_zero() -> None:
    assert percent() is None
    assert percent(cell(1, None), cell(2, None, excused=True)) is None


def test_s12_the_lowest_are_dropped_but_never_all() -> None:
    drop = (Category("", D(1), 2),)
    cells = [cell(1, 1), cell(2, 9), cell(3, 5), cell(4, 8)]
    assert percent(*cells, categories=drop) == D("85.00")
    found = grade(cells, drop).categories[0]
    assert [one.int for one in found.dropped] == [1, 3]
    assert percent(*cells[:2], categories=drop) == D("90.00")
    assert percent(cells[0], categories=drop) == D("10.00")


def test_s12_of_equals_the_later_one_is_dropped() -> None:
    found = grade([cell(1, 5), cell(2, 5), cell(3, 6)], [Category("", D(1), 1)]).categories[0]
    assert [one.int for one in found.dropped] == [2]


def test_s12_categories_weigh_and_those_without_data_do_not() -> None:
    categories = (Category("exam", D(60)), Category("home", D(40)), Category("oral", D(50)))
    cells = (cell(1, 9, category="exam"), cell(2, 4, category="home"))
    assert percent(*cells, categories=categories) == D("70.00")
    assert percent(*cells, cell(3, 0, category="else"), categories=categories) == D("70.00")


@pytest.mark.parametrize(
    ("value", "text"),
    [(Fraction(2, 3) * 100, "66.67"), (Fraction(1, 200), "0.01"), (Fraction(1, 201), "0.00")],
)
def test_s12_percentages_are_rounded_half_up_once(value: Fraction, text: str) -> None:
    assert shown(value) == D(text)


@given(
    st.lists(
        st.tuples(st.integers(0, 1000), st.integers(0, 3), st.booleans()), min_size=1, max_size=12
    ),
    st.integers(0, 4),
)
def test_s12_invariants(marks: list[tuple[int, int, bool]], drop: int) -> None:
    """Between the worst and the best that counts; dropping never harms; an excuse changes nothing
    but the excused column.
    """
    cells = [
        cell(n, D(total) / 100, category=f"c{c}", excused=excused)
        for n, (total, c, excused) in enumerate(marks)
    ]
    weights = [Category(f"c{c}", D(c + 1), drop) for c in range(4)]
    found = grade(cells, weights)
    percents = [one.percent for one in cells if one.percent is not None]
    if not percents:
        assert found.percent is None
        return
    assert found.percent is not None
    assert min(percents) <= found.percent <= max(percents)
    undropped = grade(cells, [Category(one.name, one.weight) for one in weights]).percent
    assert undropped is not None
    assert found.percent >= undropped
    assert grade([one for one in cells if not one.excused], weights) == found
