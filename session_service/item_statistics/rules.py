"""Classical item statistics on arrays (S24). Pure; only a child process imports it, for numpy.

Rows are students, columns are questions or options; NaN says that a student was not asked. All
functions take `weights`, one row for each sample, which say how often each student is in it: a row
of ones is the class as it is, and rows that were drawn are resamples of it. So a thousand resamples
are a few products of matrices.

Sources: L. Crocker, J. Algina, Introduction to Classical and Modern Test Theory (1986), ch. 5
(difficulty) and 14 (item analysis); T. L. Kelley, The selection of upper and lower groups for the
validation of test items, J. Educ. Psych. 30 (1939); B. Efron, R. J. Tibshirani, An Introduction to
the Bootstrap (1993), ch. 6 and 13.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from session_service.item_statistics.schemas import RESAMPLES

Array = NDArray[np.float64]

LEVEL = 0.95
"""Of intervals: their two ends leave out 2.5 % each."""
GROUP = 0.27
"""The share of the upper and of the lower group: it tells them apart best (Kelley 1939)."""
DEFINED = 0.9
"""The share of resamples in which a number must be defined, so that an interval can be read off."""
FLAT = 1e-9
"""A variance below this, of columns whose own is 1, is none: what is left is rounding."""
BLOCK = 100
"""Resamples at a time: bounds the memory."""


def everybody(students: int) -> Array:
    """The weights of the class as it is."""
    return np.ones((1, students))


def resamples(students: int, seed: int, count: int = RESAMPLES) -> Array:
    """Weights of as many samples of the same size, drawn with replacement (Efron and Tibshirani
    1993, ch. 6): how often each student is drawn is multinomial. The same seed gives the same ones.
    """
    if not students:
        return np.ones((count, 0))
    rng = np.random.default_rng(seed)
    even = np.full(students, 1 / students)
    return rng.multinomial(students, even, size=count).astype(np.float64)


def facilities(points: Array, maxima: Array, weights: Array) -> Array:
    """The mean share of a question's points (Crocker and Algina 1986, ch. 5: an item's p-value, for
    points of any number), by sample and question, from 0 to 1; NaN where nobody was asked.
    Points below 0, which wrong answers may cost, are taken as 0.
    """
    shares = np.clip(points / maxima, 0.0, 1.0)
    asked = ~np.isnan(shares)
    with np.errstate(invalid="ignore"):
        found = (weights @ np.nan_to_num(shares)) / (weights @ asked.astype(np.float64))
    return np.clip(found, 0.0, 1.0)


def rests(points: Array, maxima: Array) -> Array:
    """What each student reached in the rest of the test without each question: points by those
    that could be reached, since papers may be drawn; NaN where there is no rest, or the question
    was not asked.
    """
    asked = ~np.isnan(points)
    reachable = np.where(asked, maxima, 0.0)
    got = np.nan_to_num(points)
    left = reachable.sum(axis=1, keepdims=True) - reachable
    with np.errstate(divide="ignore", invalid="ignore"):
        found = (got.sum(axis=1, keepdims=True) - got) / left
    return np.where(asked & (left > 0), found, np.nan)


def correlations(x: Array, y: Array, weights: Array) -> Array:
    """Pearson's correlation of each column of x with the same one of y, by sample and column, from
    -1 to 1; NaN where one of the two does not vary.

    Of points with the rest of the test this is the corrected point-biserial: r of X and T - X
    (Crocker and Algina 1986, ch. 14), since an item that is in its own total agrees with itself.
    """
    there = ~(np.isnan(x) | np.isnan(y))
    a, b = _standard(x, there), _standard(y, there)
    with np.errstate(divide="ignore", invalid="ignore"):
        n = weights @ there.astype(np.float64)
        mean_a, mean_b = weights @ a / n, weights @ b / n
        spread_a = weights @ (a * a) / n - mean_a**2
        spread_b = weights @ (b * b) / n - mean_b**2
        together = weights @ (a * b) / n - mean_a * mean_b
        found = together / np.sqrt(spread_a * spread_b)
    varies = (spread_a > FLAT) & (spread_b > FLAT)
    return np.where(varies, np.clip(found, -1.0, 1.0), np.nan)


def _standard(x: Array, there: NDArray[np.bool_]) -> Array:
    """Columns of mean 0 and variance 1, or all 0 where they do not vary; 0 where nothing is."""
    n = np.maximum(there.sum(axis=0), 1)
    values = np.where(there, x, 0.0)
    centred = np.where(there, values - values.sum(axis=0) / n, 0.0)
    spread = np.sqrt((centred**2).sum(axis=0) / n)
    size = np.abs(values).max(axis=0, initial=0.0)
    varies = spread > FLAT * np.maximum(size, 1.0)
    return np.where(varies, centred / np.where(varies, spread, 1.0), 0.0)


@dataclass(frozen=True, slots=True)
class Groups:
    """Who belongs to the strongest and to the weakest for one question."""

    upper: NDArray[np.bool_]
    lower: NDArray[np.bool_]


def groups(rest: Array) -> Groups | None:
    """The 27 % with the most and with the least in the rest of the test (Kelley 1939); whoever
    ties with the last of them belongs to them as well, so that no order of students decides. `None`
    where the two would meet.
    """
    known = np.sort(rest[~np.isnan(rest)])
    if not known.size:
        return None
    size = max(1, int(np.floor(GROUP * known.size + 0.5)))
    low, high = known[size - 1], known[-size]
    if low >= high:
        return None
    with np.errstate(invalid="ignore"):
        return Groups(rest >= high, rest <= low)


def intervals(samples: Array, comparisons: int = 1) -> tuple[Array, Array]:
    """The percentile interval of each column (Efron and Tibshirani 1993, ch. 13); NaN where too few
    resamples have the number at all. Where the best of several `comparisons` is looked for, each
    interval is as much wider, so that all of them together keep the level (Bonferroni).
    """
    tail = 100 * (1 - LEVEL) / 2 / comparisons
    known = ~np.isnan(samples)
    enough = known.mean(axis=0) >= DEFINED
    low, high = np.full(samples.shape[1], np.nan), np.full(samples.shape[1], np.nan)
    if enough.any():
        ends = np.nanpercentile(samples[:, enough], [tail, 100 - tail], axis=0)
        low[enough], high[enough] = ends
    return low, high


def in_blocks(weights: Array) -> list[Array]:
    """The same samples, some at a time."""
    return [weights[at : at + BLOCK] for at in range(0, len(weights), BLOCK)]
