"""What can go wrong with invites."""

from libs.errors import BadRequest, Conflict, Invalid, NotFound


class ImportNotFound(NotFound):
    """There is no such import of yours."""

    code = "invite_import_not_found"


class InviteNotFound(NotFound):
    """There is no such invite of yours."""

    code = "invite_not_found"


class InviteRefused(BadRequest):
    """This invite is used, withdrawn or too old: ask for a new one."""

    code = "invite_refused"


class ImportRunning(Conflict):
    """An import of yours is still running: wait for it."""

    code = "invite_import_running"


class CsvRefused(Invalid):
    """The file as a whole cannot be read; `fields` says at which line."""

    code = "csv_refused"
