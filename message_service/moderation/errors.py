"""Named failures of moderation."""

from libs.errors import Conflict, Forbidden, NotFound


class ModeratorNotMuted(Forbidden):
    """Moderators cannot be muted."""

    code = "moderator_not_muted"


class ReportNotFound(NotFound):
    """There is no such report, or it is not yours to see."""

    code = "report_not_found"


class ReportResolved(Conflict):
    """This report is resolved already."""

    code = "report_resolved"
