"""What can go wrong with the work that students hand in."""

from libs import etags
from libs.errors import Conflict, FieldProblem, NotFound, Stale


class SubmissionNotFound(NotFound):
    """There is no such submission, or it is none of yours."""

    code = "submission_not_found"


class SubmissionSuperseded(Conflict):
    """The student has handed in a newer version."""

    code = "submission_superseded"


class TooManyVersions(Conflict):
    """This work was handed in as often as it may be: ask your tutor to look at the last version."""

    code = "too_many_versions"


class DraftStale(Stale):
    """The draft was saved elsewhere since you read it: load it, and save again."""

    code = "draft_stale"

    @classmethod
    def between(cls, seen: str, saved: int) -> "DraftStale":
        """Names both revisions: the one that the client has seen, and the one that is saved."""
        detail = f"You have seen revision {seen}; revision {saved} is saved. Load it, save again."
        problem = FieldProblem("header/If-Match", "stale", f"saw {seen}", (etags.of(saved),))
        return cls(detail, fields=[problem], headers={"ETag": etags.of(saved)})
