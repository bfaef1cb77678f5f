"""What can go wrong with calendar feeds."""

from libs.errors import NotFound


class FeedNotFound(NotFound):
    """There is no such calendar (any more)."""

    code = "feed_not_found"
