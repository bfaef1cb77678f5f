"""Queries for offers. Permission is part of every query."""

from uuid import UUID

from sqlalchemy import ColumnElement, Uuid, bindparam, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from libs.hot_reads import PageQuery, RowPage, columns_of
from libs.pagination import PageRequest
from libs.postgres import Reads
from session_service.owner_offers.errors import OwnerOfferNotFound
from session_service.owner_offers.models import OwnerOffer
from session_service.owner_offers.schemas import OfferState, OwnerOfferOut
from session_service.study_sessions import repository as study_sessions
from session_service.study_sessions.models import StudySession

_CALLER = bindparam("caller", type_=Uuid())
_PAGE = PageQuery(
    select(
        *columns_of(OwnerOffer, OwnerOfferOut, without=("session_code", "study_session_name")),
        StudySession.session_code,
        StudySession.name.label("study_session_name"),
    )
    .join(StudySession, StudySession.id == OwnerOffer.study_session_id)
    .where(or_(OwnerOffer.to_id == _CALLER, StudySession.tutor_id == _CALLER)),
    OwnerOffer.id,
    {"state": OwnerOffer.state == bindparam("state")},
)


async def add(session: AsyncSession, offer: OwnerOffer) -> None:
    """Adds an offer; the class is locked and has no open one."""
    session.add(offer)
    await session.flush()


async def find_open(session: AsyncSession, study_session_id: UUID) -> OwnerOffer | None:
    """The open offer of a class that is locked."""
    return await session.scalar(
        select(OwnerOffer).where(
            OwnerOffer.study_session_id == study_session_id, OwnerOffer.state == OfferState.OPEN
        )
    )


async def lock_received(
    session: AsyncSession, to_id: UUID, offer_id: UUID
) -> tuple[OwnerOffer, StudySession]:
    """An offer to somebody and its class, which is locked. Raises `OwnerOfferNotFound`."""
    return await _lock(session, offer_id, OwnerOffer.to_id == to_id)


async def lock_own(
    session: AsyncSession, owner_id: UUID, offer_id: UUID
) -> tuple[OwnerOffer, StudySession]:
    """An offer of a class of somebody's, which is locked. Raises `OwnerOfferNotFound`."""
    owned = select(StudySession.id).where(StudySession.tutor_id == owner_id)
    return await _lock(session, offer_id, OwnerOffer.study_session_id.in_(owned))


async def _lock(
    session: AsyncSession, offer_id: UUID, allowed: ColumnElement[bool]
) -> tuple[OwnerOffer, StudySession]:
    wanted = select(OwnerOffer).where(OwnerOffer.id == offer_id, allowed)
    seen = await session.scalar(wanted)
    if seen is None:
        raise OwnerOfferNotFound
    found = await study_sessions.lock(session, seen.study_session_id)
    # What was read before the lock may be old.
    offer = await session.scalar(wanted, execution_options={"populate_existing": True})
    if offer is None:
        raise OwnerOfferNotFound
    return offer, found


async def list_page(
    reads: Reads, caller: UUID, state: OfferState | None, page: PageRequest
) -> RowPage:
    """Offers to the caller and of the caller's classes, newest first."""
    return await _PAGE.page(reads, page, caller=caller, state=state)
