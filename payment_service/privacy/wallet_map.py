"""What wallets hold of people: ids and numbers, and why an admin froze one."""

from libs.data_map import DataMap, Fate, Held, Rule, words
from payment_service.privacy.ledger_map import BOOKS

TIE = "the ledger's tie to the provider's books"
EVIDENCE = "why money was kept from its owner, as evidence of that act"
NOT_SHOWN = "it may say what is suspected, and of whom else; access to it goes by an admin"

WALLET_STORES: DataMap = (
    Held(
        store="wallets",
        purpose="Whose money the ledger counts, and whether it may go out.",
        retention=BOOKS,
        personal=words("account_number frozen_reason"),
        other=words("id owner_id currency opened_at frozen_at frozen_by disputes revision"),
        rules=(
            Rule(
                "wallets",
                "owner_id = :person",
                words("id currency account_number opened_at frozen_at"),
                Fate.KEPT,
            ),
        ),
        hidden={"frozen_reason": NOT_SHOWN},
        kept={"account_number": "the name of an account in the books", "frozen_reason": EVIDENCE},
    ),
    Held(
        store="top_ups",
        purpose="Money on its way into wallets.",
        retention=BOOKS,
        personal=words("stripe_session_id payment_intent checkout_url"),
        other=words(
            "id owner_id amount currency status created_at expires_at checked_at paid_at revision"
        ),
        rules=(
            Rule(
                "top_ups",
                "owner_id = :person",
                words(
                    "id amount currency status stripe_session_id payment_intent created_at paid_at"
                ),
                {"checkout_url": "NULL"},
            ),
        ),
        hidden={"checkout_url": "leave to pay, of no use once it is used"},
        kept={"stripe_session_id": TIE, "payment_intent": TIE},
    ),
    Held(
        store="holds",
        purpose="Money of wallets that is set aside.",
        retention=BOOKS,
        other=words(
            "id wallet_id reference amount captured released created_at expires_at closed_at"
        ),
        rules=(
            Rule(
                "holds",
                "wallet_id IN (SELECT id FROM wallets WHERE owner_id = :person)",
                words("id amount captured released created_at expires_at closed_at"),
                Fate.KEPT,
            ),
        ),
    ),
    Held(
        store="wallet_acts",
        purpose="What admins did to wallets.",
        retention=BOOKS,
        personal=words("reason"),
        other=words("id wallet_id action actor_id at"),
        rules=(
            Rule(
                "wallet_acts",
                "wallet_id IN (SELECT id FROM wallets WHERE owner_id = :person)",
                words("action at"),
                Fate.KEPT,
            ),
        ),
        hidden={"reason": NOT_SHOWN},
        kept={"reason": EVIDENCE},
    ),
)
