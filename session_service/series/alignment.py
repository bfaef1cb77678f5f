"""Which lesson of an old rule becomes which one of a new rule. Pure."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

NEAR = timedelta(days=7)


def align(
    old: Sequence[datetime], new: Sequence[datetime], shift: timedelta
) -> Mapping[datetime, datetime]:
    """New places by old ones, both in order: each is used once at most.

    A place goes where the whole series goes, that is by `shift`. Of those for which the new rule
    has no place there, each gets the next free one less than a week away: so the first of a month
    becomes its first Monday, and of two lessons a week that become one, the one goes.
    """
    free = set(new)
    found = {place: place + shift for place in old if place + shift in free}
    free.difference_update(found.values())
    left = [place for place in old if place not in found]
    waiting = sorted(free)
    while left and waiting:
        distance = waiting[0] - (left[0] + shift)
        if abs(distance) < NEAR:
            found[left.pop(0)] = waiting.pop(0)
        elif distance > timedelta():
            left.pop(0)
        else:
            waiting.pop(0)
    return found
