"""What can go wrong with attendance."""

from libs.errors import Conflict, NotFound


class AttendanceNotFound(NotFound):
    """Nothing is known of this student's part in this lesson, or it is none of your business."""

    code = "attendance_not_found"


class LessonNotBegun(Conflict):
    """This lesson has not begun: only an excuse can be noted before."""

    code = "lesson_not_begun"
