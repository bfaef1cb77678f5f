"""A class in October 2026."""

from tests.session_service.schedule import made

__all__ = ["made"]
