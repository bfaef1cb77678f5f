"""Whoever waits for their account to be erased: what they may still do."""

from typing import Annotated

from fastapi import Depends

from libs.auth import Principal
from libs.deps import OwnCaller
from user_service.accounts.models import UNDO_ONLY

LeaverDep = Annotated[Principal, Depends(OwnCaller(UNDO_ONLY))]
"""A login of the caller's own, also one that is narrowed to what leavers may do."""
