"""The postings of disputes, each by what caused it. Amounts are in minor units."""

from uuid import UUID

from payment_service.ledger.postings import Account, AccountKind, Posting, PostingKind, moved


def dispute_withdrawn(dispute_id: object, amount: int, currency: str) -> Posting:
    """The provider has taken the money away: it is argued about."""
    disputes, clearing = _platform(currency, AccountKind.DISPUTES, AccountKind.PROVIDER_CLEARING)
    return moved(PostingKind.DISPUTE_WITHDRAWN, dispute_id, disputes, clearing, amount)


def dispute_won(dispute_id: object, amount: int, currency: str) -> Posting:
    """The provider has given it back to us."""
    clearing, disputes = _platform(currency, AccountKind.PROVIDER_CLEARING, AccountKind.DISPUTES)
    return moved(PostingKind.DISPUTE_WON, dispute_id, clearing, disputes, amount)


def dispute_lost(dispute_id: object, amount: int, currency: str) -> Posting:
    """A payer has the money of a payment again: it counts as revenue no more."""
    revenue, disputes = _platform(currency, AccountKind.REVENUE, AccountKind.DISPUTES)
    return moved(PostingKind.DISPUTE_LOST, dispute_id, revenue, disputes, amount)


def top_up_lost(dispute_id: object, owner_id: UUID, amount: int, currency: str) -> Posting:
    """Somebody has again what was paid into the wallet: so much of it is taken out."""
    wallet = Account(AccountKind.WALLET, currency, owner_id)
    disputes = Account(AccountKind.DISPUTES, currency)
    return moved(PostingKind.DISPUTE_LOST, dispute_id, wallet, disputes, amount)


def _platform(currency: str, *kinds: AccountKind) -> list[Account]:
    return [Account(kind, currency) for kind in kinds]
