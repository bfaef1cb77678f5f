"""Recurrence rules of lessons: the value of an RRULE (RFC 5545, section 3.3.10), read and unrolled.

Places are wall times in the series' zone: a rule repeats what people say, never instants. Taken are
the parts FREQ (DAILY to YEARLY), INTERVAL, COUNT, UNTIL, BYMONTH, BYMONTHDAY, BYDAY, BYSETPOS and
WKST, so there is at most one place a day. The unrolling itself is python-dateutil's.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import MAXYEAR, UTC, datetime, timedelta
from typing import Literal, TypeVar

from dateutil import rrule

from libs import zones

T = TypeVar("T")
LONGEST = 300
MOST_LESSONS = 1_000
MOST_BETWEEN = 100
DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
FREQUENCIES: Mapping[str, Literal[0, 1, 2, 3]] = {
    "DAILY": rrule.DAILY, "WEEKLY": rrule.WEEKLY, "MONTHLY": rrule.MONTHLY, "YEARLY": rrule.YEARLY
}  # fmt: skip
PARTS = frozenset(
    ("FREQ", "INTERVAL", "COUNT", "UNTIL", "BYMONTH", "BYMONTHDAY", "BYDAY", "BYSETPOS", "WKST")
)
TOO_OFTEN = ("BYHOUR", "BYMINUTE", "BYSECOND")
YEARS = range(1970, 2200)
CYCLE = 400
"""Years after which the Gregorian calendar repeats itself, weekdays included."""


class BadRule(Exception):
    """A rule that is not taken, by `code` and a sentence that may be shown."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code, self.detail = code, detail


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule by its parts. `days` are pairs of an ordinal (0 for none) and a weekday from 0 for
    Monday; `until` is an instant and still in.
    """

    frequency: str
    interval: int = 1
    count: int | None = None
    until: datetime | None = None
    months: tuple[int, ...] = ()
    month_days: tuple[int, ...] = ()
    days: tuple[tuple[int, int], ...] = ()
    positions: tuple[int, ...] = ()
    week_start: int = 0

    def __str__(self) -> str:
        """An RRULE's value, its parts always in the same order."""
        parts: dict[str, object] = {"FREQ": self.frequency}
        parts["INTERVAL"] = self.interval if self.interval > 1 else None
        parts["COUNT"] = self.count
        parts["UNTIL"] = f"{self.until:%Y%m%dT%H%M%SZ}" if self.until else None
        parts["BYMONTH"] = ",".join(map(str, self.months))
        parts["BYMONTHDAY"] = ",".join(map(str, self.month_days))
        parts["BYDAY"] = ",".join(f"{nth or ''}{DAYS[day]}" for nth, day in self.days)
        parts["BYSETPOS"] = ",".join(map(str, self.positions))
        parts["WKST"] = DAYS[self.week_start] if self.week_start else None
        return ";".join(f"{name}={value}" for name, value in parts.items() if value)

    def ending(self, until: datetime) -> "Rule":
        """The same rule until an instant, which is still in."""
        return replace(self, count=None, until=until)

    def after(self, used: int) -> "Rule":
        """What is left of the rule when `used` of its places have passed."""
        return self if self.count is None else replace(self, count=max(self.count - used, 1))

    def turned(self, days: int) -> "Rule | None":
        """The rule when its start moves by so many days and it names weekdays; `None` if it takes
        more than that to say what is meant.
        """
        if days == 0 or not (self.days or self.month_days or self.months):
            return self
        if self.frequency != "WEEKLY" or self.months:
            return None
        return replace(self, days=tuple(sorted((0, (day + days) % 7) for _, day in self.days)))


@dataclass(frozen=True, slots=True)
class Unrolled:
    """Places of a rule; `finished` says that none follow."""

    places: list[datetime]
    finished: bool


def unroll(
    rule: Rule | None, start: datetime, zone: str, to: datetime, after: datetime | None = None
) -> Unrolled:
    """The places from `start` up to `to`, which is still in; without a rule `start` alone, however
    late. With `after` only later ones.
    """
    if rule is None:
        return Unrolled([start] if after is None or start > after else [], finished=True)
    found: list[datetime] = []
    for place in places(rule, start, zone):
        if place > to:
            return Unrolled(found, finished=False)
        if after is None or place > after:
            found.append(place)
    return Unrolled(found, finished=True)


def places(rule: Rule, start: datetime, zone: str) -> Iterator[datetime]:
    """All places from `start` on, in order, as wall times.

    A rule that has none (29 February on a Monday in an odd year) would be looked for until the
    year 9999. So the search begins whole cycles of the calendar later, and is over within one.
    """
    moved = (MAXYEAR - start.year) // CYCLE * CYCLE
    until = zones.to_wall(rule.until, zone) if rule.until else None
    for place in rrule.rrule(
        FREQUENCIES[rule.frequency],
        dtstart=start.replace(year=start.year + moved),
        interval=rule.interval,
        wkst=rule.week_start,
        count=rule.count,
        until=_later(until, moved),
        bymonth=rule.months or None,
        bymonthday=rule.month_days or None,
        byweekday=[rrule.weekday(day, nth or None) for nth, day in rule.days] or None,
        bysetpos=rule.positions or None,
    ):
        yield place.replace(year=place.year - moved)


