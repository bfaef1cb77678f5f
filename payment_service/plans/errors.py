"""What can go wrong with plans."""

from libs.errors import NotFound


class PlanNotFound(NotFound):
    """There is no such plan in the present price list."""

    code = "plan_not_found"
