"""Wall time and instants, by the IANA database of the package `tzdata`.

The machine's own database is never asked: all processes agree on what a zone is, and `version`
says by which release they worked it out. Wall time is a naive datetime beside a zone's name.
"""

from datetime import UTC, datetime
from functools import cache
from importlib.resources import files
from zoneinfo import ZoneInfo

import tzdata


@cache
def names() -> frozenset[str]:
    """All names, deprecated ones too."""
    return frozenset((files("tzdata") / "zones").read_text().split()) - {"Factory"}


@cache
def get(name: str) -> ZoneInfo:
    """A zone. Raises `KeyError` for a name that the database does not have."""
    if name not in names():
        raise KeyError(name)
    with (files("tzdata.zoneinfo") / name).open("rb") as file:
        return ZoneInfo.from_file(file, key=name)


def version() -> str:
    """The release of the database, such as `2026f`."""
    return str(tzdata.IANA_VERSION)


def to_instant(wall: datetime, zone: str) -> datetime:
    """The instant, in UTC, at which clocks in a zone show a wall time.

    One that the clock skips is held after the gap, later by its length; of one that comes twice
    the first is meant (RFC 5545, section 3.3.5). Raises `KeyError` for an unknown zone.
    """
    return wall.replace(tzinfo=get(zone), fold=0).astimezone(UTC)


def to_wall(instant: datetime, zone: str) -> datetime:
    """What clocks in a zone show at an instant. Raises `KeyError` for an unknown zone."""
    return instant.astimezone(get(zone)).replace(tzinfo=None, fold=0)
