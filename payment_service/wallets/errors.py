"""What can go wrong with wallets."""

from libs.errors import Conflict, Invalid, Locked, NotFound


class WalletNotFound(NotFound):
    """There is no such wallet."""

    code = "wallet_not_found"


class WalletFrozen(Locked):
    """This wallet is frozen: money can come in, and none can go out."""

    code = "wallet_frozen"


class AlreadyFrozen(Conflict):
    """This wallet is frozen already, for the reason that was given then."""

    code = "already_frozen"


class BadPeriod(Invalid):
    """The first day lies after the last, or there are more than 366 days between them."""

    code = "bad_period"


class StatementTooLong(Invalid):
    """There are too many lines for one file: ask for a shorter time."""

    code = "statement_too_long"
