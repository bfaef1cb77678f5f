"""What a student sees of keys once they are released."""

from libs.schemas import Schema
from session_service.assessments.schemas import PaperQuestion
from session_service.question_rules.keys import Key


class AnsweredQuestion(PaperQuestion):
    """A question of a paper with its key: the one by which it is marked now."""

    key: Key
    explanation: str


class AnswerKey(Schema):
    """All questions of one attempt's paper with their keys, in its order."""

    questions: list[AnsweredQuestion]
