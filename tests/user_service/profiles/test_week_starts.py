"""The table of first days against CLDR as babel has it."""

from babel import Locale, localedata

from user_service.profiles.week_starts import usual

INHERITED = {"AO", "CV", "GQ", "GW", "ST", "TL"}
"""Babel takes Portugal's Sunday for all who speak Portuguese; the week data does not."""
FIRST = {0: "monday", 4: "saturday", 5: "saturday", 6: "sunday"}  # 4 is the Maldives' Friday


def test_u10_first_days_are_those_of_cldr() -> None:
    wrong, seen = [], set()
    for name in localedata.locale_identifiers():
        locale = Locale.parse(name)
        territory = locale.territory or ""
        if len(territory) != 2 or territory in INHERITED:
            continue
        seen.add(territory)
        if usual(f"und-{territory}", "UTC") != FIRST[locale.first_week_day]:
            wrong.append(name)
    assert wrong == []
    assert len(seen) > 230
