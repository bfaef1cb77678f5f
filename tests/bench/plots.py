"""The pictures of docs/performance.md (PNG)."""

import importlib
from collections.abc import Sequence
from pathlib import Path
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
    ]


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
