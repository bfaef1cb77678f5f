"""What the ledger holds of people: ids, as pseudonyms once an account is erased."""

from libs.data_map import DataMap, Fate, Held, Rule, words

BOOKS = "Ten years, as books must be kept; no job drops them after that."
_OWN = "account_id IN (SELECT id FROM ledger_accounts WHERE owner_id = :person)"

LEDGER_STORES: DataMap = (
    Held(
        store="ledger_accounts",
        purpose="Whose money the ledger counts.",
        retention=BOOKS,
        other=words("id kind currency owner_id opened_at"),
        rules=(
            Rule(
                "ledger_accounts",
                "owner_id = :person",
                words("id kind currency opened_at"),
                Fate.KEPT,
            ),
        ),
    ),
    Held(
        store="ledger_postings",
        purpose="What happened to money.",
        retention=BOOKS,
        other=words("id kind reference line_count posted_at"),
    ),
    Held(
        store="ledger_lines",
        purpose="By how much an account rose or fell.",
        retention=BOOKS,
        other=words("account_id posting_id currency amount"),
        rules=(
            Rule("ledger_lines", _OWN, words("account_id posting_id currency amount"), Fate.KEPT),
        ),
    ),
    Held(
        store="ledger_balances",
        purpose="The sums of accounts.",
        retention=BOOKS,
        other=words("account_id slot bounded amount"),
        rules=(Rule("ledger_balances", _OWN, words("account_id amount"), Fate.KEPT),),
    ),
    Held(
        store="reconciliations",
        purpose="When the books were compared with the provider's, and by whom.",
        retention=BOOKS,
        other=words("id since until state night asked_by asked_at ended_at compared differences"),
    ),
    Held(
        store="reconciliation_differences",
        purpose="Where the books and the provider did not agree.",
        retention=BOOKS,
        other=words("id reconciliation_id kind payment_id provider_id ours theirs currency"),
    ),
)
