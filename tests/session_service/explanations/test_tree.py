"""Trees come to the number that is shown (S38)."""

from decimal import Decimal
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from session_service.explanations.tree import Standing, of_grade, of_mark, recompute, replaced_in
from session_service.gradebook.rules import Category, Cell, grade, shown
from session_service.late_policies.rules import Penalty
from session_service.marks.rules import Part, add_up
from session_service.marks.schemas import PartSource
from tests.session_service.marks.room import part

D = Decimal
POINTS = st.decimals(min_value=-20, max_value=100, places=2, allow_nan=False)
PARTS = st.lists(POINTS, min_size=1, max_size=6).map(
    lambda points: [
        Part(f"q{n}", value, D(100), PartSource.AUTO, "single@1") for n, value in enumerate(points)
    ]
)
PENALTIES = st.none() | st.builds(
    Penalty,
    days=st.integers(1, 9),
    percent=st.decimals(min_value=0, max_value=100, places=2),
    base=st.sampled_from(["earned", "maximum"]),
)


def standing(parts: list[Part], penalty: Penalty | None) -> Standing:
    found = add_up(parts, penalty)
    return Standing(found.total, penalty, found.taken_off, parts, {})


@given(PARTS, PENALTIES)
def test_s38_a_marks_tree_recomputes_to_the_total(
    parts: list[Part], penalty: Penalty | None
) -> None:
    found = standing(parts, penalty)
    tree = of_mark(UUID(int=1), found)
    again = recompute(tree)
    assert again is not None
    assert again == found.total == tree.value


@given(st.lists(st.tuples(PARTS, PENALTIES, st.integers(0, 2)), max_size=6), st.integers(0, 2))
def test_s38_a_grades_tree_recomputes_to_the_percentage(
    works: list[tuple[list[Part], Penalty | None, int]], drop: int
) -> None:
    cells, marks = [], {}
    for number, (parts, penalty, category) in enumerate(works):
        item = UUID(int=number)
        found = standing(parts, penalty)
        cells.append(Cell(item, f"c{category}", D(600), found.total))
        marks[item] = of_mark(item, found)
    cells.append(Cell(UUID(int=99), "c0", D(10), None, missing=True))
    counted = grade(cells, [Category(f"c{n}", D(n + 1), drop) for n in range(3)])
    tree = of_grade(UUID(int=1), counted, cells, marks)
    assert shown(recompute(tree)) == shown(counted.percent) == tree.value


def test_s38_a_changed_leaf_changes_the_number() -> None:
    parts = [part("q1", 3), part("q2", 4)]
    tree = of_mark(UUID(int=1), standing(parts, None))
    other = of_mark(UUID(int=1), standing([parts[0], part("q2", 5)], None))
    assert [recompute(tree), recompute(other)] == [7, 8]


def test_s38_what_was_overruled_stands_below_the_part() -> None:
    trail = [
        [part("q1", 2, 4, "auto"), part("q2", 1, 4, "auto")],
        [part("q1", 3, 4, "override"), part("q2", 1, 4, "auto")],
    ]
    assert replaced_in(trail) == {"q1": trail[0][0]}
    assert replaced_in(trail[:1]) == {}
    assert replaced_in([]) == {}
