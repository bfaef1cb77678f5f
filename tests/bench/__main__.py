"""`make bench`: runs the rows, prints the table, writes docs/performance.md with its plots.

    python -m tests.bench [row,row...] [--rounds N] [--seconds S] [--keep]

With names only these rows are measured anew: the document keeps the others as they were, and its
pictures. `--keep` leaves all of it alone.
"""

import argparse
import asyncio
import sys
import time
from pathlib import Path

from rich.console import Console

from tests.bench import (
    kept,
    report,
    rows_attempts,
    rows_chat,
    rows_classes,
    rows_events,
    rows_http,
    rows_login,
    rows_money,
    rows_platform,
    rows_progress,
)
from tests.bench.place import open_place
from tests.bench.processes import ROOT, Failed
from tests.bench.results import Result

ROWS = {
    **rows_http.ROWS,
    **rows_classes.ROWS,
    **rows_attempts.ROWS,
    **rows_progress.ROWS,
    **rows_money.ROWS,
    **rows_login.ROWS,
    **rows_events.ROWS,
    **rows_chat.ROWS,
    **rows_platform.ROWS,
}


def wanted() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser("make bench ARGS=...")
    parser.add_argument("rows", nargs="*", help=f"of {', '.join(ROWS)}; all without")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=2.0, help="per round")
    parser.add_argument("--keep", action="store_true", help="do not write the document")
    found = parser.parse_args()
    found.rows = [name for words in found.rows for name in words.split(",") if name]
    if unknown := set(found.rows) - set(ROWS):
        parser.error(f"no such rows: {', '.join(sorted(unknown))}; there are {', '.join(ROWS)}")
    return found


async def run(
    names: list[str], rounds: int, seconds: float, console: Console
) -> tuple[list[Result], list[str]]:
    """Runs rows one after the other; returns the results, and the names of rows that failed."""
    found: list[Result] = []
    failed: list[str] = []
    async with open_place(rounds, seconds) as place:
        for number, name in enumerate(names, 1):
            begun = time.monotonic()
            console.print(f"[dim]{number}/{len(names)}[/] {name} ...", end=" ")
            try:
                results = await ROWS[name](place)
            except Failed as error:  # the other rows have taken minutes
                failed.append(name)
                console.print(f"[red]failed[/]: {error}", markup=True, highlight=False)
                continue
            found += results
            console.print(
                f"{', '.join(map(_word, results))} [dim]({time.monotonic() - begun:.0f} s)[/]"
            )
    return found, failed


def _word(result: Result) -> str:
    return f"{result.ratio:.2f} x bare" if result.ratio else f"{result.mine:.1f} {result.unit}"


def keep(results: list[Result], arguments: argparse.Namespace, *, whole: bool) -> list[Path]:
    """Writes the document and what it is made of; returns the files."""
    run = report.describe(arguments.rounds, arguments.seconds)
    file = report.DOCS / report.PICTURES / "results.json"
    pictures = report.draw(results) if whole else report.draw_growth(results)
    found = kept.merge(kept.read(file), [kept.Kept(run, one) for one in results], ROWS)
    kept.save(file, found)
    return [report.write(found), file, *pictures]


def main() -> int:
    """Runs what the command line names. A missed target is no failure: a bench is no test."""
    arguments, console = wanted(), Console(width=max(120, Console().width))
    begun = time.monotonic()
    names = arguments.rows or list(ROWS)
    results, failed = asyncio.run(run(names, arguments.rounds, arguments.seconds, console))
    report.show(results, console)
    console.print(f"{len(results)} lines in {time.monotonic() - begun:.0f} s")
    if failed:
        console.print(f"failed: {', '.join(failed)}; the document stays as it was")
    elif not arguments.keep:
        for path in keep(results, arguments, whole=not arguments.rows):
            console.print(f"written: {path.relative_to(ROOT)}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
