"""What can go wrong with assessments."""

from libs.errors import Conflict, NotFound


class AssessmentNotFound(NotFound):
    """There is no such assessment, or it is none of yours to see."""

    code = "assessment_not_found"


class AssessmentFrozen(Conflict):
    """This is published: what it asks, and how, stays as it is."""

    code = "assessment_frozen"


class AssessmentIsDraft(Conflict):
    """This is not published yet."""

    code = "assessment_is_draft"


class AssessmentNotOpen(Conflict):
    """This is not open now."""

    code = "assessment_not_open"


class AssessmentEmpty(Conflict):
    """There is no question in this yet."""

    code = "assessment_empty"


class PoolTooSmall(Conflict):
    """A bank has not enough questions to draw from."""

    code = "pool_too_small"


class PoolTooLarge(Conflict):
    """There are more questions to draw from than are kept with an assessment: use narrower tags."""

    code = "pool_too_large"


class KeyNotReleased(NotFound):
    """There is no key to see, or not yet."""

    code = "key_not_released"
