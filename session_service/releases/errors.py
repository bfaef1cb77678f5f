"""What can go wrong with releases of marks."""

from libs.errors import Conflict, NotFound


class ReleaseNotFound(NotFound):
    """There is no such release, or it is none of yours."""

    code = "release_not_found"


class NothingToRelease(Conflict):
    """None of these marks is a whole draft."""

    code = "nothing_to_release"


class ReleaseSettled(Conflict):
    """This release is older than ten minutes: students have seen it."""

    code = "release_settled"


class ReleaseUndone(Conflict):
    """This release was taken back already."""

    code = "release_undone"
