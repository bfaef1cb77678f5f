"""What disputes hold of people: ids and sums, and what their bank has said."""

from libs.data_map import DataMap, Fate, Held, Rule, words
from payment_service.privacy.ledger_map import BOOKS

STORES: DataMap = (
    Held(
        store="disputes",
        purpose="What payers have asked their banks to give back.",
        retention=BOOKS,
        personal=words("stripe_dispute_id evidence"),
        other=words(
            "id payment_id top_up_id owner_id amount taken currency reason state respond_by "
            "opened_at ended_at checked_at revision evidence_by evidence_at evidence_sent_at "
            "evidence_failure evidence_tries"
        ),
        rules=(
            Rule(
                "disputes",
                "owner_id = :person",
                words(
                    "id payment_id top_up_id amount taken currency reason state stripe_dispute_id "
                    "opened_at ended_at"
                ),
                Fate.KEPT,
            ),
        ),
        hidden={
            "evidence": "what the platform holds against a claim; access to it goes by an admin"
        },
        kept={
            "stripe_dispute_id": "the ledger's tie to the provider's books",
            "evidence": "what a bank was told, as evidence of that act",
        },
    ),
)
