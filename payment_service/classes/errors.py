"""What can go wrong with the copy of classes."""

from libs.errors import Conflict, NotFound


class ClassNotFound(NotFound):
    """There is no such class, or it is not yours; one made a moment ago may need a second."""

    code = "class_not_found"


class ClassRejected(Conflict):
    """An admin has rejected this class: it cannot be paid for."""

    code = "class_rejected"


class ClassEnded(Conflict):
    """This class has ended: it cannot be paid for."""

    code = "class_ended"
