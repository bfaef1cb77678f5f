"""Refusals about notifications."""

from libs.errors import NotFound


class NotificationNotFound(NotFound):
    """You have no such notification."""

    code = "notification_not_found"
