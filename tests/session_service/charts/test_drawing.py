"""Pictures themselves: the same bytes for the same facts, texts that stay texts, and words."""

import re
from datetime import date, timedelta
from xml.etree import ElementTree as ET

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from session_service.charts.drawing import LINES, LONGEST, describe, draw
from session_service.charts.schemas import ChartFacts, ChartKind, Week

SVG = "{http://www.w3.org/2000/svg}"
ALLOWED = {"svg", "title", "desc", "defs", "style", "g", "path", "use", "text", "clipPath", "rect",
           "metadata"}  # fmt: skip
PERCENT = st.none() | st.floats(0, 120)
NOTHING: list[tuple[float | None, ...]] = [(None, None, None)]
MONDAY = date(2026, 11, 2)


def week(number: int, *numbers: float | None) -> Week:
    """A week after the first."""
    handed_in, average, median = (*numbers, None, None, None)[:3]
    monday = MONDAY + timedelta(weeks=number)
    return Week(monday=monday, handed_in=handed_in, average=average, median=median)


def chart(name: str = "Maths", kind: ChartKind = ChartKind.STUDENT_IN_CLASS) -> ChartFacts:
    """Three weeks, one of them without anything."""
    return ChartFacts(
        kind=kind, class_name=name, weeks=[week(0, 80, 71.5, 65), week(1), week(2, 100)]
    )


def elements(svg: str) -> list[ET.Element]:
    """All elements of a picture; it is well-formed."""
    return list(ET.fromstring(svg).iter())  # noqa: S314  (our own)


def test_charts_the_same_facts_are_the_same_bytes() -> None:
    assert draw(chart()) == draw(chart())
    assert draw(chart()) != draw(chart("Physics"))
    assert not re.search(r"\d{4}-\d\d-\d\dT|Matplotlib v", draw(chart()))


def test_charts_have_words_for_who_does_not_see_them() -> None:
    root, title, desc, *_ = elements(draw(chart()))
    assert (root.get("role"), root.get("aria-labelledby")) == ("img", "title desc")
    assert (title.tag, title.get("id")) == (f"{SVG}title", "title")
    assert title.text == "A student week by week, beside the class: Maths"
    assert (desc.tag, desc.get("id")) == (f"{SVG}desc", "desc")
    assert desc.text == (
        "Week of 2 Nov 2026: handed in or excused, of what was due 80 %, average of released marks "
        "71.5 %, median of the class 65 %. Week of 9 Nov 2026: nothing. Week of 16 Nov 2026: "
        "handed in or excused, of what was due 100 %."
    )


@pytest.mark.parametrize("kind", list(ChartKind))
def test_charts_draw_each_trend_in_a_colour_of_its_own_and_no_other(kind: ChartKind) -> None:
    """Okabe's and Ito's; and dashes and markers, without any colour."""
    svg = draw(chart(kind=kind)).lower()
    colors = {"#0072b2", "#d55e00"}
    assert {one.color.lower() for one in LINES[kind]} - {"#000000"} == colors
    assert all(color in svg for color in colors)
    assert len({(one.dash, one.marker) for one in LINES[kind]}) == len(LINES[kind])
    assert ("median of the class" in svg) is (kind is ChartKind.STUDENT_IN_CLASS)


@given(
    st.text(max_size=200), st.lists(st.tuples(PERCENT, PERCENT, PERCENT), min_size=1, max_size=3)
)
@settings(max_examples=25, deadline=None)
@example("<script>alert(1)</script>", NOTHING)
@example("]]><svg onload=alert(1)>&amp;'\"", NOTHING)
@example("$\\frac{1}{0}$", NOTHING)
@example("गणित \x00\x0b\ufffe\ud800 数学", NOTHING)
def test_charts_whatever_a_class_is_called_is_text(
    name: str, numbers: list[tuple[float | None, ...]]
) -> None:
    facts = ChartFacts(
        kind=ChartKind.CLASS, class_name=name.encode("utf-8", "ignore").decode(),
        weeks=[week(at, *one) for at, one in enumerate(numbers)],
    )  # fmt: skip
    found = elements(draw(facts))
    assert {one.tag.removeprefix(SVG) for one in found} <= ALLOWED
    assert not [key for one in found for key in one.attrib if key.lower().startswith("on")]
    links = [one.get("{http://www.w3.org/1999/xlink}href") or "#" for one in found]
    assert all(link.startswith("#") for link in links)


def test_charts_long_names_are_cut() -> None:
    title = elements(draw(chart("x" * 200)))[1].text or ""
    assert title.endswith(": " + "x" * (LONGEST - 1) + "…")


def test_charts_say_nothing_of_a_trend_that_they_do_not_show() -> None:
    assert "median" not in describe([week(0, 1, 2, 3)], LINES[ChartKind.STUDENT])
