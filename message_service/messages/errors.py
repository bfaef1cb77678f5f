"""Named failures of messages."""

from libs.errors import Invalid, NotFound, TooMany


class MessageNotFound(NotFound):
    """There is no message of this number."""

    code = "message_not_found"


class ReplyUnknown(Invalid):
    """There is no message of the number that this one answers."""

    code = "reply_unknown"


class MentionUnknown(Invalid):
    """Somebody who is mentioned is not in this conversation."""

    code = "mention_unknown"


class TooManyMessages(TooMany):
    """Too many messages: wait a little."""

    code = "too_many_messages"
