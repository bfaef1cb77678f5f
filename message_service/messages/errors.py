"""Named failures of messages."""

from libs.errors import TooMany


class TooManyMessages(TooMany):
    """Too many messages: wait a little."""

    code = "too_many_messages"
