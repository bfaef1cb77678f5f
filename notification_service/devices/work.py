"""The jobs of devices."""

from typing import ClassVar

from libs.jobs import Job


class RemoveStaleDevices(Job):
    """Forgets devices that were not seen for long."""

    type: ClassVar[str] = "notification.devices.remove_stale"
