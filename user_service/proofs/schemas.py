"""Proofs as clients send them.

What a browser's `PublicKeyCredential.toJSON()` gives (WebAuthn level 3, section 5.1) goes in as it
is, so its names are the standard's. Members that the standard may add are let in and ignored: the
browser makes this object, not the client's author.
"""

from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, StringConstraints

from libs.schemas import Schema


def _base64url(longest: int) -> Any:
    return StringConstraints(pattern=r"^[A-Za-z0-9_-]+$", max_length=longest)


CredentialId = Annotated[str, _base64url(1_364)]
"""At most 1,023 bytes (WebAuthn level 3, section 4)."""
ClientData = Annotated[str, _base64url(8_000)]
Bytes = Annotated[str, _base64url(20_000)]


class FromBrowser(Schema):
    """Base of what a browser puts together."""

    model_config = ConfigDict(extra="ignore")


class AttestationResponse(FromBrowser):
    """What an authenticator says of a new passkey."""

    clientDataJSON: ClientData  # noqa: N815  (the standard's name, like those below)
    attestationObject: Bytes  # noqa: N815
    transports: Annotated[list[Annotated[str, Field(max_length=32)]], Field(max_length=8)] = Field(
        default_factory=list
    )


class Attestation(FromBrowser):
    """A new passkey: `RegistrationResponseJSON` of WebAuthn."""

    id: CredentialId
    rawId: CredentialId  # noqa: N815
    type: Literal["public-key"]
    response: AttestationResponse


class AssertionResponse(FromBrowser):
    """An authenticator's signature over the challenge."""

    clientDataJSON: ClientData  # noqa: N815
    authenticatorData: Bytes  # noqa: N815
    signature: Bytes
    userHandle: Annotated[str, _base64url(88)] | None = None  # noqa: N815


class Assertion(FromBrowser):
    """A use of a passkey: `AuthenticationResponseJSON` of WebAuthn."""

    id: CredentialId
    rawId: CredentialId  # noqa: N815
    type: Literal["public-key"]
    response: AssertionResponse


TotpCode = Annotated[str, StringConstraints(pattern=r"^[0-9]{6}$")]
ChallengeToken = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{43}$")]


class TotpProof(Schema):
    """The code that an authenticator app shows now."""

    kind: Literal["totp"]
    code: TotpCode


class RecoveryCodeProof(Schema):
    """One of the recovery codes; case and hyphen do not matter."""

    kind: Literal["recovery_code"]
    code: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9]{5}-?[A-Za-z0-9]{5}$")]


class PasskeyProof(Schema):
    """A passkey's signature over the challenge that is answered."""

    kind: Literal["passkey"]
    credential: Assertion


Proof = Annotated[TotpProof | RecoveryCodeProof | PasskeyProof, Field(discriminator="kind")]
Kind = Literal["totp", "passkey", "recovery_code"]
PasskeyOptions = Annotated[
    dict[str, Any],
    Field(description="For the browser: `PublicKeyCredential.parse...OptionsFromJSON()`."),
]
