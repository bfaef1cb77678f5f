"""Queries for policies. Permission is part of every query."""

from uuid import UUID

from sqlalchemy import Uuid, bindparam, select
from sqlalchemy.dialects.postgresql import insert

from libs.auth import Principal
from libs.compiled import Statement
from libs.hot_reads import Query, Row
from libs.hot_writes import Transaction
from libs.postgres import Reads
from session_service.class_roles.models import seen_by, taught_by
from session_service.late_policies.models import NAMES, ClassLatePolicy
from session_service.late_policies.schemas import LatePolicyFields
from session_service.study_sessions.errors import StudySessionNotFound, StudySessionOver
from session_service.study_sessions.models import OVER, StudySession

_CALLER = bindparam("caller", type_=Uuid())
_BY_ID = StudySession.id == bindparam("study_session_id", type_=Uuid())
_POLICY = [ClassLatePolicy.__table__.c[name] for name in NAMES]
_SEEN = Query(
    select(StudySession.id.label("study_session_id"), *_POLICY)
    .outerjoin(ClassLatePolicy, ClassLatePolicy.study_session_id == StudySession.id)
    .where(_BY_ID, seen_by(_CALLER))
)
_HOLD = Statement(
    select(StudySession.state).where(_BY_ID, taught_by(_CALLER)).with_for_update(read=True)
)
_SET = insert(ClassLatePolicy).from_select(
    ["study_session_id", *NAMES],
    select(
        StudySession.id, *(bindparam(one.name, type_=one.type).label(one.name) for one in _POLICY)
    ).where(_BY_ID, taught_by(_CALLER)),
)
_SAVE = Statement(
    _SET.on_conflict_do_update(
        index_elements=["study_session_id"], set_={name: _SET.excluded[name] for name in NAMES}
    ).returning(ClassLatePolicy.study_session_id, *_POLICY)
)


async def get_for(reads: Reads, user: Principal, study_session_id: UUID) -> Row:
    """The policy of a class in which the caller has any place. Raises `StudySessionNotFound`."""
    found = await _SEEN.first(reads, caller=user.account_id, study_session_id=study_session_id)
    if found is None:
        raise StudySessionNotFound
    if found["grace_minutes"] is None:  # the class has none of its own
        found |= LatePolicyFields().model_dump()
    return found


async def save(
    session: Transaction, user: Principal, study_session_id: UUID, wanted: LatePolicyFields
) -> Row:
    """Sets the policy of a class that the caller teaches. Raises `StudySessionNotFound`, or
    `StudySessionOver`.
    """
    held = await _HOLD.run(session, caller=user.account_id, study_session_id=study_session_id)
    if not held:
        raise StudySessionNotFound
    if held[0]["state"] in OVER:
        raise StudySessionOver
    rows = await _SAVE.run(
        session, caller=user.account_id, study_session_id=study_session_id, **wanted.model_dump()
    )
    return rows[0]
