"""What can go wrong with saved comments."""

from libs.errors import Conflict, NotFound


class SavedCommentNotFound(NotFound):
    """There is no such comment, or it is none of yours."""

    code = "saved_comment_not_found"


class TooManySavedComments(Conflict):
    """You keep 500 comments already."""

    code = "too_many_saved_comments"
