"""Scheduled work on devices."""

from libs import log
from libs.mongo import Mongo
from notification_service.devices import service
from notification_service.devices.schemas import RemoveStaleDevices

logger = log.get(__name__)


async def remove_stale_devices(mongo: Mongo, _: RemoveStaleDevices) -> None:
    """Forgets devices that were not seen for 60 days."""
    async with mongo.reads() as session:
        removed = await service.remove_stale(session, mongo.clock.now())
    logger.info("stale_devices_removed", count=removed)
