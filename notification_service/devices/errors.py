"""Refusals about devices."""

from libs.errors import NotFound


class DeviceNotFound(NotFound):
    """You have no such device."""

    code = "device_not_found"
