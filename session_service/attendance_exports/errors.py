"""What can go wrong with exports of attendance."""

from libs.errors import NotFound


class AttendanceExportNotFound(NotFound):
    """There is no such export (any more), or it is none of yours."""

    code = "attendance_export_not_found"
