"""Queries for devices."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from pymongo.errors import DuplicateKeyError

from libs.errors import Unavailable
from libs.mongo import Document, MongoSession
from notification_service.devices.models import Device


def _device(document: Document) -> Device:
    fields = (
        "_id", "account_id", "installation_id", "token", "platform", "created_at", "seen_at",
    )  # fmt: skip
    return Device(*(document[field] for field in fields))


async def put(session: MongoSession, device: Device) -> Device:
    """Writes an account's installation, and takes its token from any other row. An installation
    that is known keeps its id and the time of its first registration.

    Raises `Unavailable` when somebody else registers the same token at this instant.
    """
    devices = session["devices"]
    own = {"account_id": device.account_id, "installation_id": device.installation_id}
    elsewhere = {"token": device.token, "$or": [{name: {"$ne": own[name]}} for name in own]}
    await devices.delete_many(elsewhere, session=session.handle)
    change = {
        "$set": {
            "token": device.token, "platform": device.platform, "seen_at": device.seen_at,
        },
        "$setOnInsert": {"_id": device.id, "created_at": device.created_at},
    }  # fmt: skip
    try:
        await devices.update_one(own, change, upsert=True, session=session.handle)
    except DuplicateKeyError as error:
        raise Unavailable("this token is being registered elsewhere", retry_after=1) from error
    document = await devices.find_one(own, session=session.handle)
    assert document is not None  # noqa: S101  (written two lines above, in this transaction)
    return _device(document)


async def keep_newest(session: MongoSession, account_id: UUID, count: int) -> None:
    """Removes all but an account's `count` most recently seen devices."""
    found = session["devices"].find({"account_id": account_id}, {"_id": 1}, session=session.handle)
    surplus = [document["_id"] async for document in found.sort([("seen_at", -1)]).skip(count)]
    if surplus:
        await session["devices"].delete_many({"_id": {"$in": surplus}}, session=session.handle)


async def find_for(session: MongoSession, account_id: UUID, device_id: UUID) -> Device | None:
    """A device, if it is this account's."""
    document = await session["devices"].find_one(
        {"_id": device_id, "account_id": account_id}, session=session.handle
    )
    return None if document is None else _device(document)


async def list_for(
    session: MongoSession, account_ids: Iterable[UUID], seen_since: datetime
) -> list[Device]:
    """The accounts' devices that were seen since an instant, oldest first."""
    wanted = {"account_id": {"$in": list(account_ids)}, "seen_at": {"$gte": seen_since}}
    found = session["devices"].find(wanted, session=session.handle).sort([("_id", 1)])
    return [_device(document) async for document in found]


async def remove(session: MongoSession, account_id: UUID, installation_id: str) -> bool:
    """Removes an account's installation; returns whether there was one."""
    result = await session["devices"].delete_one(
        {"account_id": account_id, "installation_id": installation_id}, session=session.handle
    )
    return result.deleted_count > 0


async def remove_token(session: MongoSession, device_id: UUID, token: str) -> None:
    """Removes a device if it still has this token: the app may have brought a new one meanwhile."""
    await session["devices"].delete_one({"_id": device_id, "token": token}, session=session.handle)


async def remove_unseen(session: MongoSession, before: datetime) -> int:
    """Removes devices that were last seen before an instant; returns how many."""
    result = await session["devices"].delete_many(
        {"seen_at": {"$lt": before}}, session=session.handle
    )
    return result.deleted_count
