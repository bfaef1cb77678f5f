"""Named failures of conversations."""

from libs.errors import NotFound


class ConversationNotFound(NotFound):
    """There is no such conversation, or you are not in it."""

    code = "conversation_not_found"


class PersonNotFound(NotFound):
    """There is no such person, or you share no class with them."""

    code = "person_not_found"
