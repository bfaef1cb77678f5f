"""From rows to what a child process takes: numbers and ids of options, no person. Pure."""

import hashlib
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

from session_service.item_statistics.schemas import QuestionFacts, ResultFacts
from session_service.question_rules.contents import AnyContent, MultipleContent, SingleContent
from session_service.question_rules.keys import AnyKey, MultipleKey, SingleKey, TrueFalseKey

TRUTH = {True: "true", False: "false"}
"""What true/false questions call their options."""


class Asked(NamedTuple):
    """A frozen question with its key as it is now."""

    question_id: UUID
    points: Decimal
    content: AnyContent
    key: AnyKey


Cell = tuple[UUID, UUID]
"""An attempt and a question."""


def seed_of(assessment_id: UUID) -> int:
    """The seed of an assessment's resamples: the same each time, so that the same results give the
    same intervals.
    """
    return int.from_bytes(hashlib.sha256(assessment_id.bytes).digest()[:4])


def gather(
    assessment_id: UUID,
    questions: Sequence[Asked],
    attempts: Sequence[UUID],
    points: Mapping[Cell, Decimal],
    answers: Mapping[Cell, Mapping[str, Any]],
) -> ResultFacts:
    """A test's results: of each attempt, its points and what it picked."""
    shown = [_question(one) for one in questions]
    return ResultFacts(
        seed=seed_of(assessment_id),
        questions=shown,
        points=[[_number(points.get((at, one.question_id))) for one in shown] for at in attempts],
        picks=[
            [picked(answers.get((at, one.question_id))) for at in attempts] if one.options else []
            for one in shown
        ],
    )


def _question(asked: Asked) -> QuestionFacts:
    options, keys = choice(asked.content, asked.key)
    return QuestionFacts(
        question_id=asked.question_id, maximum=float(asked.points), options=options, keys=keys
    )


def choice(content: AnyContent, key: AnyKey) -> tuple[list[str], list[str]]:
    """The options of a question and which of them are right; none where nothing is chosen."""
    if isinstance(key, TrueFalseKey):
        return [*TRUTH.values()], [TRUTH[key.right]]
    if isinstance(content, SingleContent) and isinstance(key, SingleKey):
        return [one.id for one in content.options], [key.right]
    if isinstance(content, MultipleContent) and isinstance(key, MultipleKey):
        return [one.id for one in content.options], list(key.right)
    return [], []


def picked(answer: Mapping[str, Any] | None) -> list[str]:
    """The options that an answer, as it is kept, has chosen."""
    given = answer or {}
    if given.get("type") == "multiple":
        return list(given.get("options", ()))
    if given.get("type") == "true_false":
        value = given.get("value")
        return [] if value is None else [TRUTH[value]]
    return [given["option"]] if given.get("option") else []


def _number(points: Decimal | None) -> float | None:
    return None if points is None else float(points)
