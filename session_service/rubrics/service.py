"""The rules of rubrics."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from libs import etags
from libs.auth import Principal
from libs.hot_reads import Row
from libs.ids import new_id
from session_service.grade_items import repository as grade_items
from session_service.grade_items.schemas import ItemKind
from session_service.marks import by_hand, views
from session_service.marks import repository as mark_rows
from session_service.marks import service as marks
from session_service.marks.trail import Act
from session_service.rubrics import repository, rules
from session_service.rubrics.errors import RubricDoesNotFit, RubricNotFound
from session_service.rubrics.models import Rubric, RubricVersion
from session_service.rubrics.schemas import (
    Criterion,
    ItemRubricOut,
    RubricIn,
    RubricMarkPut,
    RubricOut,
)
from session_service.submission_marks.service import work_of


async def create(
    session: AsyncSession, user: Principal, wanted: RubricIn, now: datetime
) -> RubricOut:
    """Keeps a rubric of one's own."""
    made = Rubric(id=new_id(), owner_id=user.account_id, version=1, created_at=now)
    version = _version(made, wanted)
    await repository.add(session, made, version)
    return _shown(made, version)


async def change(
    session: AsyncSession, user: Principal, rubric_id: UUID, wanted: RubricIn, seen: str | None
) -> RubricOut:
    """Writes a new version; works that are marked by an older one keep it. Raises `RubricNotFound`
    or `Stale`.
    """
    found = await repository.lock_own(session, user, rubric_id)
    etags.check(seen, found.version)
    found.version += 1
    version = _version(found, wanted)
    await repository.add_version(session, version)
    return _shown(found, version)


async def attach(
    session: AsyncSession, user: Principal, item_id: UUID, rubric_id: UUID
) -> ItemRubricOut:
    """Says that a work is marked by one's rubric, in its newest version. Raises `RubricNotFound`,
    `GradeItemNotFound` or `RubricDoesNotFit`.
    """
    rubric = await repository.lock_own(session, user, rubric_id)
    item = await grade_items.lock_taught(session, user, item_id)
    version = await repository.get_version(session, rubric.id, rubric.version)
    if item.kind == ItemKind.ASSESSMENT or version.points != item.points:
        raise RubricDoesNotFit
    await repository.attach(session, item.id, version)
    return ItemRubricOut(
        item_id=item.id,
        rubric_id=rubric.id,
        version=version.version,
        title=version.title,
        points=version.points,
        criteria=_criteria(version),
    )


async def mark(
    session: AsyncSession,
    user: Principal,
    place: by_hand.Place,
    wanted: RubricMarkPut,
    seen: str | None,
) -> Row:
    """Marks a student's work by its rubric. Raises `GradeItemNotFound`, `StudentNotFound`,
    `RubricNotFound`, `RubricDoesNotFit` when the work has other points by now, `Stale`, or
    `Invalid` for choices that the rubric does not have, and for no reason where the student has
    seen the mark.
    """
    item, found = await by_hand.lock_place(session, user, place)
    version = await repository.find_of_item(session, place.item_id)
    if version is None:
        raise RubricNotFound
    if version.points != item.points:
        raise RubricDoesNotFit
    etags.check(seen, found.revision)
    by_hand.check_reason(found, wanted.reason)
    rule = f"{version.rubric_id}@{version.version}"
    old = await mark_rows.list_parts(session, found.id)
    parts = rules.parts(_criteria(version), wanted.choices, old, rule)
    work_id, late = await work_of(session, item, found)
    work = marks.Work(work_id, parts, late, wanted.comment)
    now: datetime = session.info["clock"].now()
    act = Act(user.account_id, wanted.reason, now)
    await marks.set_parts(session, place.item_id, place.student_id, work, act)
    return await views.show(session, user, found.id)


def _version(rubric: Rubric, wanted: RubricIn) -> RubricVersion:
    return RubricVersion(
        rubric_id=rubric.id,
        version=rubric.version,
        title=wanted.title,
        points=sum((one.most for one in wanted.criteria), Decimal("0.00")),
        criteria=[one.model_dump(mode="json") for one in wanted.criteria],
    )


def _criteria(version: RubricVersion) -> list[Criterion]:
    return [Criterion.model_validate(one) for one in version.criteria]


def _shown(rubric: Rubric, version: RubricVersion) -> RubricOut:
    return RubricOut(
        id=rubric.id,
        version=version.version,
        title=version.title,
        points=version.points,
        criteria=_criteria(version),
        created_at=rubric.created_at,
    )
