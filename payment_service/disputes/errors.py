"""What can go wrong with disputes."""

from libs.errors import Conflict, NotFound


class DisputeNotFound(NotFound):
    """There is no such dispute."""

    code = "dispute_not_found"


class DisputeOver(Conflict):
    """This dispute is decided, or the time to answer is over."""

    code = "dispute_over"


class EvidenceGiven(Conflict):
    """Banks take evidence once, and there is some already."""

    code = "evidence_given"
