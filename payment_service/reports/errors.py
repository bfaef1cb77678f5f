"""Errors of reports."""

from libs.errors import Invalid


class PeriodRefused(Invalid):
    """No report can be made of this period."""

    code = "period_refused"
