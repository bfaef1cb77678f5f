"""Wall time and instants across both changes of the clock (X21, S-A2)."""

from datetime import UTC, datetime
from importlib.resources import files

import pytest

from libs import zones


@pytest.mark.parametrize(
    ("wall", "zone", "instant"),
    [
        ("2026-10-19 17:00", "Europe/Berlin", "2026-10-19 15:00"),
        ("2026-10-26 17:00", "Europe/Berlin", "2026-10-26 16:00"),
        ("2026-03-29 02:30", "Europe/Berlin", "2026-03-29 01:30"),  # skipped: held at 03:30
        ("2026-10-25 02:30", "Europe/Berlin", "2026-10-25 00:30"),  # twice: the first one
        ("2026-10-04 02:15", "Australia/Lord_Howe", "2026-10-03 15:45"),  # a gap of 30 minutes
        ("2026-01-01 05:45", "Asia/Kathmandu", "2026-01-01 00:00"),
    ],
)
def test_s_a2_a_wall_time_has_one_instant(wall: str, zone: str, instant: str) -> None:
    found = zones.to_instant(datetime.fromisoformat(wall), zone)
    assert found == datetime.fromisoformat(instant).replace(tzinfo=UTC)


def test_s_a2_a_skipped_time_is_shown_after_the_gap() -> None:
    instant = datetime(2026, 3, 29, 1, 30, tzinfo=UTC)
    assert zones.to_wall(instant, "Europe/Berlin") == datetime(2026, 3, 29, 3, 30)  # noqa: DTZ001
    assert zones.to_wall(instant, "Asia/Kolkata") == datetime(2026, 3, 29, 7, 0)  # noqa: DTZ001


@pytest.mark.parametrize("name", ["Mars/Base", "../zones", "", "Factory", "europe/berlin"])
def test_an_unknown_zone_is_refused(name: str) -> None:
    with pytest.raises(KeyError):
        zones.to_instant(datetime(2026, 1, 1), name)  # noqa: DTZ001


def test_every_name_has_a_zone_and_the_release_is_named() -> None:
    assert all(zones.get(name).key == name for name in zones.names())
    assert zones.version() in (files("tzdata.zoneinfo") / "tzdata.zi").read_text()[:40]
