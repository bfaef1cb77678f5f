"""The postings of this business, each by what caused it. Amounts are in minor units."""

from payment_service.ledger.postings import Account, AccountKind, Posting, PostingKind, moved, taxed


def sale(payment_id: object, amount: int, currency: str, tax: int = 0) -> Posting:
    """A payment has arrived at the provider; `tax` of it is no revenue."""
    clearing = Account(AccountKind.PROVIDER_CLEARING, currency)
    return taxed(PostingKind.SALE, payment_id, clearing, amount, tax)


def refund_owed(refund_id: object, amount: int, currency: str, tax: int = 0) -> Posting:
    """It is decided that money goes back; it counts as revenue no more, nor its tax as payable."""
    refunds = Account(AccountKind.REFUNDS, currency)
    return taxed(PostingKind.REFUND_OWED, refund_id, refunds, -amount, -tax)


def refund_paid(reference: object, amount: int, currency: str) -> Posting:
    """The provider has given it back."""
    refunds, clearing = _platform(currency, AccountKind.REFUNDS, AccountKind.PROVIDER_CLEARING)
    return moved(PostingKind.REFUND_PAID, reference, refunds, clearing, amount)


def refund_returned(reference: object, amount: int, currency: str) -> Posting:
    """A bank has sent back to the provider what was given back: we owe it again."""
    clearing, refunds = _platform(currency, AccountKind.PROVIDER_CLEARING, AccountKind.REFUNDS)
    return moved(PostingKind.REFUND_RETURNED, reference, clearing, refunds, amount)


def refund_canceled(reference: object, amount: int, currency: str, tax: int = 0) -> Posting:
    """It is decided that money does not go back after all: it counts as revenue again."""
    refunds = Account(AccountKind.REFUNDS, currency)
    return taxed(PostingKind.REFUND_CANCELED, reference, refunds, amount, tax)


def _platform(currency: str, *kinds: AccountKind) -> list[Account]:
    return [Account(kind, currency) for kind in kinds]
