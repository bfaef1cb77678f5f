"""Errors of the ledger."""

from libs.errors import PaymentRequired


class InsufficientFunds(PaymentRequired):
    """There is not enough money in the wallet."""

    code = "insufficient_funds"
