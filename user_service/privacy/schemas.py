"""Jobs about how long things are kept."""

from typing import ClassVar

from libs.jobs import Job


class ForgetOld(Job):
    """Drop what has had its time, as the data map says; from the schedule."""

    type: ClassVar[str] = "user.privacy.forget_old"
