"""What can go wrong with the columns of a gradebook."""

from libs.errors import Conflict, NotFound


class GradeItemNotFound(NotFound):
    """There is no such item in a gradebook, or it is none of yours."""

    code = "grade_item_not_found"


class GradeItemMarked(Conflict):
    """Marks are given already: what the item is out of stays, and so does the item."""

    code = "grade_item_marked"


class GradeItemNotManual(Conflict):
    """This belongs to a task or an assessment: change it there."""

    code = "grade_item_not_manual"
