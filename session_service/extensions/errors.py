"""What can go wrong with extensions."""

from libs.errors import NotFound


class WorkItemNotFound(NotFound):
    """There is no such task or assessment, or it is none of yours."""

    code = "work_item_not_found"


class ExtensionNotFound(NotFound):
    """This student has no extension for this, or it is none of your business."""

    code = "extension_not_found"


class StudentNotInClass(NotFound):
    """This person is no student of the class."""

    code = "student_not_in_class"
