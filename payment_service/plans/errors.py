"""What can go wrong with plans."""

from libs.errors import Conflict, Invalid, NotFound


class PlanNotFound(NotFound):
    """There is no such plan in the present price list."""

    code = "plan_not_found"


class PriceInPast(Invalid):
    """A price cannot be valid from an instant that has passed."""

    code = "price_in_past"


class PriceScheduled(Conflict):
    """Another price for these months is to be valid from then or later: withdraw it first."""

    code = "price_scheduled"


class PlanEnded(Conflict):
    """This price has ended, or its end is set by the one that follows."""

    code = "plan_ended"
