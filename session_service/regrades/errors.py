"""What can go wrong with marking anew."""

from libs.errors import Conflict, NotFound


class QuestionNotAsked(NotFound):
    """This assessment does not ask this question."""

    code = "question_not_asked"


class KeyDoesNotFit(Conflict):
    """The corrected key speaks of what students did not see: keep the ids of its options."""

    code = "key_does_not_fit"
