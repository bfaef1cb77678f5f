"""Named failures of changes."""

from libs.errors import Conflict, Forbidden


class NotTheAuthor(Forbidden):
    """Only who has written a message may do this."""

    code = "not_the_author"


class EditTooLate(Forbidden):
    """This message is too old to be edited; it can be deleted."""

    code = "edit_too_late"


class MessageDeleted(Conflict):
    """This message was deleted."""

    code = "message_deleted"


class TooManyEdits(Conflict):
    """This message was edited too often."""

    code = "too_many_edits"


class TooManyReactions(Conflict):
    """There are too many different reactions to this message."""

    code = "too_many_reactions"
