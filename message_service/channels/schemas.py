"""What clients get about channels."""

from message_service.conversations.schemas import Member


class ChannelMember(Member):
    """Somebody in a conversation; moderators are those who teach the class, or help in it."""

    moderator: bool
