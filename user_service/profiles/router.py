"""Profiles over HTTP."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response

from libs import etags
from libs.auth import AccountBlocked
from libs.deps import CurrentUser
from libs.errors import Invalid, Stale, Unauthorized, problems
from libs.etags import TagsDep
from libs.postgres_deps import ReadsDep, SessionDep
from user_service.accounts.errors import AccountNotFound
from user_service.profiles import service
from user_service.profiles.errors import ProfileNotFound
from user_service.profiles.schemas import (
    MOST_CODES,
    ProfileCard,
    ProfileCards,
    ProfileOut,
    ProfileUpdate,
    UserCode,
)

router = APIRouter(prefix="/v1", tags=["profiles"])


@router.get(
    "/me/profile",
    response_model=ProfileOut,
    responses=problems(Unauthorized, AccountBlocked, AccountNotFound),
)
async def get_my_profile(
    user: CurrentUser, reads: ReadsDep, request: Request, response: Response
) -> Any:
    """One's own profile; its `ETag` is for the change that may follow."""
    shown, revision = await service.read_own(reads, request.app.state.objects, user.account_id)
    response.headers["ETag"] = etags.of(revision)
    return shown


@router.patch(
    "/me/profile",
    response_model=ProfileOut,
    responses=problems(Unauthorized, AccountBlocked, AccountNotFound, Stale, Invalid),
)
async def update_my_profile(
    body: ProfileUpdate,
    user: CurrentUser,
    session: SessionDep,
    request: Request,
    tags: TagsDep,
) -> Any:
    """Changes what the body names. With `If-Match` only the profile that one has seen.

    `zone` is a name of the IANA database. A deprecated name is taken and shown as today's
    (`Asia/Calcutta` becomes `Asia/Kolkata`); abbreviations and offsets are refused, and the
    field's problem has `suggestions`.
    """
    objects = request.app.state.objects
    shown, revision = await service.update(session, objects, user.account_id, body, tags.if_match)
    tags.show(revision)
    return shown


@router.get(
    "/profiles",
    response_model=ProfileCards,
    responses=problems(Unauthorized, AccountBlocked, Invalid),
)
async def list_profiles(
    user: CurrentUser,  # noqa: ARG001  (whoever has signed in)
    reads: ReadsDep,
    request: Request,
    code: Annotated[list[UserCode], Query(min_length=1, max_length=MOST_CODES)],
) -> Any:
    """What people see of each other, for up to 100 codes (`?code=…&code=…`). Unknown codes are
    left out.
    """
    return {"items": await service.read_cards(reads, request.app.state.objects, code)}


@router.get(
    "/profiles/{user_code}",
    response_model=ProfileCard,
    responses=problems(Unauthorized, AccountBlocked, ProfileNotFound, Invalid),
)
async def get_profile(
    user: CurrentUser,  # noqa: ARG001  (whoever has signed in)
    reads: ReadsDep,
    request: Request,
    user_code: Annotated[UserCode, Path()],
) -> Any:
    """What people see of one person."""
    return await service.read_card(reads, request.app.state.objects, user_code)
