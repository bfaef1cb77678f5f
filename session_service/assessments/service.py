"""The rules of assessments (S14 to S16, S21): drafts, what is frozen when they are published, and
who may see keys.
"""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from libs import etags, outbox, zones
from libs.auth import Principal
from libs.errors import FieldProblem, Invalid
from libs.events.session_assessments import (
    AssessmentClosed,
    AssessmentEvent,
    AssessmentPublished,
    AssessmentRescheduled,
)
from libs.hot_reads import Row, RowPage
from libs.ids import new_id
from libs.pagination import PageRequest
from libs.postgres import Reads
from session_service.assessments import freezing, papers, repository
from session_service.assessments.errors import AssessmentFrozen, AssessmentIsDraft
from session_service.assessments.models import Assessment, AssessmentItem
from session_service.assessments.schemas import (
    AssessmentCreate,
    AssessmentState,
    AssessmentUpdate,
    Items,
    Paper,
    Window,
)
from session_service.grade_items import service as grade_items
from session_service.grade_items.models import GradeItem
from session_service.grade_items.schemas import ItemKind
from session_service.study_sessions.models import StudySession

AFTER_PUBLISHING = {"title", "description", "closes_at", "key_release"}
"""What can change still: nothing that is asked, and nothing by which it is marked."""
NULLABLE = {"opens_at", "closes_at", "time_limit_minutes", "attempt_limit"}


async def create(
    session: AsyncSession, user: Principal, wanted: AssessmentCreate, now: datetime
) -> Assessment:
    """Makes a draft. Raises `StudySessionNotFound`, `StudySessionNotOpen`, or `Invalid` for a
    window that ends before it begins.
    """
    study_session = await repository.get_class(session, user, wanted.study_session_id)
    study_session.check_open()
    values = wanted.model_dump(exclude={"opens_local", "closes_local", "opens_at", "closes_at"})
    made = Assessment(
        id=new_id(), **values, **_window(wanted, study_session.zone),
        state=AssessmentState.DRAFT.value, question_count=0, points=Decimal("0.00"),
        created_by=user.account_id, created_at=now, published_at=None, closed_at=None, revision=1,
    )  # fmt: skip
    _check_window(made)
    await repository.add(session, made)
    return made


async def change(
    session: AsyncSession,
    user: Principal,
    assessment_id: UUID,
    wanted: AssessmentUpdate,
    if_match: str | None,
) -> Assessment:
    """Changes what the client names; of what is published only `AFTER_PUBLISHING`. Raises
    `AssessmentNotFound`, `Stale`, `AssessmentFrozen` or `Invalid`.
    """
    assessment, study_session = await repository.lock_taught(session, user, assessment_id)
    etags.check(if_match, assessment.revision)
    changes = _changes(wanted, study_session.zone)
    if not assessment.is_draft and not changes.keys() <= AFTER_PUBLISHING:
        raise AssessmentFrozen
    for name, value in changes.items():
        setattr(assessment, name, value)
    _check_window(assessment)
    assessment.revision += 1
    if not assessment.is_draft:
        await _follow(session, assessment, study_session, changes)
    return assessment


async def set_items(
    session: AsyncSession, user: Principal, assessment_id: UUID, wanted: Items, if_match: str | None
) -> Assessment:
    """Says what a draft asks. Raises `AssessmentNotFound`, `Stale`, `AssessmentFrozen`, or
    `Invalid` for a question that is not the caller's to give.
    """
    assessment, _ = await repository.lock_taught(session, user, assessment_id)
    etags.check(if_match, assessment.revision)
    assessment.check_draft()
    rows = await freezing.make_items(session, user.account_id, assessment_id, wanted.items)
    await repository.set_items(session, assessment_id, rows)
    assessment.points, assessment.question_count = _sums(rows)
    assessment.revision += 1
    return assessment


async def publish(
    session: AsyncSession, user: Principal, assessment_id: UUID, now: datetime
) -> Assessment:
    """Freezes the questions by their newest versions, opens the column of the gradebook, and lets
    students see that the assessment is there; what is published already is no news.

    Raises `AssessmentNotFound`, `StudySessionNotOpen`, `AssessmentEmpty`, `PoolTooSmall`,
    `PoolTooLarge`, or `Invalid` for a window that has no end, or has ended.
    """
    assessment, study_session = await repository.lock_taught(session, user, assessment_id)
    if not assessment.is_draft:
        return assessment
    study_session.check_open()
    if assessment.closes_at is None or assessment.closes_at <= now:
        problem = FieldProblem("/closes_at", "closes_in_the_past", "must be set, and lie ahead")
        raise Invalid(fields=[problem])
    rows, items = await freezing.frozen(session, assessment)
    assessment.publish(now, *_sums(items))
    await repository.freeze(session, rows)
    await _open_grade_item(session, assessment, now)
    await _tell(session, AssessmentPublished, assessment, study_session)
    return assessment


async def close(
    session: AsyncSession, user: Principal, assessment_id: UUID, now: datetime
) -> Assessment:
    """Ends an assessment at once; doing it twice is no news. Raises `AssessmentNotFound` or
    `AssessmentIsDraft`.
    """
    assessment, study_session = await repository.lock_taught(session, user, assessment_id)
    await _close(session, assessment, study_session, now)
    return assessment


