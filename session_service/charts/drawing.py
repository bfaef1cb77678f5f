"""Draws trends as SVG. Pure: the same facts give the same bytes. Only a child process imports it,
for matplotlib.

Colours are those of Okabe and Ito (Color Universal Design, 2008), which people with any kind of
colour vision tell apart; lines differ by dash and marker as well, for those who print in grey.
"""

import io
import re
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from xml.sax.saxutils import escape

import matplotlib as mpl
from matplotlib.figure import Figure

from session_service.charts.schemas import ChartFacts, ChartKind, Week

INCHES = (7.2, 3.6)
SALT = "studyzed"
"""Ids in the file are hashes with this salt, not drawn at random."""
LONGEST = 60
"""Characters of a class's name in the picture."""
NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What no XML 1.0 document may contain (section 2.2)."""
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
STYLE: dict[Any, Any] = {
    "svg.hashsalt": SALT,
    "svg.fonttype": "none",  # the reader's fonts: they have every script, and readers can search
    "font.size": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "path.simplify": False,
}


@dataclass(frozen=True, slots=True)
class Line:
    """How one trend is named and drawn."""

    field: str
    label: str
    color: str
    dash: str
    marker: str


HANDED_IN = Line("handed_in", "Handed in or excused, of what was due", "#0072B2", "-", "o")
AVERAGE = Line("average", "Average of released marks", "#D55E00", "--", "s")
MEDIAN = Line("median", "Median of the class", "#000000", ":", "^")
LINES = {
    ChartKind.CLASS: (HANDED_IN, AVERAGE),
    ChartKind.STUDENT: (HANDED_IN, AVERAGE),
    ChartKind.STUDENT_IN_CLASS: (HANDED_IN, AVERAGE, MEDIAN),
}
TITLES = {
    ChartKind.CLASS: "The class week by week",
    ChartKind.STUDENT: "A student week by week",
    ChartKind.STUDENT_IN_CLASS: "A student week by week, beside the class",
}


def draw(facts: ChartFacts) -> str:
    """The picture, with its title and a description in words."""
    lines, title = LINES[facts.kind], f"{TITLES[facts.kind]}: {_short(facts.class_name)}"
    with mpl.rc_context(STYLE), warnings.catch_warnings():
        # Widths of letters that the built-in font lacks are guessed: the reader's font has them.
        warnings.filterwarnings("ignore", "Glyph .* missing from font")
        figure = Figure(figsize=INCHES, layout="constrained")
        _plot(figure, facts.weeks, lines, title)
        file = io.StringIO()
        nothing = dict.fromkeys(("Date", "Creator", "Format", "Type"))
        figure.savefig(file, format="svg", metadata=nothing)
    return _described(file.getvalue(), title, describe(facts.weeks, lines))


def _plot(figure: Figure, weeks: Sequence[Week], lines: Sequence[Line], title: str) -> None:
    axes = figure.add_subplot()
    places, highest = range(len(weeks)), 100.0
    for line in lines:
        values = [getattr(week, line.field) for week in weeks]
        known = [float("nan") if one is None else one for one in values]
        highest = max([highest, *(one for one in values if one is not None)])
        axes.plot(
            places, known, color=line.color, linestyle=line.dash, marker=line.marker,
            label=line.label, clip_on=False,
        )  # fmt: skip
    axes.set_ylim(0, highest)
    axes.set_xlim(-0.5, len(weeks) - 0.5)
    axes.set_ylabel("per cent")
    axes.set_xticks(places, [_day(week) for week in weeks], rotation=30)
    axes.grid(axis="y", color="#cccccc", linewidth=0.6)
    axes.set_title(title, loc="left", parse_math=False)
    figure.legend(loc="outside lower left", ncols=len(lines), frameon=False, fontsize=8)


def describe(weeks: Sequence[Week], lines: Sequence[Line]) -> str:
    """The same in words, for who does not see the picture."""
    told = []
    for week in weeks:
        found = [
            f"{line.label.lower()} {getattr(week, line.field):g} %"
            for line in lines
            if getattr(week, line.field) is not None
        ]
        told.append(f"Week of {_day(week)} {week.monday.year}: {', '.join(found) or 'nothing'}.")
    return " ".join(told)


def _day(week: Week) -> str:
    """Such as `2 Nov`, whatever the machine's language."""
    return f"{week.monday.day} {MONTHS[week.monday.month - 1]}"


def _short(name: str) -> str:
    clean = NOT_XML.sub("", name)
    return clean if len(clean) <= LONGEST else clean[: LONGEST - 1] + "…"


def _described(svg: str, title: str, description: str) -> str:
    """Names the picture for screen readers (SVG 2, 5.7; WAI-ARIA Graphics): title and desc come
    first.
    """
    start = svg.index("<svg ")
    end = svg.index(">", start)
    words = f'<title id="title">{escape(title)}</title><desc id="desc">{escape(description)}</desc>'
    opening = f'{svg[start:end]} role="img" aria-labelledby="title desc">'
    return f'<?xml version="1.0" encoding="utf-8"?>\n{opening}\n{words}{svg[end + 1 :]}'
