"""What the books must say, told by what was paid, given back and paid in: an oracle for tests of a
shop.
"""

from sqlalchemy import text

from libs.postgres import Database
from payment_service.ledger import checks, repository
from payment_service.ledger.postings import Account, AccountKind

_TOLD = text("""
    SELECT currency, sum(card), sum(spent), sum(owed), sum(gone), sum(put_back), sum(topped),
      sum(tax), sum(argued), sum(lost), sum(taken) FROM (
      SELECT currency, CASE method WHEN 'stripe' THEN amount ELSE 0 END AS card,
        CASE method WHEN 'wallet' THEN amount ELSE 0 END AS spent,
        0 AS owed, 0 AS gone, 0 AS put_back, 0 AS topped, tax,
        0 AS argued, 0 AS lost, 0 AS taken
      FROM payments WHERE status = 'paid'
      UNION ALL
      SELECT currency, 0, 0, CASE state WHEN 'canceled' THEN 0 ELSE amount END,
        CASE WHEN state = 'succeeded' AND destination = 'provider' THEN amount ELSE 0 END,
        CASE WHEN state = 'succeeded' AND destination = 'wallet' THEN amount ELSE 0 END, 0,
        CASE state WHEN 'canceled' THEN 0 ELSE -tax END, 0, 0, 0
      FROM refunds
      UNION ALL
      SELECT currency, 0, 0, 0, 0, 0, amount, 0, 0, 0, 0 FROM top_ups WHERE status = 'paid'
      UNION ALL
      SELECT currency, 0, 0, 0, 0, 0, 0, 0,
        CASE WHEN state = 'open' OR top_up_id IS NOT NULL THEN amount - taken ELSE 0 END,
        CASE WHEN state = 'lost' AND payment_id IS NOT NULL THEN amount ELSE 0 END, taken
      FROM disputes WHERE state IN ('open', 'lost')
    ) AS told GROUP BY currency
""")
_MISCOUNTED = text("""
    SELECT p.id, p.given_back FROM payments p
    WHERE p.given_back <> COALESCE((SELECT sum(r.amount) FROM refunds r
                                    WHERE r.payment_id = p.id AND r.state <> 'canceled'), 0)
       OR p.given_back > 0 AND p.status <> 'paid'
       OR COALESCE((SELECT sum(i.total) FROM invoices i
                    WHERE i.payment_id = p.id AND i.kind = 'credit_note'), 0) > p.given_back
       OR EXISTS (SELECT FROM invoices i
                  WHERE i.payment_id = p.id AND i.kind = 'invoice' AND p.tax NOT IN (0, i.tax))
       OR p.given_back = p.amount
          AND p.tax <> (SELECT COALESCE(sum(r.tax), 0) FROM refunds r
                        WHERE r.payment_id = p.id AND r.state <> 'canceled')
       OR EXISTS (SELECT FROM refunds r JOIN refund_lines l ON l.refund_id = r.id
                  WHERE r.payment_id = p.id GROUP BY r.id HAVING sum(l.amount) <> r.amount)
""")
_ARGUED = text("""
    SELECT p.id, p.disputes FROM payments p
    WHERE p.disputes <> (SELECT count(*) FROM disputes d
                         WHERE d.payment_id = p.id AND d.state IN ('open', 'lost'))
    UNION ALL
    SELECT w.id, w.disputes FROM wallets w
    WHERE w.disputes <> (SELECT count(*) FROM disputes d
                         WHERE d.owner_id = w.owner_id AND d.currency = w.currency
                           AND d.state = 'open')
""")
"""Payments and wallets that count their disputes wrongly: none."""
_CHANGES = text("""
    SELECT c.study_session_id, c.currency,
      sum(GREATEST(c.charge - c.credit, 0)) AS due,
      sum(GREATEST(c.credit - c.charge, 0)) AS left_over,
      COALESCE(sum((SELECT sum(p.amount) FROM payments p
                    WHERE p.plan_change_id = c.id AND p.status = 'paid')), 0) AS paid,
      (SELECT COALESCE(sum(r.amount), 0) FROM refunds r
       WHERE r.study_session_id = c.study_session_id AND r.reason = 'plan_changed'
         AND r.currency = c.currency) AS given
    FROM plan_changes c WHERE c.state = 'applied' GROUP BY c.study_session_id, c.currency
""")
_FOR_NOTHING = text("""
    SELECT p.id FROM payments p JOIN plan_changes c ON c.id = p.plan_change_id
    WHERE p.status = 'paid' AND c.state <> 'applied' AND p.amount <> (
      SELECT COALESCE(sum(r.amount), 0) FROM refunds r WHERE r.payment_id = p.id)
""")
_IN_WALLETS = text("""
    SELECT COALESCE(sum(b.amount), 0) FROM ledger_balances b
    JOIN ledger_accounts a ON a.id = b.account_id
    WHERE a.kind IN ('wallet', 'hold') AND a.currency = :currency
""")


async def audit(database: Database) -> None:
    """Fails unless the ledger is whole and says of each currency what the other tables say; what
    changes of plan cost was paid and given back to the unit, and what changed nothing went back.
    """
    found = await checks.check(database)
    assert found.balanced, found
    async with database.transaction() as session:
        assert (await session.execute(_MISCOUNTED)).all() == []
        assert (await session.execute(_ARGUED)).all() == []
        for told in (await session.execute(_TOLD)).all():
            currency, card, spent, owed, gone, put_back, topped, tax, argued, lost, taken = told
            expected = {
                AccountKind.PROVIDER_CLEARING: gone - card - topped + argued + lost + taken,
                AccountKind.REVENUE: card + spent - owed - tax - lost,
                AccountKind.TAX_PAYABLE: tax,
                AccountKind.REFUNDS: owed - gone - put_back,
                AccountKind.DISPUTES: -argued,
            }
            for kind, amount in expected.items():
                balance = await repository.get_balance(session, Account(kind, currency))
                assert (kind, balance) == (kind, amount)
            held = await session.scalar(_IN_WALLETS, {"currency": currency})
            assert held == topped + put_back - spent - taken
        for change in (await session.execute(_CHANGES)).all():
            assert (change.paid, change.given) == (change.due, change.left_over), change
        assert (await session.execute(_FOR_NOTHING)).all() == []
