"""What is asked: the items of a draft, and the questions that are frozen when it is published."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from libs.errors import FieldProblem, Invalid
from libs.ids import new_id
from session_service.assessments import repository
from session_service.assessments.errors import AssessmentEmpty, PoolTooLarge, PoolTooSmall
from session_service.assessments.models import Assessment, AssessmentItem, AssessmentQuestion
from session_service.assessments.schemas import MOST_QUESTIONS, Item
from session_service.questions import repository as questions
from session_service.questions.repository import Current

MOST_POINTS = Decimal(10_000)
MOST_POOLED = 2_000
"""Questions from which an assessment draws: each is frozen, and each paper looks at all."""
"""As any column of a gradebook."""


async def make_items(
    session: AsyncSession, caller: UUID, assessment_id: UUID, wanted: Sequence[Item]
) -> list[AssessmentItem]:
    """The items that somebody wants, each from the own bank, or as another has put it there (R8).
    Raises `Invalid`.
    """
    there = await repository.items(session, assessment_id)
    shared = {one.question_id for one in there} | {(one.bank_id, one.tag) for one in there}
    ids = [one.question_id for one in wanted if one.question_id is not None]
    known = {question.id: (question, newest)
             for question, newest in await questions.find_current(session, ids)
             if question.owner_id == caller or question.id in shared}  # fmt: skip
    for place, one in enumerate(wanted):
        bank = one.bank_id or caller
        allowed = one.question_id in known if one.tag is None else (
            bank == caller or (bank, one.tag) in shared
        )  # fmt: skip
        if not allowed:
            problem = FieldProblem(f"/items/{place}", "question_unknown", "not in your bank")
            raise Invalid(fields=[problem])
    made = [_item(caller, assessment_id, place, one, known) for place, one in enumerate(wanted)]
    _check(made)
    return made


def _item(
    caller: UUID, assessment_id: UUID, place: int, one: Item, known: Mapping[UUID, Current]
) -> AssessmentItem:
    points, negative, bank = Decimal("1.00"), Decimal("0.00"), one.bank_id or caller
    if one.question_id is not None:
        question, newest = known[one.question_id]
        points, negative, bank = newest.points, newest.negative, question.owner_id
    return AssessmentItem(
        id=new_id(),
        assessment_id=assessment_id,
        position=place,
        question_id=one.question_id,
        tag=one.tag,
        bank_id=bank,
        count=one.count,
        points=points if one.points is None else one.points,
        negative=negative if one.negative is None else one.negative,
    )


def _check(made: Sequence[AssessmentItem]) -> None:
    fixed = [one.question_id for one in made if one.question_id is not None]
    for wrong, code, detail in (
        (len(fixed) > len(set(fixed)), "question_twice", "the same question twice"),
        (question_count(made) > MOST_QUESTIONS, "too_many_questions", f"{MOST_QUESTIONS} at most"),
        (points(made) > MOST_POINTS, "too_many_points", f"{MOST_POINTS} points at most"),
    ):
        if wrong:
            raise Invalid(fields=[FieldProblem("/items", code, detail)])


def question_count(made: Sequence[AssessmentItem]) -> int:
    """How many questions each paper has."""
    return sum(one.count for one in made)


def points(made: Sequence[AssessmentItem]) -> Decimal:
    """The points of each paper, from its parts."""
    return sum((one.count * one.points for one in made), Decimal("0.00"))


async def frozen(
    session: AsyncSession, assessment: Assessment
) -> tuple[list[AssessmentQuestion], Sequence[AssessmentItem]]:
    """The questions that a draft freezes, by their newest versions: no question twice, so that no
    paper has one twice. Where pools have questions in common, those with fewest are served first.
    Raises `AssessmentEmpty`, `PoolTooSmall` or `PoolTooLarge`.
    """
    rows = await repository.items(session, assessment.id)
    if not rows:
        raise AssessmentEmpty
    fixed = [one.question_id for one in rows if one.question_id is not None]
    found = {question.id: (question, newest)
             for question, newest in await questions.find_current(session, fixed)}  # fmt: skip
    chosen = {one.position: [found[one.question_id]] for one in rows if one.question_id is not None}
    draws = [one for one in rows if one.tag is not None]
    chosen |= _pools(draws, await _tagged(session, draws), set(fixed))
    made = [_question(one, current) for one in rows for current in chosen[one.position]]
    return made, rows


async def _tagged(session: AsyncSession, draws: Sequence[AssessmentItem]) -> list[Current]:
    if not draws:
        return []
    tags = {one.tag for one in draws if one.tag is not None}
    owners = list({one.bank_id for one in draws})
    found = await questions.find_tagged(session, owners, list(tags), MOST_POOLED + 1)
    if len(found) > MOST_POOLED:
        raise PoolTooLarge
    return found


def _pools(
    draws: Sequence[AssessmentItem], tagged: Sequence[Current], taken: set[UUID]
) -> dict[int, list[Current]]:
    def fits(item: AssessmentItem) -> list[Current]:
        return [
            one for one in tagged if one[0].owner_id == item.bank_id and item.tag in one[0].tags
        ]

    pools: dict[int, list[Current]] = {}
    for item in sorted(draws, key=lambda one: (len(fits(one)) - one.count, one.position)):
        pool = [one for one in fits(item) if one[0].id not in taken]
        if len(pool) < item.count:
            detail = f"{len(pool)} questions are left for {item.count} with the tag {item.tag!r}"
            problem = FieldProblem(f"/items/{item.position}", PoolTooSmall.code, detail)
            raise PoolTooSmall(fields=[problem])
        pools[item.position] = pool
        taken |= {question.id for question, _ in pool}
    return pools


def _question(item: AssessmentItem, current: Current) -> AssessmentQuestion:
    question, newest = current
    return AssessmentQuestion(
        id=new_id(),
        assessment_id=item.assessment_id,
        item=item.position,
        question_id=question.id,
        version_id=newest.id,
        key_version_id=newest.id,
        points=item.points,
        negative=item.negative,
    )
