"""The pure rules of attempts (S-A6, S-A11)."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from session_service.assessments.schemas import Counting
from session_service.attempts.rules import (
    Counted,
    Grant,
    Scored,
    count,
    deadline,
    end_of_window,
    next_number,
)


def at(clock: str) -> datetime:
    return datetime.fromisoformat(f"2026-11-30T{clock}:00+00:00")


@pytest.mark.parametrize(
    ("started", "limit", "factor", "granted", "expected"),
    [
        ("17:40", 60, "1.5", None, "18:30"),
        ("17:40", 60, "1.5", "19:30", "19:10"),
        ("17:00", 60, "1.5", None, "18:30"),
        ("16:59", 60, "1.5", None, "18:29"),
        ("17:00", 60, "1", None, "18:00"),
        ("17:40", None, "1.5", None, "18:30"),
        ("17:40", None, "1", "19:30", "19:30"),
        ("17:40", 60, "1", "18:00", "18:30"),
    ],
)
def test_s_a6_the_deadline_is_the_earlier_of_limit_and_window(
    started: str, limit: int | None, factor: str, granted: str | None, expected: str
) -> None:
    grant = Grant(at(granted) if granted else None, Decimal(factor))
    ends = end_of_window(at("18:30"), None, grant)
    assert deadline(at(started), ends, limit, grant) == at(expected)


@pytest.mark.parametrize(
    ("closed", "granted", "expected"),
    [("18:00", None, "18:00"), ("18:00", "19:00", "19:00"), ("18:40", None, "18:30")],
)
def test_s_a6_who_has_an_extension_goes_on_when_it_is_closed(
    closed: str, granted: str | None, expected: str
) -> None:
    grant = Grant(at(granted) if granted else None)
    assert end_of_window(at("18:30"), at(closed), grant) == at(expected)


def test_s_a6_a_third_more_is_exact() -> None:
    grant = Grant(None, Decimal("1.33"))
    until = deadline(at("17:00"), at("23:00"), 7, grant)
    assert until - at("17:00") == timedelta(minutes=9, seconds=18, milliseconds=600)


@pytest.mark.parametrize(
    ("taken", "limit", "expected"),
    [(set(), 1, 1), ({1}, 1, None), ({1}, None, 2), ({2}, 2, 1), ({1, 2}, 3, 3)],
)
def test_s_a11_the_lowest_free_number(
    taken: set[int], limit: int | None, expected: int | None
) -> None:
    assert next_number(taken, limit) == expected


def scored(*totals: str | None) -> list[Scored]:
    start = datetime(2026, 11, 30, tzinfo=UTC)
    return [
        Scored(UUID(int=n), start + timedelta(hours=n), None if one is None else Decimal(one))
        for n, one in enumerate(totals, 1)
    ]


@pytest.mark.parametrize(
    ("counting", "totals", "number", "mean"),
    [
        ("first", ("3", "9", "5"), 1, None),
        ("latest", ("3", "9", "5"), 3, None),
        ("highest", ("3", "9", "5"), 2, None),
        ("highest", ("9", "9"), 1, None),
        ("average", ("3", "9", "5"), 3, "5.67"),
        ("average", ("1", "2"), 2, "1.50"),
        ("average", ("4",), 1, None),
        ("average", ("0.01", "0.00"), 2, "0.01"),
        ("highest", ("3", None), 2, None),
        ("average", (None, "3"), 1, None),
        ("first", ("3", None), 1, None),
        ("latest", (None, "3"), 2, None),
    ],
)
def test_s_a11_what_counts(
    counting: str, totals: tuple[str | None, ...], number: int, mean: str | None
) -> None:
    expected = Counted(UUID(int=number), Decimal(mean) if mean else None)
    for order in (scored(*totals), scored(*totals)[::-1]):
        assert count(order, Counting(counting)) == expected


@given(st.sampled_from(Counting), st.lists(st.decimals(0, 100, places=2), max_size=5))
def test_s_a11_what_counts_lies_between_the_worst_and_the_best(
    counting: Counting, totals: list[Decimal]
) -> None:
    attempts = scored(*map(str, totals))
    found = count(attempts, counting)
    if found is None:
        assert not totals
        return
    own = next(one.total for one in attempts if one.attempt_id == found.attempt_id)
    counted = own if found.mean is None else found.mean
    assert counted is not None
    assert min(totals) <= counted <= max(totals)
