"""One's own second factors over HTTP.

These routes, and signing out, also take the narrowed token of an admin who has no factor yet.
"""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request

from libs.auth import AccountBlocked, LoginRevoked, Principal, ScopeMissing
from libs.deps import OwnCaller, limited
from libs.errors import Invalid, TooMany, Unauthorized, problems
from libs.postgres_deps import SessionDep
from user_service.accounts import repository as accounts
from user_service.accounts.errors import AccountNotFound
from user_service.factors import service, step_ups
from user_service.factors.errors import (
    EnrolmentNotFound,
    FactorNeeded,
    FactorNotFound,
    LastFactorKept,
    StepUpNeeded,
    StepUpRefused,
    TooManyPasskeys,
    TotpKnown,
)
from user_service.factors.schemas import (
    Enrolled,
    FactorsOut,
    PasskeyCreate,
    PasskeyEnrolled,
    PasskeyOut,
    RecoveryCodesOut,
    RegistrationAsked,
    StepUpAsked,
    StepUpByFactor,
    StepUpByPassword,
    StepUpOut,
    TotpBegun,
    TotpConfirm,
    TotpOut,
)
from user_service.logins.errors import TooManyTries
from user_service.logins.models import ENROLL_ONLY
from user_service.proofs import service as proofs
from user_service.proofs.errors import (
    ChallengeRefused,
    FactorRefused,
    PasskeyKnown,
    TooManyFactorTries,
)

router = APIRouter(
    prefix="/v1",
    tags=["factors"],
    dependencies=[Depends(limited("factors", 120, 60))],
)
_REFUSALS = (Unauthorized, LoginRevoked, AccountBlocked, ScopeMissing, AccountNotFound, TooMany)
_CHANGES = (*_REFUSALS, StepUpNeeded)


Enroller = Annotated[Principal, Depends(OwnCaller(ENROLL_ONLY))]


@router.get("/factors", responses=problems(*_REFUSALS))
async def get_factors(user: Enroller, session: SessionDep, request: Request) -> FactorsOut:
    """One's own second factors."""
    settings = request.app.state.resources.settings
    account = await accounts.get(session, user.account_id)
    held = await proofs.held(session, account.id)
    return FactorsOut(
        totp=TotpOut.model_validate(held.totp) if held.totp else None,
        passkeys=[PasskeyOut.model_validate(passkey) for passkey in held.passkeys],
        recovery_codes_left=held.recovery_codes,
        required=service.is_required(settings, account.role),
    )


@router.post("/factors/totp", status_code=201, responses=problems(*_CHANGES, TotpKnown))
async def create_totp(user: Enroller, session: SessionDep, request: Request) -> TotpBegun:
    """Begins with an authenticator app: it counts once it is confirmed, within 15 minutes."""
    return await service.begin_totp(session, request.app.state.resources.settings, user)


@router.post(
    "/factors/totp/confirmations",
    responses=problems(*_CHANGES, FactorRefused, EnrolmentNotFound, Invalid),
)
async def confirm_totp(
    body: TotpConfirm, user: Enroller, session: SessionDep, request: Request
) -> Enrolled:
    """Confirms the app with the code that it shows. With the first factor all other logins end; a
    login that was narrowed to enrolment gets whole tokens from its next refresh on.
    """
    settings = request.app.state.resources.settings
    codes = await service.confirm_totp(session, settings, user, body.code)
    return Enrolled(recovery_codes=codes)


@router.delete(
    "/factors/totp", status_code=204, responses=problems(*_CHANGES, FactorNotFound, LastFactorKept)
)
async def delete_totp(user: Enroller, session: SessionDep, request: Request) -> None:
    """Removes the authenticator app. All other logins end."""
    await service.remove_totp(session, request.app.state.resources.settings, user)


@router.post(
    "/factors/passkey-challenges",
    status_code=201,
    responses=problems(*_CHANGES, TooManyPasskeys),
)
async def create_passkey_challenge(
    user: Enroller, session: SessionDep, request: Request
) -> RegistrationAsked:
    """Begins with a passkey: `options` are for `navigator.credentials.create()`."""
    settings = request.app.state.resources.settings
    asked, options = await service.begin_passkey(session, settings, user)
    return RegistrationAsked(challenge=asked.token, expires_at=asked.expires_at, options=options)


@router.post(
    "/factors/passkeys",
    status_code=201,
    responses=problems(
        *_CHANGES, ChallengeRefused, FactorRefused, PasskeyKnown, TooManyPasskeys, Invalid
    ),
)
async def create_passkey(body: PasskeyCreate, user: Enroller, request: Request) -> PasskeyEnrolled:
    """Adds the passkey that the browser made. With the first factor all other logins end; a login
    that was narrowed to enrolment gets whole tokens from its next refresh on.
    """
    parts = request.app.state.resources
    passkey, codes = await service.add_passkey(parts.database, parts.settings, user, body)
    return PasskeyEnrolled(passkey=PasskeyOut.model_validate(passkey), recovery_codes=codes)


@router.delete(
    "/factors/passkeys/{passkey_id}",
    status_code=204,
    responses=problems(*_CHANGES, FactorNotFound, LastFactorKept, Invalid),
)
async def delete_passkey(
    passkey_id: UUID, user: Enroller, session: SessionDep, request: Request
) -> None:
    """Removes a passkey. All other logins end."""
    settings = request.app.state.resources.settings
    await service.remove_passkey(session, settings, user, passkey_id)


@router.post(
    "/factors/recovery-codes", status_code=201, responses=problems(*_CHANGES, FactorNotFound)
)
async def create_recovery_codes(
    user: Enroller, session: SessionDep, request: Request
) -> RecoveryCodesOut:
    """Ten new recovery codes, shown this once; all old ones are void."""
    settings = request.app.state.resources.settings
    codes = await service.renew_recovery_codes(session, settings, user)
    return RecoveryCodesOut(recovery_codes=codes)


@router.post("/step-ups/challenges", status_code=201, responses=problems(*_REFUSALS))
async def create_step_up_challenge(
    user: Enroller, session: SessionDep, request: Request
) -> StepUpAsked:
    """A challenge for a step-up by a second factor: five minutes, five tries."""
    settings = request.app.state.resources.settings
    asked, held = await step_ups.ask(session, settings, user.account_id)
    return StepUpAsked(
        challenge=asked.token,
        expires_at=asked.expires_at,
        factors=held.kinds,
        passkey=held.options(settings, asked.token),
    )


@router.post(
    "/step-ups/factor",
    responses=problems(*_REFUSALS, ChallengeRefused, FactorRefused, TooManyFactorTries, Invalid),
)
async def step_up_by_factor(body: StepUpByFactor, user: Enroller, request: Request) -> StepUpOut:
    """Shows a second factor again, so that credentials may be changed for five minutes."""
    parts = request.app.state.resources
    good = await step_ups.by_factor(parts.database, parts.limits, parts.settings, user, body)
    return StepUpOut(good_until=good)


@router.post(
    "/step-ups/password",
    responses=problems(*_REFUSALS, StepUpRefused, FactorNeeded, TooManyTries, Invalid),
)
async def step_up_by_password(
    body: StepUpByPassword, user: Enroller, request: Request
) -> StepUpOut:
    """Shows the password again, where there is no second factor, so that credentials may be changed
    for five minutes.
    """
    parts = request.app.state.resources
    password = body.password.get_secret_value()
    good = await step_ups.by_password(parts.database, parts.limits, parts.passwords, user, password)
    return StepUpOut(good_until=good)
