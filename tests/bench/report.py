"""The table on the terminal and the document docs/performance.md."""

import os
import platform
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table

from libs.clock import SystemClock
from tests.bench import plots
from tests.bench.kept import Kept
from tests.bench.results import Result

COLOURS = {"met": "green", "missed": "red", "": "dim"}
HEADS = ("work", "unit", "ours", "bare", "ratio", "target", "verdict")
DOCS = Path(__file__).parents[2] / "docs"
PICTURES = "performance"
INTRODUCTION = """# Performance

Written by `make bench`; do not edit. Each row is our path beside a bare program that does the same
work on the same servers (`tests/bench/ceilings/`), in interleaved rounds of one run: the figures
are medians, the ratio is ours over bare. Ratios and CPU per request are what counts; rates depend
on the machine, which the load driver, the databases and the services share.

`make bench ARGS=name,name` measures these rows again and keeps all others as they were
(`performance/results.json`); the pictures show the last run of all rows, or of `growth`.
"""
MEANING = """
## What is compared

- Reads and writes over HTTP: CPU of the one uvicorn process per request, 8 connections. The bare
  handler is FastAPI with our middleware and asyncpg (or Motor); it returns the same bytes, checks
  no token and validates nothing. A bare write runs the same statements in one transaction.
- Writes are durable: PostgreSQL runs with `fsync` on.
- Progress: the bare handler sends our very statements and writes their rows as they come: it
  counts no rates and names no fields.
- Money: our ledger stands behind the same bare handler as four plain statements that write the
  same rows in one transaction.
- Autosave: the bare handler sends our very statement in a transaction. Both are asked at the pace
  of a class, where a process mostly waits, and as fast as they answer.
- Logins: our whole login against a loop that only verifies argon2id with the same parameters in as
  many threads.
- Events: PostgreSQL's own commit times (`track_commit_timestamp`) of cause and effect. The bare
  relay and consumer use one SQLAlchemy statement per event.
- Chat: the bare program stores the messages that wait for a conversation by one insert and
  numbers them in memory; it has no rights, no outbox and no repeats. The bare room stores nothing.
"""


def figure(value: float) -> str:
    """A figure with as many digits as it deserves."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.3f}"


def cells(result: Result) -> list[str]:
    """A result as the cells of a table."""
    theirs = result.theirs
    return [
        result.work,
        result.unit,
        figure(result.mine),
        "" if theirs is None else figure(theirs),
        "" if result.ratio is None else f"{result.ratio:.2f}",
        str(result.target or ""),
        result.verdict,
    ]


def show(results: Sequence[Result], console: Console) -> None:
    """Prints the table."""
    table = Table(*HEADS, title="make bench: medians of interleaved rounds")
    table.columns[0].min_width = 40
    for result in results:
        row = cells(result)
        colour = COLOURS[result.verdict]
        table.add_row(*row[:-1], f"[{colour}]{row[-1]}[/]")
    console.print(table)
    for result in results:
        if result.beside:
            console.print(f"[dim]{result.row}: {result.beside}[/]", highlight=False)


def machine() -> str:
    """What the figures were taken on, in general terms."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1_000_000_000
    return (
        f"{os.cpu_count()} cores ({platform.machine()}), {memory:.0f} GB, "
        f"{platform.system()}, Python {platform.python_version()}"
    )


def describe(rounds: int, seconds: float) -> str:
    """When, on what and for how long a run measures."""
    return (
        f"{SystemClock().now():%d %B %Y, %H:%M} UTC; {machine()}; {rounds} rounds of {seconds:g} s"
    )


def write(kept: Sequence[Kept], folder: Path = DOCS) -> Path:
    """Writes the document; returns it."""
    results = [one.result for one in kept]
    pictures = sorted(
        file for kind in ("*.png", "*.svg") for file in (folder / PICTURES).glob(kind)
    )
    lines = [
        INTRODUCTION,
        *_runs(kept),
        f"| {' | '.join(HEADS)} |",
        "|---|---|--:|--:|--:|---|---|",
        *(f"| {' | '.join(_marked(cells(result)))} |" for result in results),
        "\n## Beside the figures\n",
        *(f"- {result.work}: {result.beside}." for result in results if result.beside),
        "",
        *(f"![{picture.stem}]({PICTURES}/{picture.name})" for picture in pictures),
        MEANING,
    ]
    document = folder / "performance.md"
    document.write_text("\n".join(lines))
    return document


def draw(results: Sequence[Result], folder: Path = DOCS) -> list[Path]:
    """Draws the pictures of a run of all rows; returns the files.

    Raises `ModuleNotFoundError` when matplotlib is not installed.
    """
    return plots.draw(results, folder / PICTURES)


def draw_growth(results: Sequence[Result], folder: Path = DOCS) -> list[Path]:
    """Draws how rows grow, if these results say so; returns the file. Raises as `draw`."""
    return plots.draw_growth(results, folder / PICTURES)


def _runs(kept: Sequence[Kept]) -> list[str]:
    """The runs from which the rows are, the largest first; the others with the names of theirs."""
    rows: dict[str, list[str]] = {}
    for one in kept:
        names = rows.setdefault(one.run, [])
        if one.result.row not in names:
            names.append(one.result.row)
    first, *others = sorted(rows, key=lambda run: -len(rows[run])) or [""]
    lines = [f"- {', '.join(f'`{name}`' for name in rows[run])}: {run}." for run in others]
    return [f"{first}.\n", *(["Measured by themselves:\n", *lines, ""] if lines else [])]


def _marked(row: list[str]) -> list[str]:
    return [*row[:-1], f"**{row[-1]}**" if row[-1] == "missed" else row[-1]]
