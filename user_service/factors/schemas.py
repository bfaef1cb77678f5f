"""What clients send and get about their own second factors."""

from datetime import datetime
from uuid import UUID

from libs.schemas import Schema, ShortText
from user_service.accounts.schemas import TriedPassword
from user_service.proofs.schemas import (
    Attestation,
    ChallengeToken,
    Kind,
    PasskeyOptions,
    Proof,
    TotpCode,
)


class TotpOut(Schema):
    """An authenticator app."""

    confirmed_at: datetime
    last_used_at: datetime | None


class PasskeyOut(Schema):
    """A passkey; `backed_up` says whether its owner's other devices may have it too."""

    id: UUID
    name: str
    backed_up: bool
    created_at: datetime
    last_used_at: datetime | None


class FactorsOut(Schema):
    """One's own factors. `required`: this account may do nothing before it has one."""

    totp: TotpOut | None
    passkeys: list[PasskeyOut]
    recovery_codes_left: int
    required: bool


class TotpBegun(Schema):
    """What an authenticator app needs; `uri` is shown as a QR code. It is never shown again."""

    secret: str
    uri: str


class TotpConfirm(Schema):
    """The code that the app shows now."""

    code: TotpCode


class Enrolled(Schema):
    """A factor counts from now on. The first one brings recovery codes, which are never shown
    again.
    """

    recovery_codes: list[str] | None


class PasskeyEnrolled(Enrolled):
    """A new passkey."""

    passkey: PasskeyOut


class RecoveryCodesOut(Schema):
    """Ten new codes; the old ones are void."""

    recovery_codes: list[str]


class RegistrationAsked(Schema):
    """What a browser needs to make a passkey, and the challenge to send back with it."""

    challenge: str
    expires_at: datetime
    options: PasskeyOptions


class PasskeyCreate(Schema):
    """A passkey that a browser made."""

    challenge: ChallengeToken
    name: ShortText
    credential: Attestation


class StepUpAsked(Schema):
    """A challenge to be answered with one of `factors`; `passkey` is for the browser."""

    challenge: str
    expires_at: datetime
    factors: list[Kind]
    passkey: PasskeyOptions | None


class StepUpByFactor(Schema):
    """The answer to a challenge."""

    challenge: ChallengeToken
    proof: Proof


class StepUpByPassword(Schema):
    """One's own password."""

    password: TriedPassword


class StepUpOut(Schema):
    """Until when this login may change credentials."""

    good_until: datetime
