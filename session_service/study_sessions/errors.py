"""What can go wrong with classes."""

from libs.errors import Conflict, NotFound


class StudySessionNotFound(NotFound):
    """There is no such class, or it is none of yours."""

    code = "study_session_not_found"


class AlreadyApproved(Conflict):
    """This class is approved already."""

    code = "already_approved"


class StudySessionNotOpen(Conflict):
    """This class is not open: it waits for payment or approval, or has ended."""

    code = "study_session_not_open"


class StudySessionIsSuspended(StudySessionNotOpen):
    """This class has not been paid for any more: it can be read, and nothing new goes into it."""

    code = "class_suspended"


class StudySessionIsPaused(Conflict):
    """This class is paused: nobody joins, and nothing new is set."""

    code = "study_session_paused"


class StudySessionOver(Conflict):
    """This class is rejected, ended or archived: nothing of it changes any more."""

    code = "study_session_over"


class TransitionForbidden(Conflict):
    """A class cannot go from its present state to this one."""

    code = "study_session_transition_forbidden"
