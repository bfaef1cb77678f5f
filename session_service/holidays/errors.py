"""What can go wrong with holidays."""

from libs.errors import Conflict, NotFound


class HolidayNotFound(NotFound):
    """There is no such holiday, or it is none of yours."""

    code = "holiday_not_found"


class TooManyHolidays(Conflict):
    """A class has five hundred holidays at most."""

    code = "too_many_holidays"
