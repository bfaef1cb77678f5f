"""The reference model itself: it must see what it is for."""

from tests.faults.model import compare

VERSIONS = {"a": 3, "b": 1}
GOOD = [("a", 1), ("b", 1), ("a", 2), ("a", 3)]


def test_nothing_is_wrong() -> None:
    assert compare(VERSIONS, GOOD, GOOD, GOOD).clean


def test_a_lost_answer_is_no_loss() -> None:
    assert compare(VERSIONS, GOOD[:2], GOOD, GOOD).clean


def test_an_acknowledged_change_is_gone() -> None:
    verdict = compare(VERSIONS, [*GOOD, ("a", 4)], GOOD, GOOD)
    assert verdict.lost == ["a 4 was acknowledged and is gone"]


def test_two_were_given_the_same_answer() -> None:
    verdict = compare(VERSIONS, [*GOOD, ("a", 1)], GOOD, GOOD)
    assert verdict.doubled == ["a 1 was acknowledged 2 times"]


def test_an_effect_is_lost_doubled_or_invented() -> None:
    assert compare(VERSIONS, GOOD, GOOD[:-1], GOOD).lost == ["effect a 3"]
    assert compare(VERSIONS, GOOD, [*GOOD, ("b", 1)], GOOD).doubled == ["effect b 1, 2 times"]
    assert compare(VERSIONS, GOOD, [*GOOD, ("c", 1)], GOOD).doubled == ["effect c 1 of no change"]


def test_an_event_never_left() -> None:
    assert compare(VERSIONS, GOOD, GOOD, GOOD[1:]).lost == ["event a 1"]


def test_order_is_of_one_key_only() -> None:
    swapped = [("a", 2), ("a", 1), ("b", 1), ("a", 3)]
    assert compare(VERSIONS, GOOD, GOOD, swapped).disordered == ["event a: [2, 1, 3]"]
    assert compare(VERSIONS, GOOD, GOOD, [GOOD[1], *GOOD[:1], *GOOD[2:]]).clean
