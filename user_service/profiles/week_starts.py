"""On which day a week begins where somebody lives, unless they say otherwise.

After the week data of CLDR (supplemental/weekData), whose Maldivian Friday counts as Saturday.
"""

from enum import StrEnum

from user_service.accounts import zones


class WeekStart(StrEnum):
    """The first day of a week in calendars."""

    MONDAY = "monday"
    SATURDAY = "saturday"
    SUNDAY = "sunday"


SATURDAY = "AF BH DJ DZ EG IQ IR JO KW LY MV OM QA SD SY"
SUNDAY = (
    "AG AS BD BR BS BT BW BZ CA CO DM DO ET GT GU HK HN ID IL IN JM JP KE KH KR LA MH MM MO MT MX "
    "MZ NI NP PA PE PH PK PR PT PY SA SG SV TH TT TW UM US VE VI WS YE ZA ZW"
)
_SATURDAY, _SUNDAY = frozenset(SATURDAY.split()), frozenset(SUNDAY.split())


def usual(locale: str, zone: str) -> WeekStart:
    """The first day for a BCP 47 tag's territory or, if it names none, for the zone's country."""
    territory = _territory(locale) or zones.country_of(zone)
    if territory in _SATURDAY:
        return WeekStart.SATURDAY
    return WeekStart.SUNDAY if territory in _SUNDAY else WeekStart.MONDAY


def _territory(locale: str) -> str:
    _, *rest = locale.split("-")
    return next((tag.upper() for tag in rest if len(tag) == 2 and tag.isalpha()), "")
