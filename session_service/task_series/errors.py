"""What can go wrong with tasks that repeat."""

from libs.errors import NotFound


class TaskSeriesNotFound(NotFound):
    """There is no such series of tasks, or it is none of yours."""

    code = "task_series_not_found"
