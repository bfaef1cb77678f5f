"""Rights to second factors: everybody's own, and sign-in with them."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from libs.ids import new_id
from tests.access.table import Row
from tests.user_service.world import PERSON
from user_service.logins.models import Login
from user_service.proofs.models import Passkey, Totp

CALLERS = ("nobody", "student", "tutor", "admin")
OWN = dict.fromkeys(CALLERS, 200) | {"nobody": 401}
MADE = dict.fromkeys(CALLERS, 201) | {"nobody": 401}
NONE = dict.fromkeys(CALLERS, 404) | {"nobody": 401}
WRONG = dict.fromkeys(CALLERS, 400) | {"nobody": 401}
ANYBODY_WRONG = dict.fromkeys(CALLERS, 400)
CHALLENGE = "A" * 43
NOBODYS: dict[str, Any] = {"id": "AAAA", "rawId": "AAAA", "type": "public-key"}
ASSERTION = NOBODYS | {
    "response": {"clientDataJSON": "AAAA", "authenticatorData": "AAAA", "signature": "AAAA"}
}
ATTESTATION = NOBODYS | {"response": {"clientDataJSON": "AAAA", "attestationObject": "AAAA"}}
PASSWORD = {"password": PERSON["password"]}
PROOF = {"challenge": CHALLENGE, "proof": {"kind": "totp", "code": "123456"}}

ROWS = [
    Row("GET", "/v1/factors", OWN | {"owner": 200}, own_login=True),
    Row("POST", "/v1/factors/totp", MADE | {"owner": 409}, own_login=True),
    Row("POST", "/v1/factors/totp/confirmations", NONE, body={"code": "123456"}, own_login=True),
    Row("DELETE", "/v1/factors/totp", NONE | {"owner": 204}, own_login=True),
    Row("POST", "/v1/factors/passkey-challenges", MADE | {"owner": 201}, own_login=True),
    Row(
        "POST",
        "/v1/factors/passkeys",
        WRONG,
        body={"challenge": CHALLENGE, "name": "phone", "credential": ATTESTATION},
        own_login=True,
    ),
    Row("DELETE", "/v1/factors/passkeys/{passkey_id}", NONE | {"owner": 204}, own_login=True),
    Row("POST", "/v1/factors/recovery-codes", NONE | {"owner": 201}, own_login=True),
    Row("POST", "/v1/step-ups/challenges", MADE | {"owner": 201}, own_login=True),
    Row("POST", "/v1/step-ups/factor", WRONG, body=PROOF, own_login=True),
    Row("POST", "/v1/step-ups/password", WRONG | {"tutor": 200}, body=PASSWORD, own_login=True),
    Row("POST", "/v1/logins/factors", ANYBODY_WRONG, body=PROOF),
    Row("POST", "/v1/passkey-logins/challenges", dict.fromkeys(CALLERS, 201)),
    Row(
        "POST",
        "/v1/passkey-logins",
        ANYBODY_WRONG,
        body={"challenge": CHALLENGE, "credential": ASSERTION},
    ),
]


async def give_passkey(session: AsyncSession, login_id: UUID, now: datetime) -> UUID:
    """A passkey for the owner of a login, who has shown it there, and an app; returns the passkey's
    id.
    """
    login = await session.get_one(Login, login_id)
    login.factor = "passkey"
    passkey = Passkey(
        id=new_id(), account_id=login.account_id, name="key", credential_id=b"owner's",
        public_key=b"", sign_count=0, transports=[], backed_up=False, created_at=now,
    )  # fmt: skip
    totp = Totp(
        account_id=login.account_id, sealed_secret="", last_step=0, created_at=now,
        confirmed_at=now,
    )  # fmt: skip
    session.add_all([passkey, totp])
    await session.flush()
    return passkey.id
