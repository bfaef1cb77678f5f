"""Zones of the IANA database: which names are taken, and what is offered for those that are not.

A name of today is kept. A deprecated one that links to it (`Asia/Calcutta`, `US/Eastern`) is taken
and kept as the name of today. Abbreviations and offsets are refused: they say nothing of the next
summer, and `IST` is the time of three countries.
"""

import difflib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from importlib.resources import files
from zoneinfo import ZoneInfo

from babel.core import get_global

from libs.errors import FieldProblem, Invalid

LONGEST = 64
SUGGESTED = 5
OFFSET = re.compile(r"(?:UTC|GMT|Z)? ?([+\u2212-])([0-9]{1,2}):?([0-9]{2})?", re.IGNORECASE)
ABBREVIATIONS: Mapping[str, Sequence[str]] = {
    "ACST": ("Australia/Darwin", "Australia/Adelaide"),
    "AEST": ("Australia/Sydney", "Australia/Brisbane"),
    "AST": ("America/Halifax", "America/Puerto_Rico", "Asia/Riyadh"),
    "AWST": ("Australia/Perth",),
    "BRT": ("America/Sao_Paulo",),
    "BST": ("Europe/London", "Asia/Dhaka"),
    "CET": ("Europe/Berlin", "Europe/Paris", "Europe/Madrid"),
    "CST": ("America/Chicago", "Asia/Shanghai", "America/Havana"),
    "EAT": ("Africa/Nairobi",),
    "EET": ("Europe/Athens", "Europe/Helsinki", "Africa/Cairo"),
    "EST": ("America/New_York", "America/Panama"),
    "GST": ("Asia/Dubai",),
    "HKT": ("Asia/Hong_Kong",),
    "HST": ("Pacific/Honolulu",),
    "IST": ("Asia/Kolkata", "Europe/Dublin", "Asia/Jerusalem"),
    "JST": ("Asia/Tokyo",),
    "KST": ("Asia/Seoul",),
    "MET": ("Europe/Brussels",),
    "MSK": ("Europe/Moscow",),
    "MST": ("America/Denver", "America/Phoenix"),
    "NPT": ("Asia/Kathmandu",),
    "NZST": ("Pacific/Auckland",),
    "PHT": ("Asia/Manila",),
    "PKT": ("Asia/Karachi",),
    "PST": ("America/Los_Angeles", "Asia/Manila"),
    "SAST": ("Africa/Johannesburg",),
    "SGT": ("Asia/Singapore",),
    "WAT": ("Africa/Lagos",),
    "WET": ("Europe/Lisbon",),
    "WIB": ("Asia/Jakarta",),
}
"""Those of winter; summer's are `DT` or `EST` for `ST` or `ET`. Names of the database among them
(`EST`) are refused all the same: they mean another place than people do.
"""


@dataclass(frozen=True)
class _Database:
    """What the package `tzdata` says. `countries` are by zone, `shared` how many use one."""

    names: frozenset[str]
    links: Mapping[str, str]
    countries: Mapping[str, str]
    shared: Mapping[str, int]


@cache
def _database() -> _Database:
    folder = files("tzdata")
    links: dict[str, str] = {}
    for line in (folder / "zoneinfo/tzdata.zi").read_text().splitlines():
        kind, *words = line.split(" ")
        if kind == "L":
            links[words[1]] = words[0]
    today = _rows((folder / "zoneinfo/zone.tab").read_text())
    shared = _rows((folder / "zoneinfo/zone1970.tab").read_text())
    names = frozenset((folder / "zones").read_text().split()) - {"Factory"}
    return _Database(
        names, links, today, {zone: codes.count(",") + 1 for zone, codes in shared.items()}
    )


def _rows(table: str) -> dict[str, str]:
    lines = (line.split("\t") for line in table.splitlines() if line[:1] not in ("", "#"))
    return {fields[2]: fields[0] for fields in lines}


def country_of(name: str) -> str:
    """The ISO 3166 code of a zone's country; empty for a zone of none, such as UTC."""
    return _database().countries.get(name, "")


def taken(name: str, now: datetime, pointer: str = "/zone") -> str:
    """The name of today for a name of the database.

    Raises `Invalid` with suggestions; those for an offset are zones that have it `now`.
    """
    database = _database()
    if name in database.names and _winter(name) not in ABBREVIATIONS:
        return _today(name)
    offered = suggestions(name, now)
    use = " or ".join(offered) or "a name such as Asia/Kolkata"
    detail = f"not a zone of the IANA database; use {use}"
    raise Invalid(fields=[FieldProblem(pointer, "unknown_zone", detail, offered)])


def _today(name: str) -> str:
    database = _database()
    target = database.links.get(name, name)
    return target if name not in database.countries and target in database.countries else name


def _winter(name: str) -> str:
    """The winter's word for a summer time: `EDT` is `EST`, `CEST` is `CET`; upper case."""
    upper = name.upper()
    return upper if upper in ABBREVIATIONS else re.sub(r"(?<=[A-Z])(?:EST|DT)$", _other, upper)


def _other(found: re.Match[str]) -> str:
    return "ET" if found[0] == "EST" else "ST"


def suggestions(name: str, now: datetime) -> tuple[str, ...]:
    """Zones that somebody may have meant, the likeliest first; at most five."""
    database = _database()
    if known := ABBREVIATIONS.get(_winter(name)):
        return tuple(known)
    if offset := OFFSET.fullmatch(name):
        return _with_offset(_duration(*offset.groups()), now)
    if windows := get_global("windows_zone_mapping").get(name):
        return (_today(str(windows)),)
    by_case = {known.lower(): known for known in database.names}
    tried = name.lower().replace(" ", "_")
    cities = {known.rpartition("/")[2].lower(): known for known in sorted(database.countries)}
    if one := by_case.get(tried) or cities.get(tried):
        return (_today(one),)
    close = difflib.get_close_matches(tried, by_case, SUGGESTED, 0.75)
    return tuple(dict.fromkeys(_today(by_case[word]) for word in close))


def _duration(sign: str, hours: str, minutes: str | None) -> timedelta:
    size = timedelta(hours=int(hours), minutes=int(minutes or 0))
    return size if sign == "+" else -size


def _with_offset(offset: timedelta, now: datetime) -> tuple[str, ...]:
    """Those of many countries first, then by name."""
    found = [
        zone for zone in _database().shared if now.astimezone(ZoneInfo(zone)).utcoffset() == offset
    ]
    found.sort(key=lambda zone: (-_database().shared[zone], zone))
    return tuple(found[:SUGGESTED])
