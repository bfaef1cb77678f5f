"""What can go wrong with the versions of files."""

from libs.errors import Conflict, NotFound


class VersionNotFound(NotFound):
    """There is no such version, or it is none of yours."""

    code = "version_not_found"


class VersionNotAwaited(Conflict):
    """The time for this upload is over: ask for another one."""

    code = "version_not_awaited"


class NotAFile(Conflict):
    """This material is no file."""

    code = "not_a_file"


class StorageFull(Conflict):
    """The class's storage is full: delete what is needed no more."""

    code = "storage_full"
