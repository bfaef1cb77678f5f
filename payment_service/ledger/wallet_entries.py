"""The postings of wallets, each by what caused it. Amounts are in minor units."""

from uuid import UUID

from payment_service.ledger.postings import Account, AccountKind, Posting, PostingKind, moved, taxed


def top_up(top_up_id: object, owner_id: UUID, amount: int, currency: str) -> Posting:
    """Somebody's money has arrived at the provider, and is owed to them."""
    wallet = Account(AccountKind.WALLET, currency, owner_id)
    clearing = Account(AccountKind.PROVIDER_CLEARING, currency)
    return moved(PostingKind.TOP_UP, top_up_id, clearing, wallet, amount)


def wallet_sale(
    payment_id: object, owner_id: UUID, amount: int, currency: str, tax: int = 0
) -> Posting:
    """Somebody pays from the wallet: the money is at the provider since it was topped up. `tax` of
    it is no revenue.
    """
    wallet = Account(AccountKind.WALLET, currency, owner_id)
    return taxed(PostingKind.SALE, payment_id, wallet, amount, tax)


def wallet_refund(reference: object, owner_id: UUID, amount: int, currency: str) -> Posting:
    """What is owed back goes into the wallet."""
    wallet = Account(AccountKind.WALLET, currency, owner_id)
    return moved(
        PostingKind.REFUND_PAID, reference, Account(AccountKind.REFUNDS, currency), wallet, amount
    )
