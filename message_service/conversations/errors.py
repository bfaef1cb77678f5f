"""Named failures of conversations."""

from libs.errors import Forbidden, NotFound


class ConversationNotFound(NotFound):
    """There is no such conversation, or you are not in it."""

    code = "conversation_not_found"


class ConversationClosed(Forbidden):
    """You share no class with the other person any more: what was written stays to be read."""

    code = "conversation_closed"


class PersonNotFound(NotFound):
    """There is no such person, or you share no class with them."""

    code = "person_not_found"
