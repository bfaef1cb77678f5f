"""What can go wrong with questions."""

from libs.errors import NotFound


class QuestionNotFound(NotFound):
    """There is no such question, or it is in nobody's bank but another's."""

    code = "question_not_found"
