"""The table on the terminal and the document docs/performance.md."""

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

from tests.bench.results import Result

COLOURS = {"met": "green", "missed": "red", "": "dim"}


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


HEADS = ("work", "unit", "ours", "bare", "ratio", "target", "verdict")


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
