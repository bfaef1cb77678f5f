"""Changes of owner over HTTP."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query

from libs.auth import ScopeMissing, WrongRole
from libs.deps import Admin, CurrentUser, Now, Tutor, limited
from libs.errors import Invalid, TooMany, Unauthorized, problems
from libs.hot_reads import RowPage
from libs.pagination import BadCursor, Page, Paging
from libs.postgres_deps import ReadsDep, SessionDep
from session_service.class_roles.errors import PersonUnknown
from session_service.owner_offers import repository, service
from session_service.owner_offers.errors import (
    AccountHeld,
    OwnerOfferClosed,
    OwnerOfferNotFound,
    OwnerPresent,
)
from session_service.owner_offers.schemas import OfferState, OwnerOfferCreate, OwnerOfferOut
from session_service.study_sessions.errors import StudySessionNotFound, StudySessionOver

router = APIRouter(prefix="/v1", tags=["owners"])


@router.post(
    "/study-sessions/{study_session_id}/owner-offers",
    status_code=201,
    responses=problems(
        Unauthorized,
        WrongRole,
        StudySessionNotFound,
        PersonUnknown,
        StudySessionOver,
        Invalid,
        TooMany,
    ),
    dependencies=[Depends(limited("owner_offers", 20, 3_600, by="account"))],
)
async def offer_study_session(
    study_session_id: UUID, body: OwnerOfferCreate, session: SessionDep, user: Tutor, now: Now
) -> OwnerOfferOut:
    """Offers a class to a co-tutor, or any tutor, who owns it once they accept. An offer that is
    open is taken back by that. For its owner.
    """
    return await service.offer(session, user, study_session_id, body.user_code, now)


@router.post(
    "/study-sessions/{study_session_id}/hand-over",
    status_code=201,
    responses=problems(
        Unauthorized,
        WrongRole,
        ScopeMissing,
        StudySessionNotFound,
        PersonUnknown,
        OwnerPresent,
        StudySessionOver,
        Invalid,
    ),
)
async def hand_study_session_over(
    study_session_id: UUID, body: OwnerOfferCreate, session: SessionDep, user: Admin, now: Now
) -> OwnerOfferOut:
    """Offers the class of an owner who is blocked, or about to be erased, to another tutor; admins
    only.
    """
    return await service.hand_over(session, user, study_session_id, body.user_code, now)


@router.get(
    "/owner-offers",
    response_model=Page[OwnerOfferOut],
    responses=problems(Unauthorized, BadCursor, Invalid),
)
async def list_owner_offers(
    reads: ReadsDep,
    user: CurrentUser,
    page: Paging,
    state: Annotated[OfferState | None, Query(description="Only offers in this state.")] = None,
) -> RowPage:
    """Offers to the caller, and those of the caller's own classes, newest first."""
    return await repository.list_page(reads, user.account_id, state, page)


@router.post(
    "/owner-offers/{offer_id}/acceptance",
    responses=problems(
        Unauthorized,
        WrongRole,
        OwnerOfferNotFound,
        OwnerOfferClosed,
        AccountHeld,
        StudySessionOver,
        Invalid,
    ),
)
async def accept_owner_offer(
    offer_id: UUID, session: SessionDep, user: Tutor, now: Now
) -> OwnerOfferOut:
    """Takes the class over, with all its duties; a class that was paused because its old owner is
    blocked or leaving goes on.
    """
    return await service.accept(session, user, offer_id, now)


@router.post(
    "/owner-offers/{offer_id}/refusal",
    responses=problems(Unauthorized, WrongRole, OwnerOfferNotFound, OwnerOfferClosed, Invalid),
)
async def refuse_owner_offer(
    offer_id: UUID, session: SessionDep, user: Tutor, now: Now
) -> OwnerOfferOut:
    """Declines an offer; its owner hears of it."""
    return await service.decline(session, user, offer_id, now)


@router.delete(
    "/owner-offers/{offer_id}",
    status_code=204,
    responses=problems(Unauthorized, WrongRole, OwnerOfferNotFound, OwnerOfferClosed, Invalid),
)
async def withdraw_owner_offer(offer_id: UUID, session: SessionDep, user: Tutor, now: Now) -> None:
    """Takes an offer back; for the class's owner."""
    await service.withdraw(session, user, offer_id, now)
