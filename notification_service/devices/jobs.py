"""Scheduled work on devices."""

from libs import log
from notification_service.devices import service
from notification_service.devices.work import RemoveStaleDevices
from notification_service.resources import Resources

logger = log.get(__name__)


async def remove_stale_devices(resources: Resources, _: RemoveStaleDevices) -> None:
    """Forgets devices that were not seen for 60 days."""
    removed = await service.remove_stale(resources.mongo.outside, resources.clock.now())
    logger.info("stale_devices_removed", count=removed)
