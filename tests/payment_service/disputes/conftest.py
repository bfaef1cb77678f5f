"""Fixtures: that of subscriptions, whose clock stands still."""

from tests.payment_service.subscriptions.conftest import office

__all__ = ["office"]
