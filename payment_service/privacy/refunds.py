"""What is held of people's refunds."""

from libs.data_map import DataMap, Fate, Held, Rule, words
from payment_service.privacy.ledger_map import BOOKS

LEDGER = "the ledger's tie to the provider's books"
NOT_SHOWN = "it may say what is suspected, and of whom else; access to it goes by an admin"

STORES: DataMap = (
    Held(
        store="refunds",
        purpose="Payments on their way back.",
        retention=BOOKS,
        personal=words("stripe_refund_id payment_intent explanation"),
        other=words(
            "id payment_id study_session_id tutor_id amount tax currency reason requested_by "
            "destination state generation attempts failure requested_at sent_at ended_at "
            "checked_at revision"
        ),
        rules=(
            Rule(
                "refunds",
                "tutor_id = :person",
                words(
                    "id payment_id study_session_id amount tax currency reason destination state "
                    "stripe_refund_id payment_intent requested_at ended_at"
                ),
                Fate.KEPT,
            ),
        ),
        hidden={"explanation": NOT_SHOWN},
        kept={
            "stripe_refund_id": LEDGER,
            "payment_intent": LEDGER,
            "explanation": "why money was given out, as evidence of that act",
        },
    ),
    Held(
        store="refund_lines",
        purpose="What credit notes say of refunds.",
        retention=BOOKS,
        other=words("refund_id position description amount"),
        rules=(
            Rule(
                "refund_lines",
                "refund_id IN (SELECT id FROM refunds WHERE tutor_id = :person)",
                words("refund_id position description amount"),
                Fate.KEPT,
            ),
        ),
    ),
)
