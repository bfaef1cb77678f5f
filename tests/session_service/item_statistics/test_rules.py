"""The statistics themselves, against SciPy and against what must hold of any numbers (S24)."""

import subprocess
import sys
from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from scipy import stats

from libs.children import ROOT
from session_service.item_statistics import rules
from session_service.item_statistics.rules import Array

ONE = rules.everybody


def results(seed: int, students: int = 60, questions: int = 8) -> Array:
    """0 or 1 point for each answer: some students are stronger, some questions harder."""
    rng = np.random.default_rng(seed)
    strength = rng.normal(size=(students, 1)) - rng.normal(size=questions)
    return (rng.random((students, questions)) < 1 / (1 + np.exp(-strength))).astype(np.float64)


TABLES = arrays.arrays(
    np.float64,
    st.tuples(st.integers(1, 12), st.integers(1, 5)),
    elements=st.one_of(
        st.just(np.nan), st.integers(-4, 8).map(lambda quarter: quarter / 4)
    ),
)  # fmt: skip


@pytest.mark.parametrize("seed", range(10))
def test_s24_the_point_biserial_is_that_of_scipy(seed: int) -> None:
    points = results(seed)
    found = rules.correlations(points, rules.rests(points, np.ones(8)), ONE(60))[0]
    expected = [
        stats.pointbiserialr(points[:, at], points.sum(axis=1) - points[:, at]).statistic
        for at in range(8)
    ]
    assert found == pytest.approx(expected, abs=1e-12)


def test_s24_points_of_any_number_and_drawn_papers_are_pearson_s() -> None:
    """Questions of 2 and 5 points, some with half of them; a third of the papers lacks each."""
    rng = np.random.default_rng(5)
    maxima = np.array([2.0, 5.0, 1.0, 4.0])
    points = rng.integers(0, 3, (40, 4)) / 2 * maxima
    points[rng.random((40, 4)) < 1 / 3] = np.nan
    rest = rules.rests(points, maxima)
    found = rules.correlations(points, rest, ONE(40))[0]
    for at in range(4):
        others = [one for one in range(4) if one != at]
        asked = ~np.isnan(points[:, others])
        left = (asked * maxima[others]).sum(axis=1)
        there = ~np.isnan(points[:, at]) & (left > 0)
        got = np.nansum(points[:, others], axis=1)
        expected = stats.pearsonr(points[there, at], got[there] / left[there]).statistic
        assert found[at] == pytest.approx(expected, abs=1e-12)


def test_s24_weights_are_samples_with_repetition() -> None:
    """Each row of weights gives what the class would give, with its students repeated so often."""
    points = results(3)
    maxima = np.ones(8)
    rest = rules.rests(points, maxima)
    weights = rules.resamples(60, seed=7, count=20)
    assert weights.sum(axis=1).tolist() == [60.0] * 20
    together = rules.correlations(points, rest, weights)
    means = rules.facilities(points, maxima, weights)
    for sample, row in enumerate(weights.astype(int)):
        drawn = np.repeat(np.arange(60), row)
        assert means[sample] == pytest.approx(points[drawn].mean(axis=0))
        for at in range(8):
            expected = np.corrcoef(points[drawn, at], rest[drawn, at])[0, 1]
            assert together[sample, at] == pytest.approx(expected, abs=1e-9)


def test_s24_intervals_are_those_of_scipy_s_percentile_bootstrap() -> None:
    points = results(11, students=200)
    weights = rules.resamples(200, seed=1, count=4_000)
    low, high = rules.intervals(rules.facilities(points, np.ones(8), weights))
    for at in range(8):
        expected = stats.bootstrap(
            (points[:, at],), np.mean, n_resamples=4_000, method="percentile",
            rng=np.random.default_rng(2),
        ).confidence_interval  # fmt: skip
        assert low[at] == pytest.approx(expected.low, abs=0.012)
        assert high[at] == pytest.approx(expected.high, abs=0.012)


def test_s24_the_interval_of_a_mean_holds_it_as_often_as_it_says() -> None:
    """Of 400 classes of 60 in which 60 % know an answer, about 95 % have an interval with 0.6."""
    rng = np.random.default_rng(0)
    points = (rng.random((60, 400)) < 0.6).astype(np.float64)
    weights = rules.resamples(60, seed=3)
    low, high = rules.intervals(rules.facilities(points, np.ones(400), weights))
    assert 0.91 <= ((low <= 0.6) & (high >= 0.6)).mean() <= 0.98


@given(TABLES, st.integers(0, 9))
def test_s24_facilities_lie_in_0_to_1_and_correlations_in_minus_1_to_1(
    points: Array, seed: int
) -> None:
    maxima = np.full(points.shape[1], 2.0)
    weights = np.vstack([ONE(len(points)), rules.resamples(len(points), seed, 5)])
    means = rules.facilities(points, maxima, weights)
    found = rules.correlations(points, rules.rests(points, maxima), weights)
    assert ((means >= 0) & (means <= 1) | np.isnan(means)).all()
    assert (np.abs(found) <= 1)[~np.isnan(found)].all()
    flat = [len({one for one in column if not np.isnan(one)}) < 2 for column in points.T]
    assert np.isnan(found[0][flat]).all()


@given(TABLES, st.randoms(use_true_random=False))
def test_s24_the_order_of_students_makes_no_difference(points: Array, random: Random) -> None:
    order = list(range(len(points)))
    random.shuffle(order)
    maxima = np.full(points.shape[1], 2.0)
    plain = ONE(len(points))

    def found(table: Array) -> Array:
        rest = rules.rests(table, maxima)
        both = [rules.facilities(table, maxima, plain), rules.correlations(table, rest, plain)]
        return np.vstack(both)

    np.testing.assert_allclose(found(points[order]), found(points), atol=1e-9)


@given(st.lists(st.integers(0, 10), min_size=1, max_size=80))
def test_s24_groups_are_the_27_percent_at_both_ends_with_whoever_ties(numbers: list[int]) -> None:
    rest = np.array(numbers, dtype=np.float64)
    found = rules.groups(rest)
    size = max(1, int(0.27 * len(numbers) + 0.5))
    if found is None:
        assert sorted(numbers)[size - 1] >= sorted(numbers)[-size]
        return
    assert found.upper.sum() >= size
    assert found.lower.sum() >= size
    assert not (found.upper & found.lower).any()
    assert rest[found.upper].min() > rest[found.lower].max()
    if len(set(numbers)) == len(numbers):
        assert (found.upper.sum(), found.lower.sum()) == (size, size)


def test_s24_no_process_that_stays_imports_numpy() -> None:
    """Services and the worker know the child by its name only."""
    program = (
        "import sys\n"
        "import session_service.app, session_service.background, session_service.worker\n"
        "print(sorted({'numpy', 'scipy', 'matplotlib'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout == "[]\n"
