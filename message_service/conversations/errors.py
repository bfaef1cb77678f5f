"""Named failures of conversations."""

from libs.errors import Forbidden, NotFound


class ConversationNotFound(NotFound):
    """There is no such conversation, or you are not in it."""

    code = "conversation_not_found"


class ConversationClosed(Forbidden):
    """You share no class with the other person any more: what was written stays to be read."""

    code = "conversation_closed"


class AnnounceOnly(Forbidden):
    """In this channel only those who teach the class write."""

    code = "announce_only"


class ChannelFrozen(Forbidden):
    """A moderator has frozen this channel: only moderators write."""

    code = "channel_frozen"


class SenderMuted(Forbidden):
    """A moderator has muted you in this channel for a while."""

    code = "sender_muted"


class ChannelLeft(Forbidden):
    """You left this channel: what was written later is not for you."""

    code = "channel_left"


class NotAModerator(Forbidden):
    """Only who teaches the class may do this."""

    code = "not_a_moderator"


class PersonNotFound(NotFound):
    """There is no such person, or you share no class with them."""

    code = "person_not_found"
