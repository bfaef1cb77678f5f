"""What can go wrong with exports."""

from libs.errors import Conflict, NotFound, TooMany


class ExportNotFound(NotFound):
    """There is no such export, or it is none of yours."""

    code = "export_not_found"


class ExportRunning(Conflict):
    """An export of yours is being made: wait for it."""

    code = "export_running"


class TooManyExports(TooMany):
    """Three exports a day are enough: ask again tomorrow."""

    code = "too_many_exports"
