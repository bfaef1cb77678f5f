"""What can go wrong with files of tasks and of the work on them."""

from libs.errors import Conflict, NotFound


class WorkFileNotFound(NotFound):
    """There is no such file, or it is none of yours."""

    code = "work_file_not_found"


class WorkFileNotAwaited(Conflict):
    """The time for this upload is over: ask for another one."""

    code = "work_file_not_awaited"


class WorkFileHandedIn(Conflict):
    """This file is part of what was handed in: it stays."""

    code = "work_file_handed_in"


class TooManyWorkFiles(Conflict):
    """There are as many files as may be: remove what is needed no more."""

    code = "too_many_work_files"
