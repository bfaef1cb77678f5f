"""Marking by rule (S-A8, S19, R3)."""

from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from session_service.question_rules import marking
from session_service.question_rules.marking import Marked, Outcome
from session_service.question_rules.scores import WrongKind
from tests.session_service.question_rules.made import QUESTIONS, Asked, asked, options

POINTS = st.decimals(0, 100, places=2)


def mark(one: Asked, points: str = "4", negative: str = "0") -> Marked:
    return marking.mark(*one, Decimal(points), Decimal(negative))


def multiple(picked: str, right: str = "ab", of: str = "abcd", **key: Any) -> Asked:
    content = {"options": options(*of)}
    return asked("multiple", content, {"right": list(right), **key}, {"options": list(picked)})


@pytest.mark.parametrize(
    ("picked", "points", "outcome"),
    [
        ("a", "2.00", "partly"),
        ("ac", "0.00", "partly"),
        ("abc", "2.00", "partly"),
        ("ab", "4.00", "right"),
        ("abcd", "0.00", "partly"),
        ("acd", "0.00", "partly"),
        ("c", "-1.00", "wrong"),
        ("", "0.00", "blank"),
    ],
)
def test_s_a8_multiple_of_four_options_two_right_four_marks(
    picked: str, points: str, outcome: str
) -> None:
    found = mark(multiple(picked), negative="1")
    assert found == Marked(Decimal(points), Decimal(4), Outcome(outcome), "multiple/1")
    assert str(found.points) == points


def test_s_a8_multiple_at_its_edges() -> None:
    assert mark(multiple("ab", right="abc", of="abc")).points == Decimal("2.67")
    assert mark(multiple("abc", right="abc", of="abc")).points == 4
    assert mark(multiple("a", credit="all"), negative="1").points == 0
    assert mark(multiple("ab", credit="all")).points == 4
    assert mark(multiple("abc", credit="all")).points == 0


def test_s_a8_points_are_rounded_half_up() -> None:
    """A half of 0.01, 0.03 and 0.05: half even would give 0.00, 0.02 and 0.02."""
    found = [str(mark(multiple("a"), points).points) for points in ("0.01", "0.03", "0.05")]
    assert found == ["0.01", "0.02", "0.03"]


def test_s_a8_single_and_true_false_right_is_max() -> None:
    content = {"options": options("a", "b")}
    for option, points in (("a", "3.00"), ("b", "-0.50"), (None, "0.00")):
        one = asked("single", content, {"right": "a"}, {"option": option})
        assert str(mark(one, "3", "0.5").points) == points
    for value, points in ((False, "3.00"), (True, "-0.50"), (None, "0.00")):
        one = asked("true_false", {}, {"right": False}, {"value": value})
        assert str(mark(one, "3", "0.5").points) == points


NFD = "cafe\u0301"


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("café", True),
        (NFD, True),
        ("  CAFÉ ", True),
        ("café  noir", True),
        ("Straße", True),
        ("STRASSE", True),
        ("cafe", False),
        ("caf é", False),
        ("cafénoir", False),
    ],
)
def test_s_a8_short_text_in_nfc_case_and_space_folded(text: str, right: bool) -> None:
    variants = ["café", "Café Noir", "strasse"]
    one = asked("short_text", {}, {"variants": variants}, {"text": text})
    assert mark(one).points == (4 if right else 0)
    nfd = asked("short_text", {}, {"variants": [NFD]}, {"text": "CAFÉ"})
    assert mark(nfd).points == 4


