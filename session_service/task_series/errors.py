"""What can go wrong with tasks that repeat."""

from libs.errors import Conflict, NotFound


class TaskSeriesNotFound(NotFound):
    """There is no such series of tasks, or it is none of yours."""

    code = "task_series_not_found"


class TooManyTaskSeries(Conflict):
    """As many tasks repeat in this class as may: end one that is needed no more."""

    code = "too_many_task_series"
