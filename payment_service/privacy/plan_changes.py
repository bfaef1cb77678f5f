"""What changes of plan hold of people: who asked for one, and what it cost."""

from libs.data_map import DataMap, Fate, Held, Rule, words
from payment_service.privacy.ledger_map import BOOKS

STORES: DataMap = (
    Held(
        store="plan_changes",
        purpose="Who changed a plan, and what was credited and charged.",
        retention=BOOKS,
        other=words(
            "id subscription_id study_session_id tutor_id from_plan_id plan_id months worth begins "
            "state period credit charge currency kept_before priced_at ends_at created_at ended_at"
        ),
        rules=(
            Rule(
                "plan_changes",
                "tutor_id = :person",
                words(
                    "id subscription_id study_session_id from_plan_id plan_id months begins state "
                    "credit charge currency priced_at created_at ended_at"
                ),
                Fate.KEPT,
            ),
        ),
    ),
)
