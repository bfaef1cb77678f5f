"""One's own feed over HTTP."""

from uuid import UUID

from fastapi import APIRouter

from libs.auth import AccountBlocked
from libs.deps import CurrentUser, Now
from libs.errors import Invalid, Unauthorized, problems
from libs.pagination import BadCursor, Page, Paging
from notification_service.deps import MongoDep, MongoReads
from notification_service.notifications import service
from notification_service.notifications.errors import NotificationNotFound
from notification_service.notifications.schemas import NotificationOut, UnreadOut

router = APIRouter(prefix="/v1/notifications", tags=["notifications"])


@router.get(
    "",
    responses=problems(Unauthorized, AccountBlocked, BadCursor, Invalid),
)
async def list_notifications(
    user: CurrentUser, page: Paging, reads: MongoReads
) -> Page[NotificationOut]:
    """One's own notifications, newest first."""
    shown, following = await service.list_page(reads, user.account_id, page)
    items = [NotificationOut.model_validate(one) for one in shown]
    return Page(items=items, next_cursor=following)


@router.get("/unread-count", responses=problems(Unauthorized, AccountBlocked))
async def count_unread_notifications(user: CurrentUser, reads: MongoReads) -> UnreadOut:
    """How many of one's own notifications are unread."""
    return UnreadOut(unread=await service.count_unread(reads, user.account_id))


@router.post("/read-all", responses=problems(Unauthorized, AccountBlocked))
async def read_all_notifications(user: CurrentUser, now: Now, mongo: MongoDep) -> UnreadOut:
    """Marks all of one's own notifications as read."""
    unread = await mongo.run(lambda s: service.read_all(s, user.account_id, now))
    return UnreadOut(unread=unread)


@router.post(
    "/{notification_id}/read",
    response_model=NotificationOut,
    responses=problems(Unauthorized, AccountBlocked, NotificationNotFound, Invalid),
)
async def read_notification(
    notification_id: UUID, user: CurrentUser, now: Now, mongo: MongoDep
) -> service.Shown:
    """Marks one of one's own notifications as read; repeating it changes nothing."""
    return await mongo.run(lambda s: service.read(s, user.account_id, notification_id, now))
