"""What is held of attempts at assessments."""

from libs.data_map import DataMap, Fate, Held, Rule, words
from session_service.privacy.data_map.phrases import RECORD

OWN = "attempt_id IN (SELECT id FROM attempts WHERE student_id = :person)"

STORES: DataMap = (
    Held(
        store="attempt_answers",
        purpose="Students' answers in tests.",
        retention="As long as the class.",
        personal=words("answer"),
        other=words("attempt_id question_id revision saved_at"),
        rules=(
            Rule(
                "attempt_answers",
                OWN,
                words("attempt_id question_id revision answer saved_at"),
                Fate.REMOVED,
            ),
        ),
    ),
    Held(
        store="attempt_parts",
        purpose="Points of each question of a test, with a note.",
        retention="As long as the class.",
        personal=words("points outcome note"),
        other=words("id attempt_id question_id position maximum source rule marked_by marked_at"),
        rules=(
            Rule("attempt_parts", OWN, (), {"note": "''"}),
            Rule(
                "attempt_parts_given",
                "marked_by = :person",
                words("id attempt_id question_id points maximum marked_at"),
                Fate.KEPT,
            ),
        ),
        hidden=dict.fromkeys(words("outcome note"), "in the parts of marks that are released"),
        kept={"points": RECORD, "outcome": RECORD},
    ),
    Held(
        store="attempts",
        purpose="Attempts at tests.",
        retention="As long as the class.",
        personal=words("void_reason"),
        other=words(
            "id assessment_id study_session_id student_id number state seed question_ids "
            "started_at deadline takes_until closed_at ending marked_at voided_at voided_by "
            "revision"
        ),
        rules=(
            Rule(
                "attempts",
                "student_id = :person",
                words(
                    "id assessment_id number state started_at deadline closed_at ending voided_at "
                    "void_reason"
                ),
                {"void_reason": "NULL"},
            ),
            Rule(
                "attempts_voided",
                "voided_by = :person",
                words("id assessment_id voided_at"),
                Fate.KEPT,
            ),
        ),
    ),
)
