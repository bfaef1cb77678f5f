"""Saving one answer (S20, S-A7): one statement, which holds the permission and the deadline."""

from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import DateTime, Integer, Text, Uuid, and_, bindparam, cast, literal, or_, select
from sqlalchemy.dialects.postgresql import JSONB, insert

from libs import log
from libs.auth import Principal
from libs.compiled import Statement
from libs.errors import FieldProblem, Invalid
from libs.hot_writes import Transaction
from session_service.assessments.models import AssessmentQuestion
from session_service.attempts import files
from session_service.attempts.errors import AttemptClosed, AttemptNotFound, QuestionNotInPaper
from session_service.attempts.models import Attempt, AttemptAnswer
from session_service.attempts.schemas import AnswerPut, AnswerSaved, AttemptState, Ending
from session_service.class_roles.models import attended_by
from session_service.question_rules.contents import AnyContent
from session_service.questions.models import CONTENT, QuestionVersion

_CALLER = bindparam("caller", type_=Uuid())
_ATTEMPT = bindparam("attempt_id", type_=Uuid())
_QUESTION = bindparam("question_id", type_=Uuid())
_NOW = bindparam("now", type_=DateTime(timezone=True))
_MINE = and_(
    Attempt.id == _ATTEMPT,
    Attempt.student_id == _CALLER,
    attended_by(_CALLER, Attempt.study_session_id),
)
_OPEN = (
    select(Attempt.id, Attempt.deadline)
    .where(
        _MINE,
        Attempt.state != AttemptState.VOIDED.value,
        or_(Attempt.ending.is_(None), Attempt.ending != Ending.SUBMITTED.value),
        Attempt.marked_at.is_(None),
        Attempt.takes_until > _NOW,
        Attempt.question_ids.any_() == _QUESTION,
    )
    .with_for_update(read=True, of=Attempt)
    .cte("taking")
)
_fresh = insert(AttemptAnswer).from_select(
    ["attempt_id", "question_id", "revision", "answer", "saved_at"],
    select(
        _OPEN.c.id,
        _QUESTION,
        bindparam("revision", type_=Integer()),
        cast(bindparam("answer", type_=Text()), JSONB),
        _NOW,
    ),
)
_SAVED = (
    _fresh.on_conflict_do_update(
        index_elements=["attempt_id", "question_id"],
        set_={name: _fresh.excluded[name] for name in ("revision", "answer", "saved_at")},
        where=AttemptAnswer.revision < _fresh.excluded.revision,
    )
    .returning(AttemptAnswer.revision)
    .cte("saved")
)
_SAVE = Statement(
    select(_OPEN.c.deadline, _SAVED.c.revision)
    .select_from(_OPEN.outerjoin(_SAVED, literal(True)))
)  # fmt: skip
"""No row: not taken in. A row without a revision: there is one that is as new, or newer."""
_ACCEPTED = Statement(
    select(
        (Attempt.question_ids.any_() == _QUESTION).label("asked"),
        Attempt.deadline,
        AttemptAnswer.revision,
    )
    .outerjoin(
        AttemptAnswer,
        and_(AttemptAnswer.attempt_id == Attempt.id, AttemptAnswer.question_id == _QUESTION),
    )
    .where(_MINE)
)
_CONTENT = Statement(
    select(QuestionVersion.content)
    .join(AssessmentQuestion, AssessmentQuestion.version_id == QuestionVersion.id)
    .where(AssessmentQuestion.id == _QUESTION)
)
MOST_KNOWN = 5_000
_known: dict[UUID, AnyContent] = {}
"""What questions ask: never changed once they are frozen. No key is among it."""

logger = log.get(__name__)


class Target(NamedTuple):
    """Which answer of which attempt."""

    attempt_id: UUID
    question_id: UUID


async def save(
    session: Transaction, user: Principal, target: Target, wanted: AnswerPut, now: datetime
) -> AnswerSaved:
    """Saves an answer; a revision that is not above the accepted one changes nothing.

    Raises `AttemptNotFound`, `QuestionNotInPaper`, `AttemptClosed` with the accepted revision when
    it comes too late, or `Invalid` for what can be no answer to the question.
    """
    place = {"caller": user.account_id, **target._asdict()}
    await _check(session, place, wanted)
    await files.check(session, user, target.attempt_id, [("/answer", wanted.answer)])
    rows = await _SAVE.run(
        session, **place, now=now, revision=wanted.revision, answer=wanted.answer.model_dump_json()
    )
    if not rows:
        raise AttemptClosed.at((await _accepted(session, place))["revision"] or 0)
    deadline, revision = rows[0]["deadline"], rows[0]["revision"]
    if revision is None:
        revision = (await _accepted(session, place))["revision"]
    elif now >= deadline:
        late = (now - deadline).total_seconds()
        logger.info("answer_in_allowance", attempt=str(target.attempt_id), late_seconds=late)
    return AnswerSaved(
        question_id=target.question_id, revision=revision, deadline=deadline, server_time=now
    )


async def _check(session: Transaction, place: dict[str, Any], wanted: AnswerPut) -> None:
    content = await _content(session, place["question_id"])
    if content is None:
        await _accepted(session, place)
        raise QuestionNotInPaper
    misfit = content.misfit(wanted.answer)
    if misfit is not None:
        await _accepted(session, place)
        raise Invalid(fields=[FieldProblem("/answer", misfit, "no answer to this question")])


async def _accepted(session: Transaction, place: dict[str, Any]) -> dict[str, Any]:
    """What is accepted. Raises `AttemptNotFound` or `QuestionNotInPaper`."""
    found = await _ACCEPTED.run(session, **place)
    if not found:
        raise AttemptNotFound
    if not found[0]["asked"]:
        raise QuestionNotInPaper
    return found[0]


async def _content(session: Transaction, question_id: UUID) -> AnyContent | None:
    if question_id not in _known:
        found = await _CONTENT.run(session, question_id=question_id)
        if not found:
            return None
        while len(_known) >= MOST_KNOWN:
            _known.pop(next(iter(_known)))
        _known[question_id] = CONTENT.validate_python(found[0]["content"])
    return _known[question_id]
