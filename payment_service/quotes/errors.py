"""What can go wrong with quotes."""

from libs.errors import Conflict, NotFound


class QuoteNotFound(NotFound):
    """There is no such quote, or it is not yours."""

    code = "quote_not_found"


class QuoteExpired(Conflict):
    """This quote's time is over: ask for a new one."""

    code = "quote_expired"
