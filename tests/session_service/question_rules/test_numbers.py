"""Numbers as people write them (S-A8)."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from session_service.question_rules import marking, numbers
from session_service.question_rules.numbers import DecimalMark
from tests.session_service.question_rules.made import asked


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1,5", "1.5"), ("1.5", "1.5"), (" -1,5 ", "-1.5"), ("\u22121.5", "-1.5"), ("+2", "2"),
        ("1.234,5", "1234.5"), ("1,234.5", "1234.5"), ("1 234,5", "1234.5"),
        ("1\u00a0234.5", "1234.5"), ("1'234.5", "1234.5"), ("1,234,567", "1234567"),
        ("1.234.567", "1234567"), (".5", "0.5"), (",5", "0.5"), ("5.", "5"), ("0,125", "0.125"),
        ("1e3", "1000"), ("1,5E-3", "0.0015"), ("\uff11\uff12", "12"), ("0", "0"), ("007", "7"),
    ],
)  # fmt: skip
def test_s_a8_numbers_that_can_be_read(text: str, value: str) -> None:
    for mark in DecimalMark:
        found = numbers.read(text, mark)
        assert found is not None
        assert (found.value, found.unit) == (Decimal(value), "")


@pytest.mark.parametrize(
    ("text", "either", "point", "comma"),
    [("1,500", "1.5", "1500", "1.5"), ("1.500", "1.5", "1.5", "1500")],
)
def test_s_a8_where_two_readings_are_possible_the_locale_decides(
    text: str, either: str, point: str, comma: str
) -> None:
    found = [numbers.read(text, DecimalMark(one)) for one in ("either", "point", "comma")]
    assert [one and one.value for one in found] == [Decimal(n) for n in (either, point, comma)]


@pytest.mark.parametrize(
    "text",
    ["", " ", "x", "-", "--1", "1,2,3", "1.2.3,4", "1 2", "1,23,4.5", "1e99", "1e-61", "1" * 31,
     "nan", "inf", "e5", ".", "1_000", "\u0663x"],
)  # fmt: skip
def test_s_a8_what_is_no_number(text: str) -> None:
    found = numbers.read(text)
    assert found is None or found.unit != ""


@pytest.mark.parametrize(
    "text",
    ["3/4", "3 / 4", "3 or 4", "3-10", "3 - 10", "3:4", "3; 4", "3+1", "3 = x", "3 and 4 cm"],
)
def test_s_a8_two_numbers_are_none(text: str) -> None:
    assert numbers.read(text) is None


@pytest.mark.parametrize(
    ("text", "unit"),
    [("5 m s-2", "m s-2"), ("5 m^3", "m^3"), ("5 kg/m3", "kg/m3"), ("5 \u20b9", "\u20b9"),
     ("150 cm", "cm"), ("150cm", "cm"), ("3 eV", "eV"), ("3e2 m/s", "m/s"), ("20 %", "%"),
     ("9.81 m / s²", "m / s2")],
)  # fmt: skip
def test_s_a8_a_unit_behind_a_number(text: str, unit: str) -> None:
    found = numbers.read(text)
    assert found is not None
    assert found.unit == unit


@given(st.text(max_size=40))
@example("1e60" + "9" * 30)
def test_whatever_is_written_is_read_or_not(text: str) -> None:
    found = numbers.read(text)
    assert found is None or found.value.is_finite()


@given(st.decimals(-(10**9), 10**9, places=4), st.sampled_from(".,"))
def test_s_a8_every_decimal_is_read_in_both_ways_of_writing(value: Decimal, mark: str) -> None:
    found = numbers.read(str(value).replace(".", mark))
    assert found is not None
    assert found.value == value


METRES = {"units": [{"unit": "m"}, {"unit": "cm", "factor": "0.01"}]}


@pytest.mark.parametrize(
    ("key", "answer", "right"),
    [
        ({"tolerance": "0.1"}, {"value": "1,6"}, True),
        ({"tolerance": "0.1"}, {"value": "1.4"}, True),
        ({"tolerance": "0.1"}, {"value": "1.61"}, False),
        ({"tolerance": "10", "tolerance_kind": "relative"}, {"value": "1.65"}, True),
        ({"tolerance": "10", "tolerance_kind": "relative"}, {"value": "1.6501"}, False),
        ({}, {"value": "1.50"}, True),
        ({}, {"value": "1.5000001"}, False),
        ({}, {"value": "1.5 apples"}, True),
        (METRES, {"value": "1.5"}, True),
        (METRES, {"value": "1,5 m"}, True),
        (METRES, {"value": "150 cm"}, True),
        (METRES, {"value": "150", "unit": "cm"}, True),
        (METRES, {"value": "150"}, False),
        (METRES, {"value": "1.5 km"}, False),
        (METRES, {"value": "1.5 M"}, False),
        (METRES | {"unit_needed": True}, {"value": "1.5"}, False),
        (METRES | {"unit_needed": True}, {"value": "1.5 m"}, True),
        ({}, {"value": "one and a half"}, False),
    ],
)
def test_s_a8_tolerance_absolute_or_relative_units_optional(
    key: dict[str, Any], answer: dict[str, Any], right: bool
) -> None:
    one = asked("numeric", {}, {"value": "1.5"} | key, answer)
    assert marking.mark(*one, Decimal(2)).points == (2 if right else 0)


def test_s_a8_a_relative_tolerance_of_a_negative_value() -> None:
    key = {"value": "-200", "tolerance": "1", "tolerance_kind": "relative"}
    found = [
        marking.mark(*asked("numeric", {}, key, {"value": value}), Decimal(1)).points
        for value in ("-202", "-198", "-202.01", "200")
    ]
    assert found == [1, 1, 0, 0]
