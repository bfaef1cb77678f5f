"""What clients send and get about calendar feeds."""

from datetime import datetime

from libs.schemas import Schema


class FeedOut(Schema):
    """Whether one has a feed; its address was shown when it was made."""

    created_at: datetime
    read_at: datetime | None


class FeedMade(Schema):
    """A new feed. Whoever knows `url` can read it: it is shown once, and the one before it is
    dead.
    """

    url: str
    created_at: datetime
