"""The pictures of docs/performance.md (PNG; growth as SVG)."""

import importlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import Any

from tests.bench.results import Aim, Result

MET, MISSED, PLAIN = "#2a7f4f", "#b3362c", "#5b6770"


def draw(results: Sequence[Result], folder: Path) -> list[Path]:
    """Draws the ratios, and each round of them. Raises `ModuleNotFoundError` without matplotlib."""
    matplotlib: Any = importlib.import_module("matplotlib")
    matplotlib.use("Agg")
    pyplot: Any = importlib.import_module("matplotlib.pyplot")
    folder.mkdir(parents=True, exist_ok=True)
    compared = [one for one in results if one.bare]
    return [
        _ratios(pyplot, compared, folder / "ratios.png"),
        _rounds(pyplot, compared, folder / "rounds.png"),
        *draw_growth(results, folder),
    ]


def draw_growth(results: Sequence[Result], folder: Path) -> list[Path]:
    """Draws how what is asked of a class grows with it, by the results whose `notes` are its name
    and a number of students; no picture without such results.
    """
    lines: dict[str, list[tuple[int, Sequence[float]]]] = {}
    for one in results:
        if len(one.notes) == 2:
            lines.setdefault(one.notes[0], []).append((int(one.notes[1]), one.ours))
    if not lines:
        return []
    matplotlib: Any = importlib.import_module("matplotlib")
    matplotlib.use("Agg")
    matplotlib.rcParams["svg.hashsalt"] = "growth"  # the same file for the same figures
    pyplot: Any = importlib.import_module("matplotlib.pyplot")
    folder.mkdir(parents=True, exist_ok=True)
    return [_growth(pyplot, lines, folder / "growth.svg")]


def _growth(
    pyplot: Any, lines: Mapping[str, Sequence[tuple[int, Sequence[float]]]], path: Path
) -> Path:
    """A line for each: medians, and every round as a point; dotted is what grows as the class."""
    figure, axes = pyplot.subplots(figsize=(8, 5))
    for name, found in lines.items():
        sizes, waits = [size for size, _ in found], [median(rounds) for _, rounds in found]
        [line] = axes.plot(sizes, waits, "-", label=name)
        for size, rounds in found:
            axes.plot([size] * len(rounds), rounds, "o", color=line.get_color(), markersize=4)
    first = [found[0] for found in lines.values()]
    low = min(median(rounds) for _, rounds in first)
    sizes = sorted({size for found in lines.values() for size, _ in found})
    axes.plot(sizes, [low * size / sizes[0] for size in sizes], ":", color=PLAIN, label="linear")
    axes.set_xscale("log")
    axes.set_xticks(sizes, [f"{size:,}" for size in sizes])
    axes.tick_params(axis="x", which="minor", labelbottom=False)
    axes.set_yscale("log")
    axes.yaxis.set_major_formatter("{x:g}")
    axes.set_xlabel("students of the class")
    axes.set_ylabel("ms until one reader alone has it (p50)")
    axes.legend(fontsize=8)
    figure.tight_layout()
    figure.savefig(path, metadata={"Date": None})
    pyplot.close(figure)
    return path


def _ratios(pyplot: Any, results: Sequence[Result], path: Path) -> Path:
    """Ours over bare, with the limit of each."""
    figure, axes = pyplot.subplots(figsize=(10, 0.42 * len(results) + 1.2))
    for place, result in enumerate(reversed(results)):
        colour = {"met": MET, "missed": MISSED}.get(result.verdict, PLAIN)
        axes.barh(place, result.ratio, color=colour, height=0.6)
        if result.target is not None and result.target.times_bare:
            axes.plot([result.target.limit] * 2, [place - 0.42, place + 0.42], "k-", linewidth=2)
            sign = "<" if result.target.aim is Aim.AT_MOST else ">"
            axes.annotate(f" {sign} {result.target.limit:g}", (result.target.limit, place + 0.2),
                          fontsize=7)  # fmt: skip
    axes.set_yticks(range(len(results)), [one.work for one in reversed(results)], fontsize=8)
    _scale(axes)
    axes.axvline(1, color="grey", linewidth=0.8)
    axes.set_xlabel("ours / bare (black: the limit)")
    return _save(pyplot, figure, path)


def _rounds(pyplot: Any, results: Sequence[Result], path: Path) -> Path:
    """Every round of every row, over the median of the bare rounds: how much to trust a ratio."""
    figure, axes = pyplot.subplots(figsize=(10, 0.42 * len(results) + 1.2))
    for place, result in enumerate(reversed(results)):
        base = result.theirs or 1.0
        for figures, colour, shift in ((result.ours, MET, 0.12), (result.bare, PLAIN, -0.12)):
            axes.plot([one / base for one in figures], [place + shift] * len(figures), "o",
                      color=colour, markersize=4)  # fmt: skip
    axes.set_yticks(range(len(results)), [one.work for one in reversed(results)], fontsize=8)
    _scale(axes)
    axes.set_xlabel("each round / median of the bare rounds (green: ours, grey: bare)")
    return _save(pyplot, figure, path)


def _scale(axes: Any) -> None:
    """Ratios belong on a logarithmic scale; its numbers are written out."""
    axes.set_xscale("log")
    axes.xaxis.set_major_formatter("{x:g}")
    axes.xaxis.set_minor_formatter("{x:g}")
    axes.tick_params(axis="x", which="both", labelsize=7)


def _save(pyplot: Any, figure: Any, path: Path) -> Path:
    figure.tight_layout()
    figure.savefig(path, dpi=110)
    pyplot.close(figure)
    return path