async def close_due(session: AsyncSession, assessment_id: UUID) -> None:
    """Ends an assessment whose window has closed, unless somebody has done it, or put it off."""
    now: datetime = session.info["clock"].now()
    found = await repository.lock_due(session, assessment_id, now)
    if found is not None:
        assessment, study_session = found
        await _close(session, assessment, study_session, now)


async def _close(
    session: AsyncSession, assessment: Assessment, study_session: StudySession, now: datetime
) -> None:
    if assessment.close(now):
        await _change_grade_item(session, assessment)
        await _tell(session, AssessmentClosed, assessment, study_session)


async def remove(session: AsyncSession, user: Principal, assessment_id: UUID) -> None:
    """Removes a draft. Raises `AssessmentNotFound` or `AssessmentFrozen`."""
    assessment, _ = await repository.lock_taught(session, user, assessment_id)
    assessment.check_draft()
    await repository.remove(session, assessment)


async def list_items(reads: Reads, user: Principal, assessment_id: UUID) -> list[Row]:
    """What an assessment asks, for who teaches it. Raises `AssessmentNotFound`."""
    await repository.check_taught(reads, user, assessment_id)
    return await repository.read_items(reads, assessment_id)


async def list_keyed(
    reads: Reads, user: Principal, assessment_id: UUID, page: PageRequest
) -> RowPage:
    """One page of the frozen questions with their keys, for who teaches it. Raises
    `AssessmentNotFound`.
    """
    await repository.check_taught(reads, user, assessment_id)
    return await repository.list_keyed(reads, assessment_id, page)


async def preview(session: AsyncSession, user: Principal, assessment_id: UUID, seed: str) -> Paper:
    """The paper of a seed, for who teaches it. Raises `AssessmentNotFound` or
    `AssessmentIsDraft`.
    """
    assessment, _ = await repository.get_taught(session, user, assessment_id)
    if assessment.is_draft:
        raise AssessmentIsDraft
    return papers.paper(await repository.sheet(session, assessment), seed)


async def _follow(
    session: AsyncSession,
    assessment: Assessment,
    study_session: StudySession,
    changes: Row,
) -> None:
    """What a change of a published assessment means for others."""
    now: datetime = session.info["clock"].now()
    if "closes_at" in changes:
        if assessment.closes_at is None or assessment.closes_at <= now:
            problem = FieldProblem("/closes_at", "closes_in_the_past", "must lie ahead")
            raise Invalid(fields=[problem])
        assessment.state, assessment.closed_at = AssessmentState.PUBLISHED.value, None
        await _tell(session, AssessmentRescheduled, assessment, study_session)
    await _change_grade_item(session, assessment)


async def _open_grade_item(session: AsyncSession, assessment: Assessment, now: datetime) -> None:
    """Opens the column of the gradebook."""
    item = GradeItem(
        id=assessment.id,
        study_session_id=assessment.study_session_id,
        kind=ItemKind.ASSESSMENT.value,
        title=assessment.title,
        points=assessment.points,
        category=assessment.category,
        release=assessment.release,
        due_at=assessment.closes_at,
        created_at=now,
    )
    await grade_items.open_item(session, item)


async def _change_grade_item(session: AsyncSession, assessment: Assessment) -> None:
    """Lets the column of the gradebook follow: what it is called, and when it is over."""
    over = assessment.closed_at or assessment.closes_at
    await grade_items.change_item(session, assessment.id, title=assessment.title, due_at=over)


def _sums(items: Sequence[AssessmentItem]) -> tuple[Decimal, int]:
    return freezing.points(items), freezing.question_count(items)


def _changes(wanted: AssessmentUpdate, zone: str) -> Row:
    """New values by the names of their columns."""
    given = wanted.model_dump(exclude_unset=True)
    for name in ("opens", "closes"):
        local = given.pop(f"{name}_local", None)
        if local is not None:
            given[f"{name}_at"] = _instant(f"{name}_local", local, zone)
    return {name: value for name, value in given.items() if value is not None or name in NULLABLE}


def _window(wanted: Window, zone: str) -> Row:
    found: Row = {}
    for name in ("opens", "closes"):
        local = getattr(wanted, f"{name}_local")
        at = getattr(wanted, f"{name}_at")
        found[f"{name}_at"] = at if local is None else _instant(f"{name}_local", local, zone)
    return found


def _instant(name: str, local: datetime, zone: str) -> datetime:
    """The instant that is meant; at a change of the clock as with lessons (S-A2)."""
    try:
        return zones.to_instant(local, zone)
    except OverflowError as error:
        problem = FieldProblem(f"/{name}", "out_of_range", "not a time that can be kept")
        raise Invalid(fields=[problem]) from error


def _check_window(assessment: Assessment) -> None:
    opens, closes = assessment.opens_at, assessment.closes_at
    if opens is not None and closes is not None and closes <= opens:
        problem = FieldProblem("/closes_at", "closes_before_it_opens", "must be after opens_at")
        raise Invalid(fields=[problem])


async def _tell(
    session: AsyncSession,
    event: type[AssessmentEvent],
    assessment: Assessment,
    study_session: StudySession,
) -> None:
    about = {
        "study_session_id": study_session.id,
        "session_code": study_session.session_code,
        "assessment_id": assessment.id,
        "tutor_id": study_session.tutor_id,
        "opens_at": assessment.opens_at,
        "closes_at": assessment.closes_at,
        "revision": assessment.revision,
    }
    await outbox.publish(session, event.model_validate(about))
