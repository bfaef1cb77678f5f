"""What is held of people's disputes."""

from libs.data_map import DataMap, Fate, Held, Rule, words
from payment_service.privacy.ledger_map import BOOKS

STORES: DataMap = (
    Held(
        store="disputes",
        purpose="Payments and top-ups that the payer's bank argues about.",
        retention=BOOKS,
        personal=words("stripe_dispute_id"),
        other=words(
            "id payment_id top_up_id payer_id amount currency reason state due_at opened_at "
            "withdrawn_at closed_at taken freezes revision"
        ),
        rules=(
            Rule(
                "disputes",
                "payer_id = :person",
                words(
                    "id payment_id top_up_id amount currency reason state opened_at closed_at "
                    "taken stripe_dispute_id"
                ),
                Fate.KEPT,
            ),
        ),
        kept={"stripe_dispute_id": "the ledger's tie to the provider's books"},
    ),
)
