"""Errors of reconciliations."""

from libs.errors import Invalid, NotFound


class ReconciliationNotFound(NotFound):
    """There is no such reconciliation."""

    code = "reconciliation_not_found"


class WindowRefused(Invalid):
    """`until` must be after `since`, by 92 days at most, and not in the future."""

    code = "window_refused"
