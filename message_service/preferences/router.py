"""Preferences over HTTP."""

from fastapi import APIRouter, Depends

from libs.auth import AccountBlocked
from libs.deps import CurrentUser, limited
from libs.errors import Invalid, TooMany, Unauthorized, problems
from message_service.preferences import repository
from message_service.preferences.schemas import Preferences, PreferencesUpdate
from message_service.reads import MongoReads

router = APIRouter(
    prefix="/v1/chat-preferences",
    tags=["preferences"],
    responses=problems(Unauthorized, AccountBlocked, Invalid, TooMany),
    dependencies=[Depends(limited("preferences", 60, 60, by="account"))],
)


@router.get("")
async def get_preferences(mongo: MongoReads, user: CurrentUser) -> Preferences:
    """One's own preferences."""
    return await repository.get(mongo, user.account_id)


@router.patch("")
async def change_preferences(
    body: PreferencesUpdate, mongo: MongoReads, user: CurrentUser
) -> Preferences:
    """Changes what is given; it holds from the next message that is read."""
    await repository.change(mongo, user.account_id, body)
    return await repository.get(mongo, user.account_id)
