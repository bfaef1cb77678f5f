"""What is held of tasks and of the work on them."""

from libs.data_map import DataMap, Fate, Held, Rule, words
from session_service.privacy.data_map.phrases import COURSE, TAUGHT

STORES: DataMap = (
    Held(
        store="submissions",
        purpose="What students hand in.",
        retention="As long as the class.",
        personal=words("body"),
        other=words("id task_id student_id student_code number received_at"),
        rules=(
            Rule(
                "submissions",
                "student_id = :person",
                words("id task_id number body received_at"),
                {"body": "''"},
            ),
        ),
    ),
    Held(
        store="tasks",
        purpose="Work that a tutor sets.",
        retention="As long as the class.",
        personal=words("title description"),
        other=words("id study_session_id points due_at created_at revision"),
        rules=(
            Rule(
                "tasks",
                TAUGHT,
                words("id study_session_id title description points due_at created_at"),
                Fate.KEPT,
            ),
        ),
        kept={"title": COURSE, "description": COURSE},
    ),
)
