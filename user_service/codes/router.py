"""Codes by mail over HTTP."""

from fastapi import APIRouter, Depends, Request, Response

from libs.deps import Now, asked_language, limited
from libs.errors import Invalid, TooMany, problems
from libs.postgres_deps import SessionDep
from user_service.codes import service
from user_service.codes.errors import CodeRefused
from user_service.codes.schemas import CodeCreate, CodeSent, GrantOut, VerificationCreate
from user_service.mails.templates import best

router = APIRouter(prefix="/v1/codes", tags=["codes"])


@router.post(
    "",
    status_code=202,
    responses=problems(Invalid, TooMany),
    dependencies=[Depends(limited("codes", 20, 3_600, scale="network_size"))],
)
async def create_code(
    body: CodeCreate, session: SessionDep, now: Now, request: Request, response: Response
) -> CodeSent:
    """Mails a six-digit code. The answer is the same for every address; 30 seconds apart, five an
    hour per address, 20 an hour per network.
    """
    parts = request.app.state.resources
    secret = parts.settings.code_secret.get_secret_value()
    response.headers.update((await service.throttle(parts.limits, secret, body.email)).headers)
    await service.ask(session, body, body.locale or best(asked_language(request)), now)
    return CodeSent()


@router.post(
    "/verifications",
    responses=problems(CodeRefused, Invalid, TooMany),
    dependencies=[Depends(limited("verifications", 60, 3_600, scale="network_size"))],
)
async def verify_code(body: VerificationCreate, request: Request) -> GrantOut:
    """Exchanges the right code for a grant of the same purpose. Five tries per code, ten minutes,
    the newest code only.
    """
    parts = request.app.state.resources
    secret = parts.settings.code_secret.get_secret_value()
    grant, expires_at = await service.verify(parts.database, secret, body)
    return GrantOut(grant=grant, expires_at=expires_at)