def test_s15_ordering_matching_and_cloze_earn_by_part() -> None:
    ordered = {"order": list("abcd")}
    for items, points in (("abcd", 4), ("abdc", 2), ("bcda", -1), ("ab", 2), ("", 0)):
        given_ = {"items": list(items)}
        one = asked("ordering", {"items": options(*"abcd")}, ordered, given_)
        assert mark(one, negative="1").points == points
    sides = {"left": options("a", "b"), "right": options("x", "y", "z")}
    pairs = {"a": "x", "b": "y"}
    for answer, points in ((pairs, 4), ({"a": "x"}, 2), ({"a": "x", "b": "x"}, 2),
                           ({"a": "z"}, -1), ({}, 0)):  # fmt: skip
        one = asked("matching", sides, {"pairs": pairs}, {"pairs": answer})
        assert mark(one, negative="1").points == points
    gaps = {"prompt": "[[1]] [[2]]", "gaps": [{"id": "1", "choices": ["is", "are"]}, {"id": "2"}]}
    key = {"gaps": {"1": ["is"], "2": ["red", "crimson"]}}
    for answer, points in (({"1": "IS", "2": "Crimson"}, 4), ({"2": "red"}, 2),
                           ({"1": "are", "2": ""}, -1), ({"1": " "}, 0)):  # fmt: skip
        assert mark(asked("cloze", gaps, key, {"gaps": answer}), negative="1").points == points
    all_or_none = asked("cloze", gaps, key | {"credit": "all"}, {"gaps": {"1": "is"}})
    assert mark(all_or_none, negative="1").points == 0


def test_s_a9_essays_and_files_wait_for_a_person_unless_blank() -> None:
    essay = mark(asked("essay", {}, {}, {"text": "Because."}), negative="1")
    assert essay == Marked(None, Decimal(4), Outcome.NEEDS_MARKING, "essay/1")
    file = {"file_ids": ["0192f3a0-0000-7000-8000-000000000000"]}
    assert mark(asked("file", {}, {}, file)).outcome is Outcome.NEEDS_MARKING
    assert mark(asked("essay", {}, {}, {"text": " "}), negative="1").points == 0
    assert mark(asked("file", {}, {}, {}), negative="1").outcome is Outcome.BLANK


@given(QUESTIONS, POINTS, st.decimals(0, 10, places=2))
def test_s_a8_never_above_the_maximum_nor_below_minus_the_negative(
    one: Asked, points: Decimal, negative: Decimal
) -> None:
    found = marking.mark(*one, points, negative)
    again = marking.mark(*one, points, negative)
    assert found == again
    blank = one[2].is_blank
    assert blank is (found.outcome is Outcome.BLANK)
    if found.points is None:
        assert one[0].type == "essay"
        return
    assert -negative <= found.points <= points
    assert found.points >= 0 or found.outcome is Outcome.WRONG
    assert found.points.as_tuple().exponent == -2
    assert marking.mark(*one, points).points == max(found.points, 0)


@given(st.data(), POINTS)
def test_s_a8_one_more_right_option_never_costs(data: st.DataObject, points: Decimal) -> None:
    right = data.draw(st.integers(1, 6))
    wrong = data.draw(st.integers(0, right))
    ids = "abcdefgh"
    picks = [ids[:n] + ids[6 : 6 + min(wrong, 2)] for n in range(right + 1)]
    found = [marking.mark(*multiple(one, ids[:right], ids), points).points for one in picks]
    assert all(a is not None and b is not None and a <= b for a, b in pairwise(found))


def test_r3_a_total_is_recomputed_from_its_parts() -> None:
    parts = [Decimal("2.00"), Decimal("-3.50"), Decimal("1.00")]
    assert marking.total(parts, floor_at_zero=False) == Decimal("-0.50")
    assert str(marking.total(parts, floor_at_zero=True)) == "0.00"
    assert marking.total([*parts, None], floor_at_zero=True) is None
    assert str(marking.total([], floor_at_zero=False)) == "0.00"
    one = multiple("a")
    assert marking.total([mark(one).points], floor_at_zero=False) == 2
    assert marking.total([mark(one).points], floor_at_zero=False) == 2


def test_what_is_not_of_one_type_is_not_marked() -> None:
    content, key, _ = multiple("a")
    answer = asked("essay", {}, {}, {})[2]
    with pytest.raises(WrongKind):
        marking.mark(content, key, answer, Decimal(1))
    with pytest.raises(WrongKind):
        marking.mark(content, asked("essay", {}, {}, {})[1], None, Decimal(1))
