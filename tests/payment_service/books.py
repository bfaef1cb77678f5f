"""What the books must say, told by payments and refunds alone: an oracle for tests of a shop."""

from sqlalchemy import text

from libs.postgres import Database
from payment_service.ledger import checks, repository
from payment_service.ledger.postings import Account, AccountKind

_TOLD = text("""
    SELECT currency, sum(paid), sum(owed), sum(gone) FROM (
      SELECT currency, amount AS paid, 0 AS owed, 0 AS gone FROM payments WHERE status = 'paid'
      UNION ALL
      SELECT currency, 0, amount, CASE state WHEN 'succeeded' THEN amount ELSE 0 END FROM refunds
    ) AS told GROUP BY currency
""")


async def audit(database: Database) -> None:
    """Fails unless the ledger is whole and says of each currency what payments and refunds say."""
    found = await checks.check(database)
    assert found.balanced, found
    async with database.transaction() as session:
        for currency, paid, owed, gone in (await session.execute(_TOLD)).all():
            expected = {
                AccountKind.PROVIDER_CLEARING: gone - paid,
                AccountKind.REVENUE: paid - owed,
                AccountKind.REFUNDS: owed - gone,
            }
            for kind, amount in expected.items():
                balance = await repository.get_balance(session, Account(kind, currency))
                assert (kind, balance) == (kind, amount)
