"""Sign-in by Google over HTTP."""

from typing import Any

from fastapi import APIRouter, Depends, Request, Response

from libs.auth import AccountBlocked, LoginRevoked, ScopeMissing
from libs.deps import OwnLogin, limited, shown_network
from libs.errors import Invalid, TooMany, Unauthorized, Unavailable, problems
from libs.postgres_deps import SessionDep
from user_service.accounts.errors import AccountNotFound
from user_service.factors.errors import StepUpNeeded
from user_service.google import service
from user_service.google.errors import (
    GoogleNotForAdmins,
    GoogleNotLinked,
    GoogleOff,
    GoogleTokenRefused,
)
from user_service.google.id_tokens import GooglePerson, IdTokens
from user_service.google.schemas import (
    GoogleLinkCreate,
    GoogleLoginCreate,
    GoogleNewcomer,
    GoogleNonce,
)
from user_service.google_links.errors import GoogleLinkTaken
from user_service.logins.devices import Device
from user_service.logins.schemas import LoginOut, SecondFactorNeeded
from user_service.logins.tokens import Signer

router = APIRouter(prefix="/v1", tags=["logins"])


@router.post(
    "/google-logins/nonces",
    status_code=201,
    responses=problems(GoogleOff, TooMany),
    dependencies=[Depends(limited("google-nonces", 60, 60))],
)
async def create_google_nonce(session: SessionDep, request: Request) -> GoogleNonce:
    """A nonce for Google to put into the ID token, so that the token signs in once and within five
    minutes. A token without one is good for as long as Google says; one with another is refused.
    """
    parts = request.app.state.resources
    if not parts.google.on:
        raise GoogleOff
    return await service.ask_nonce(session, parts.settings)


@router.post(
    "/google-logins",
    status_code=201,
    responses={
        200: {"model": GoogleNewcomer, "description": "There is no account yet."},
        201: {"model": LoginOut, "description": "Signed in."},
        202: {"model": SecondFactorNeeded, "description": "Show a second factor as well."},
        **problems(
            GoogleTokenRefused,
            AccountBlocked,
            GoogleNotForAdmins,
            GoogleOff,
            Invalid,
            TooMany,
            Unavailable,
        ),
    },
    dependencies=[Depends(limited("google-logins", 60, 60))],
)
async def create_google_login(
    body: GoogleLoginCreate, request: Request, response: Response
) -> LoginOut | SecondFactorNeeded | GoogleNewcomer:
    """Signs in by an ID token of Google's, which is verified here. The first time the account with
    the same address is linked, if Google runs the address (Gmail, or a domain that Google hosts);
    where there is none, the answer is 200 with a grant to sign up. With any other address sign in
    otherwise, and link the Google account by `PUT /v1/me/google`.
    """
    parts = request.app.state.resources
    person = await _person(parts, body)
    device = Device(body.device, shown_network(request), body.device_id)
    entered = await service.sign_in(
        parts.database, parts.settings, person, device, body.device_token
    )
    if isinstance(entered, GoogleNewcomer):
        response.status_code = 200
        return entered
    account, begun = entered
    if isinstance(begun, SecondFactorNeeded):
        response.status_code = 202
        return begun
    return await Signer(parts.keys, parts.settings).answer(account, begun)


async def _person(parts: Any, body: GoogleLoginCreate | GoogleLinkCreate) -> GooglePerson:
    google: IdTokens = parts.google
    if not google.on:
        raise GoogleOff
    return await google.verify(body.id_token.get_secret_value())


@router.put(
    "/me/google",
    status_code=204,
    responses=problems(
        Unauthorized,
        GoogleTokenRefused,
        LoginRevoked,
        AccountBlocked,
        ScopeMissing,
        StepUpNeeded,
        GoogleNotForAdmins,
        AccountNotFound,
        GoogleOff,
        GoogleLinkTaken,
        Invalid,
        TooMany,
        Unavailable,
    ),
    dependencies=[Depends(limited("google-links", 60, 60))],
)
async def link_my_google_account(body: GoogleLinkCreate, user: OwnLogin, request: Request) -> None:
    """Links one's account with a Google account of any address, so that it signs in. Whoever has
    just shown the password or a second factor can do so.
    """
    parts = request.app.state.resources
    await service.link(parts.database, parts.settings, user, await _person(parts, body))


@router.delete(
    "/me/google",
    status_code=204,
    responses=problems(
        Unauthorized, AccountBlocked, ScopeMissing, AccountNotFound, GoogleNotLinked
    ),
)
async def delete_my_google_link(session: SessionDep, user: OwnLogin) -> None:
    """Removes the link to one's Google account. Whoever signs in by Google with the same address
    later links it again.
    """
    await service.unlink(session, user)
