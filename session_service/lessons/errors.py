"""What can go wrong with lessons."""

from libs.errors import Conflict, NotFound


class LessonNotFound(NotFound):
    """There is no such lesson, or it is none of yours."""

    code = "lesson_not_found"


class LessonBegun(Conflict):
    """This lesson has begun: it cannot be changed any more."""

    code = "lesson_begun"


class LessonNotScheduled(Conflict):
    """This lesson does not take place."""

    code = "lesson_not_scheduled"


class LessonNotCancelled(Conflict):
    """This lesson was not cancelled."""

    code = "lesson_not_cancelled"


class LessonBooked(Conflict):
    """This lesson was booked by a student: move it or call it off by its booking."""

    code = "lesson_booked"


class LessonsOverlap(Conflict):
    """At that time the class's teachers or students have other lessons."""

    code = "lessons_overlap"
