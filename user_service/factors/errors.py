"""What can go wrong with one's own second factors."""

from libs.errors import BadRequest, Conflict, Forbidden, NotFound


class StepUpNeeded(Forbidden):
    """Show your password, or your second factor if you have one, again first."""

    code = "step_up_needed"


class FactorNeeded(Forbidden):
    """This account has a second factor: show that, the password does not suffice."""

    code = "factor_needed"


class StepUpRefused(BadRequest):
    """This is not your password."""

    code = "step_up_refused"


class TotpKnown(Conflict):
    """There is an authenticator app already: remove it first."""

    code = "totp_known"


class EnrolmentNotFound(NotFound):
    """There is nothing to confirm, or it was begun too long ago: begin again."""

    code = "enrolment_not_found"


class FactorNotFound(NotFound):
    """There is no such factor of yours."""

    code = "factor_not_found"


class TooManyPasskeys(Conflict):
    """There are as many passkeys as an account may have: remove one first."""

    code = "too_many_passkeys"


class LastFactorKept(Conflict):
    """An admin keeps one factor at least: add another one first."""

    code = "last_factor_kept"