def _later(until: datetime | None, years: int) -> datetime | None:
    if until is None or until.year + years > MAXYEAR:
        return None
    return until.replace(year=until.year + years)


def read(text: str, zone: str) -> Rule:
    """A rule from its text. `UNTIL` may be a date, wall time or (ending in Z) an instant.

    Raises `BadRule`.
    """
    parts = _split(text)
    rule = Rule(
        frequency=_frequency(parts),
        interval=_number(parts, "INTERVAL", MOST_BETWEEN) or 1,
        count=_number(parts, "COUNT", MOST_LESSONS),
        until=_until(parts["UNTIL"], zone) if "UNTIL" in parts else None,
        months=_numbers(parts, "BYMONTH", 12, signed=False),
        month_days=_numbers(parts, "BYMONTHDAY", 31),
        days=_list(parts, "BYDAY", _day),
        positions=_numbers(parts, "BYSETPOS", 366),
        week_start=_weekday(parts.get("WKST", "MO")),
    )
    _check(rule)
    return rule


def _split(text: str) -> Mapping[str, str]:
    parts: dict[str, str] = {}
    for part in text.upper().split(";"):
        name, equals, value = part.partition("=")
        if not equals or not value or name in parts or len(text) > LONGEST:
            raise BadRule("rule_unreadable", f"not parts of the form NAME=VALUE: {part[:40]!r}")
        parts[name] = value
    if often := [name for name in TOO_OFTEN if name in parts]:
        raise BadRule("rule_too_often", f"a series has one lesson a day at most: no {often[0]}")
    if unknown := set(parts) - PARTS:
        raise BadRule("rule_part_unknown", f"this part is not taken: {min(unknown)[:40]!r}")
    return parts


def _frequency(parts: Mapping[str, str]) -> str:
    found = parts.get("FREQ", "")
    if found in ("HOURLY", "MINUTELY", "SECONDLY"):
        raise BadRule("rule_too_often", f"a series has one lesson a day at most: not {found}")
    if found not in FREQUENCIES:
        raise BadRule("rule_unreadable", "FREQ must be DAILY, WEEKLY, MONTHLY or YEARLY")
    return found


def _number(parts: Mapping[str, str], name: str, most: int) -> int | None:
    found = _numbers(parts, name, most, signed=False)
    if len(found) > 1:
        raise BadRule("rule_unreadable", f"{name} takes one number")
    return found[0] if found else None


def _numbers(
    parts: Mapping[str, str], name: str, most: int, *, signed: bool = True
) -> tuple[int, ...]:
    def one(word: str) -> int:
        digits = word.lstrip("+-") if signed and word[:2] not in ("++", "--", "+-", "-+") else word
        if not (digits.isascii() and digits.isdigit() and len(digits) <= 4):
            raise BadRule("rule_unreadable", f"{name} takes numbers")
        if not 1 <= int(digits) <= most:
            raise BadRule("rule_out_of_range", f"{name} goes from 1 to {most}")
        return int(word)

    return _list(parts, name, one)


def _list(parts: Mapping[str, str], name: str, one: Callable[[str], T]) -> tuple[T, ...]:
    words = parts[name].split(",") if name in parts else []
    return tuple(dict.fromkeys(one(word) for word in words))


def _day(word: str) -> tuple[int, int]:
    ordinal = word[:-2]
    if not ordinal:
        return 0, _weekday(word)
    [nth] = _numbers({"BYDAY": ordinal}, "BYDAY", 53)
    return nth, _weekday(word[-2:])


def _weekday(word: str) -> int:
    if word not in DAYS:
        raise BadRule("rule_unreadable", f"not a weekday: {word[:40]!r}")
    return DAYS.index(word)


def _until(word: str, zone: str) -> datetime:
    for form in ("%Y%m%dT%H%M%SZ", "%Y%m%dT%H%M%S", "%Y%m%d"):
        try:
            found = datetime.strptime(word, form)  # noqa: DTZ007  (wall time, or UTC by its Z)
        except ValueError:
            continue
        if found.year not in YEARS:
            raise BadRule("rule_out_of_range", f"UNTIL goes up to the year {YEARS[-1]}")
        if form.endswith("Z"):
            return found.replace(tzinfo=UTC)
        if form == "%Y%m%d":
            found += timedelta(days=1, seconds=-1)
        return zones.to_instant(found, zone)
    raise BadRule("rule_unreadable", "UNTIL takes 20261231, 20261231T170000 or 20261231T160000Z")


def _check(rule: Rule) -> None:
    if rule.count is not None and rule.until is not None:
        raise BadRule("rule_ends_twice", "either COUNT or UNTIL")
    often = rule.frequency in ("DAILY", "WEEKLY")
    if often and (rule.month_days or rule.positions or any(nth for nth, _ in rule.days)):
        raise BadRule(
            "rule_part_misplaced", "BYMONTHDAY, BYSETPOS and numbered days need MONTHLY or YEARLY"
        )
    if rule.frequency == "MONTHLY" and any(abs(nth) > 5 for nth, _ in rule.days):
        raise BadRule("rule_out_of_range", "a month has at most five of a weekday")
    if rule.positions and not (rule.days or rule.month_days):
        raise BadRule("rule_part_misplaced", "BYSETPOS chooses among days: it needs BYDAY")
