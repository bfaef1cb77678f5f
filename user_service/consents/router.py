"""Consents over HTTP."""

from fastapi import APIRouter, Request

from libs.auth import AccountBlocked, ScopeMissing
from libs.deps import CurrentUser, Now, OwnLogin
from libs.errors import Invalid, Unauthorized, problems
from libs.pagination import BadCursor, Page, Paging
from libs.postgres_deps import SessionDep
from user_service.consents import service
from user_service.consents.errors import ConsentNeeded, ConsentOutdated
from user_service.consents.models import Consent
from user_service.consents.schemas import (
    ConsentOut,
    ConsentSet,
    ConsentsOut,
    OwnPurpose,
)

router = APIRouter(prefix="/v1/me/consents", tags=["consents"])


@router.get("", responses=problems(Unauthorized, AccountBlocked))
async def get_consents(
    user: CurrentUser, session: SessionDep, now: Now, request: Request
) -> ConsentsOut:
    """What one has agreed to, and what is still missing."""
    rules = request.app.state.resources.settings.consent_rules
    return await service.show(session, user.account_id, rules, now)


@router.get("/history", responses=problems(Unauthorized, AccountBlocked, BadCursor, Invalid))
async def list_consents(user: CurrentUser, session: SessionDep, page: Paging) -> Page[ConsentOut]:
    """Everything that one has ever said about consents, newest first."""
    items, cursor = await service.list_page(session, user.account_id, page)
    shown = [ConsentOut.model_validate(item) for item in items]
    return Page[ConsentOut](items=shown, next_cursor=cursor)


@router.put(
    "/{purpose}",
    response_model=ConsentOut,
    responses=problems(
        Unauthorized, AccountBlocked, ScopeMissing, ConsentNeeded, ConsentOutdated, Invalid
    ),
)
async def put_consent(
    purpose: OwnPurpose, body: ConsentSet, user: OwnLogin, session: SessionDep, request: Request
) -> Consent:
    """Gives a consent, or takes it back."""
    rules = request.app.state.resources.settings.consent_rules
    return await service.state(session, user.account_id, purpose, body, rules)
