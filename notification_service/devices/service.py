"""The rules of devices: several per person, one person per token (N-A2)."""

from datetime import datetime
from uuid import UUID

from libs.ids import new_id
from libs.mongo import MongoSession
from notification_service.devices import repository
from notification_service.devices.errors import DeviceNotFound
from notification_service.devices.models import MOST_DEVICES, STALE_AFTER, Device
from notification_service.devices.schemas import DeviceRegister


async def register(
    session: MongoSession, account_id: UUID, wanted: DeviceRegister, now: datetime
) -> Device:
    """Notes that pushes for an account go to this installation; call it again whenever the app
    starts.

    A token that another account had moves here, since a shared tablet has one token whoever is
    signed in. Knowing a token proves that one holds the device: apps keep it to themselves.
    """
    fresh = Device(
        id=new_id(),
        account_id=account_id,
        installation_id=wanted.installation_id,
        token=wanted.token,
        platform=wanted.platform,
        created_at=now,
        seen_at=now,
    )
    device = await repository.put(session, fresh)
    await repository.keep_newest(session, account_id, MOST_DEVICES)
    return device


async def remove(session: MongoSession, account_id: UUID, installation_id: str) -> None:
    """Ends pushes to one installation (sign-out). Raises `DeviceNotFound`."""
    if not await repository.remove(session, account_id, installation_id):
        raise DeviceNotFound


async def remove_stale(session: MongoSession, now: datetime) -> int:
    """Removes devices that were not seen for 60 days; returns how many."""
    return await repository.remove_unseen(session, now - STALE_AFTER)
