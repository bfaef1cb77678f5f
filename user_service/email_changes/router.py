"""Another address over HTTP."""

from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response

from libs.auth import AccountBlocked, ScopeMissing
from libs.deps import OwnLogin, limited
from libs.errors import Invalid, TooMany, Unauthorized, problems
from user_service.accounts.errors import AccountNotFound, EmailTaken
from user_service.codes.errors import CodeRefused
from user_service.email_changes import service
from user_service.email_changes.errors import EmailChangeNotFound, EmailUnchanged
from user_service.email_changes.models import EmailChange
from user_service.email_changes.schemas import Confirmation, EmailChangeCreate, EmailChangeOut

router = APIRouter(prefix="/v1/me/email-changes", tags=["email changes"])


@router.post(
    "",
    status_code=202,
    response_model=EmailChangeOut,
    responses=problems(
        Unauthorized, AccountBlocked, ScopeMissing, AccountNotFound, EmailUnchanged, Invalid,
        TooMany,
    ),
    dependencies=[Depends(limited("email-changes", 5, 3_600, by="account"))],
)  # fmt: skip
async def create_email_change(
    body: EmailChangeCreate, user: OwnLogin, request: Request, response: Response
) -> EmailChange:
    """Mails a code to one's present address and one to the wanted address, 30 seconds apart and
    five an hour for each. The answer is the same for every address.
    """
    parts = request.app.state.resources
    secret = parts.settings.code_secret.get_secret_value()
    change, hit = await service.ask(parts.database, parts.limits, secret, user, body.email)
    response.headers.update(hit.headers)
    return change


@router.post(
    "/{change_id}/confirmation",
    status_code=204,
    responses=problems(
        Unauthorized, AccountBlocked, ScopeMissing, AccountNotFound, EmailChangeNotFound,
        CodeRefused, EmailTaken, Invalid,
    ),
)  # fmt: skip
async def confirm_email_change(
    change_id: UUID, body: Confirmation, user: OwnLogin, request: Request
) -> None:
    """Changes one's address with both codes: five tries, ten minutes. Both addresses are told."""
    parts = request.app.state.resources
    secret = parts.settings.code_secret.get_secret_value()
    await service.confirm(parts.database, secret, user, change_id, body)
