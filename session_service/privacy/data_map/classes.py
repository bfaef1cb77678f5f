"""What is held of classes and their owners."""

from libs.data_map import DataMap, Fate, Held, Rule, words
from session_service.privacy.data_map.phrases import COURSE, TAUGHT

STORES: DataMap = (
    Held(
        store="class_refunds",
        purpose="How far payments for rejected classes are on their way back.",
        retention="For good.",
        other=words(
            "payment_id refund_id study_session_id state amount currency requested_at ended_at "
            "revision"
        ),
        rules=(
            Rule(
                "class_refunds",
                TAUGHT,
                words("payment_id study_session_id state amount currency requested_at ended_at"),
                Fate.KEPT,
            ),
        ),
    ),
    Held(
        store="rejection_answers",
        purpose="That payment_service knows of a rejection.",
        retention="For good.",
        other=words("study_session_id refunds answered_at"),
    ),
    Held(
        store="study_sessions",
        purpose="Classes.",
        retention="For good.",
        personal=words("name description rejection_reason image_folder image_alt"),
        other=words(
            "id session_code zone tutor_id state paid_at approved_at approved_by rejected_at "
            "rejected_by ended_at paused_at paused_for kept_from kept_seconds capacity admission "
            "attendance_percent late_minutes "
            "early_minutes created_at revision subscription_revision"
        ),
        rules=(
            Rule(
                "classes",
                "tutor_id = :person",
                words(
                    "id session_code name description zone state paid_at approved_at rejected_at "
                    "rejection_reason ended_at paused_at paused_for kept_seconds capacity "
                    "admission attendance_percent late_minutes early_minutes image_folder "
                    "image_alt created_at"
                ),
                {"description": "''", "rejection_reason": "''"},
            ),
        ),
        kept={
            "name": "the class's own name, by which its students know it",
            "image_folder": COURSE,
            "image_alt": COURSE,
        },
    ),
    Held(
        store="class_images",
        purpose="Images of classes that were uploaded.",
        retention="Refused ones a week; others as long as they are shown.",
        personal=words("alt"),
        other=words("id study_session_id state folder refusal asked_at completed_at swept_at"),
        rules=(
            Rule(
                "class_images",
                TAUGHT,
                words("id study_session_id state alt refusal asked_at completed_at"),
                Fate.KEPT,
            ),
        ),
        kept={"alt": COURSE},
    ),
    Held(
        store="owner_offers",
        purpose="Who was offered a class to own, and what came of it.",
        retention="As long as the class.",
        other=words(
            "id study_session_id offered_by by_admin to_id to_code state offered_at answered_at "
            "revision"
        ),
        rules=(
            Rule(
                "owner_offers",
                "to_id = :person OR offered_by = :person",
                words("id study_session_id by_admin to_code state offered_at answered_at"),
                Fate.KEPT,
            ),
        ),
    ),
    Held(
        store="owner_holds",
        purpose="Whose classes are paused because their owner is blocked or leaving.",
        retention="For good: what is replayed late must find it.",
        other=words("account_id cause holds revision"),
        rules=(Rule("owner_holds", "account_id = :person", words("cause holds"), Fate.KEPT),),
    ),
)
