"""What can go wrong with tasks."""

from libs.errors import Conflict, NotFound


class TaskNotFound(NotFound):
    """There is no such task, or it is none of yours."""

    code = "task_not_found"


class TaskClosed(Conflict):
    """The time for this task is over."""

    code = "task_closed"


class TaskPublished(Conflict):
    """Students see this task: it can be changed, but not taken back."""

    code = "task_published"


class TaskDuePassed(Conflict):
    """The due time of this task has passed: set a later one first."""

    code = "task_due_passed"
