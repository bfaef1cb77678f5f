"""Rights to personal access tokens: everybody's own."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from libs.ids import new_id
from tests.access.table import Row
from tests.access.user_factors import CALLERS, NONE, OWN
from user_service.codes.service import keyed
from user_service.tokens import secret
from user_service.tokens.models import PersonalToken

READER = {"name": "laptop", "scopes": ["session:read"], "days": 30}

ROWS = [
    Row(
        "POST",
        "/v1/tokens",
        dict.fromkeys(CALLERS, 201) | {"nobody": 401, "owner": 201},
        body=READER,
        own_login=True,
    ),
    Row("GET", "/v1/tokens", OWN | {"owner": 200}, own_login=True),
    Row("DELETE", "/v1/tokens/{token_id}", NONE | {"owner": 204}, own_login=True),
    Row(
        "POST",
        "/v1/tokens/exchanges",
        dict.fromkeys(CALLERS, 200),
        body={"subject_token": "{personal_token}"},
    ),
]


async def give_token(
    session: AsyncSession, code_secret: str, owner_id: UUID, now: datetime
) -> dict[str, Any]:
    """A token of the owner's; returns its id and secret."""
    plain = secret.draw()
    token = PersonalToken(
        id=new_id(), account_id=owner_id, name="laptop", scopes=["session:read"],
        secret_hmac=keyed(code_secret, "personal token", plain), last_four=plain[-4:],
        created_at=now, expires_at=now + timedelta(days=1),
    )  # fmt: skip
    session.add(token)
    await session.flush()
    return {"token_id": token.id, "personal_token": plain}
