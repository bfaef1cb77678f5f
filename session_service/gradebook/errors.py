"""What can go wrong with gradebooks."""

from libs.errors import Conflict, Invalid, NotFound


class GradebookRowNotFound(NotFound):
    """There is no such student in this gradebook, or it is none of yours to see."""

    code = "gradebook_row_not_found"


class GradebookTooLarge(Conflict):
    """This gradebook has more cells than one file takes."""

    code = "gradebook_too_large"


class GradeFileRefused(Invalid):
    """This is no CSV file of a gradebook."""

    code = "grade_file_refused"
