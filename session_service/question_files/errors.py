"""What can go wrong with files of questions."""

from libs.errors import Conflict, Invalid


class ImportRefused(Invalid):
    """The file has errors: nothing was added."""

    code = "import_refused"


class TooManyQuestions(Conflict):
    """A file holds 500 questions at most: choose fewer by a tag or a type."""

    code = "too_many_questions"
