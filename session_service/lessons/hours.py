"""Whose clock shows another hour at a lesson than at the one before (S-A2). Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from libs import zones


@dataclass(frozen=True, slots=True)
class Pair:
    """A lesson that its rule places, and the one before at the same local time."""

    lesson_id: UUID
    study_session_id: UUID
    session_code: str
    revision: int
    starts_at: datetime
    previous_at: datetime


@dataclass(frozen=True, slots=True)
class Shift:
    """At a lesson it is another hour in a zone than before, for these people."""

    pair: Pair
    zone: str
    account_ids: tuple[UUID, ...]


def shifts(
    pairs: Iterable[Pair], people: Mapping[UUID, Mapping[str, Sequence[UUID]]]
) -> list[Shift]:
    """For `people` by class and zone: who has to be told of which lessons."""
    return [
        Shift(pair, zone, tuple(accounts))
        for pair in pairs
        for zone, accounts in people.get(pair.study_session_id, {}).items()
        if _hour(pair.starts_at, zone) != _hour(pair.previous_at, zone)
    ]


def _hour(instant: datetime, zone: str) -> tuple[int, int]:
    known = zone if zone in zones.names() else "UTC"  # user_service's database may be newer
    wall = zones.to_wall(instant, known)
    return wall.hour, wall.minute
