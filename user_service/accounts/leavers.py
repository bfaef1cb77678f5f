"""Whoever waits for their account to be erased: what they may still do."""

from typing import Annotated

from fastapi import Depends, Request

from libs.auth import Principal, ScopeMissing, bearer
from libs.deps import Caller
from user_service.accounts.models import UNDO_ONLY


class Leaver(Caller):
    """Admits a login of the caller's own, also one that is narrowed to what leavers may do."""

    async def __call__(self, request: Request) -> Principal:
        """Raises `Unauthorized`, `LoginRevoked`, `AccountBlocked` or `ScopeMissing`."""
        state = request.app.state
        principal: Principal = await state.verifier.verify(
            bearer(request.headers.get("authorization"))
        )
        state.revocations.check(principal)
        if principal.scopes not in (None, UNDO_ONLY) or principal.actor_id is not None:
            raise ScopeMissing
        return principal


LeaverDep = Annotated[Principal, Depends(Leaver())]
