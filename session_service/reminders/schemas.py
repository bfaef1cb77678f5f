"""The job of reminders."""

from typing import ClassVar

from libs.jobs import Job


class RemindOfWork(Job):
    """Remind students of what is due within a day; from the schedule."""

    type: ClassVar[str] = "session.reminders.remind"
