"""What is held of marks."""

from libs.data_map import DataMap, Fate, Held, Rule, words
from session_service.privacy.data_map.phrases import RECORD

OWN_SUBMISSIONS = "submission_id IN (SELECT id FROM submissions WHERE student_id = :person)"

STORES: DataMap = (
    Held(
        store="marks",
        purpose="Marks with their history.",
        retention="As long as the class.",
        personal=words("points comment"),
        other=words("id submission_id number marked_by marked_at released_at"),
        rules=(
            Rule(
                "marks",
                f"{OWN_SUBMISSIONS} AND released_at IS NOT NULL",
                words("id submission_id number points comment marked_at released_at"),
                {"comment": "''"},
            ),
            Rule(
                "marks_not_released",
                f"{OWN_SUBMISSIONS} AND released_at IS NULL",
                (),
                {"comment": "''"},
            ),
            Rule(
                "marks_given",
                "marked_by = :person",
                words("id submission_id number points comment marked_at released_at"),
                Fate.KEPT,
            ),
        ),
        kept={"points": RECORD},
    ),
)
