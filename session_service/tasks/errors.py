"""What can go wrong with tasks."""

from libs.errors import Conflict, NotFound


class TaskNotFound(NotFound):
    """There is no such task, or it is none of yours."""

    code = "task_not_found"


class TaskClosed(Conflict):
    """The time for this task is over."""

    code = "task_closed"


class SubmissionNotFound(NotFound):
    """There is no such submission, or it is none of yours."""

    code = "submission_not_found"
