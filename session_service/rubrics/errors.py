"""What can go wrong with rubrics."""

from libs.errors import Conflict, NotFound


class RubricNotFound(NotFound):
    """There is no such rubric, or it is none of yours."""

    code = "rubric_not_found"


class RubricDoesNotFit(Conflict):
    """This rubric has other points than the work, or the work is an assessment."""

    code = "rubric_does_not_fit"
