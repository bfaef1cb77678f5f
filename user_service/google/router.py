"""Sign-in by Google over HTTP."""

from fastapi import APIRouter, Depends, Request, Response

from libs.auth import AccountBlocked
from libs.deps import limited, shown_network
from libs.errors import Invalid, TooMany, Unavailable, problems
from user_service.google import service
from user_service.google.errors import GoogleOff, GoogleTokenRefused
from user_service.google.id_tokens import IdTokens
from user_service.google.schemas import GoogleLoginCreate, GoogleNewcomer
from user_service.logins.devices import Device
from user_service.logins.schemas import LoginOut
from user_service.logins.tokens import Signer

router = APIRouter(prefix="/v1", tags=["logins"])


@router.post(
    "/google-logins",
    status_code=201,
    responses={
        200: {"model": GoogleNewcomer, "description": "There is no account yet."},
        201: {"model": LoginOut, "description": "Signed in."},
        **problems(GoogleTokenRefused, AccountBlocked, GoogleOff, Invalid, TooMany, Unavailable),
    },
    dependencies=[Depends(limited("google-logins", 60, 60))],
)
async def create_google_login(
    body: GoogleLoginCreate, request: Request, response: Response
) -> LoginOut | GoogleNewcomer:
    """Signs in by an ID token of Google's, which is verified here. The first time the account with
    the same address is linked; where there is none, the answer is 200 with a grant to sign up.
    """
    parts = request.app.state.resources
    google: IdTokens = parts.google
    if not google.on:
        raise GoogleOff
    person = await google.verify(body.id_token.get_secret_value(), body.nonce)
    device = Device(body.device, shown_network(request), body.device_id)
    entered = await service.sign_in(parts.database, parts.settings, person, device)
    if isinstance(entered, GoogleNewcomer):
        response.status_code = 200
        return entered
    return await Signer(parts.keys, parts.settings).answer(*entered)
