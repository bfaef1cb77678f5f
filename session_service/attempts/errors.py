"""What can go wrong with attempts."""

from libs.errors import Conflict, FieldProblem, NotFound


class AttemptNotFound(NotFound):
    """There is no such attempt, or it is none of yours."""

    code = "attempt_not_found"


class QuestionNotInPaper(NotFound):
    """This attempt does not ask this question."""

    code = "question_not_in_paper"


class AttemptClosed(Conflict):
    """This attempt is over: nothing more is taken in."""

    code = "attempt_closed"

    @classmethod
    def at(cls, accepted: int) -> "AttemptClosed":
        """With the revision of the answer that counts, 0 if there is none: as its `ETag`, and as a
        suggestion for `/revision`.
        """
        told = FieldProblem("/revision", "accepted", "the last that counts", (str(accepted),))
        return cls(fields=[told], headers={"ETag": f'"{accepted}"'})


class AttemptVoided(Conflict):
    """This attempt was declared void."""

    code = "attempt_voided"


class AttemptRunning(Conflict):
    """The student is still at it."""

    code = "attempt_running"


class NoAttemptLeft(Conflict):
    """All attempts are used up."""

    code = "no_attempt_left"


class AttemptTooSoon(Conflict):
    """The time between two attempts is not over yet."""

    code = "attempt_too_soon"
