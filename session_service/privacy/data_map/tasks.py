"""What is held of tasks and of the work on them."""

from libs.data_map import DataMap, Fate, Held, Rule, words
from session_service.privacy.data_map.phrases import COURSE, TAUGHT

STORES: DataMap = (
    Held(
        store="submission_drafts",
        purpose="What students have saved of their work, before they hand it in.",
        retention="As long as the class.",
        personal=words("body"),
        other=words("task_id student_id file_ids revision saved_at"),
        rules=(
            Rule(
                "submission_drafts",
                "student_id = :person",
                words("task_id body file_ids saved_at"),
            ),
        ),
    ),
    Held(
        store="submissions",
        purpose="What students hand in.",
        retention="As long as the class.",
        personal=words("body return_note"),
        other=words(
            "id task_id student_id student_code number file_ids received_at counted_at client_at "
            "returned_at returned_by"
        ),
        rules=(
            Rule(
                "submissions",
                "student_id = :person",
                words(
                    "id task_id number body file_ids received_at counted_at client_at returned_at "
                    "return_note"
                ),
                {"body": "''", "return_note": "''"},
            ),
        ),
    ),
    Held(
        store="work_files",
        purpose="Files of tasks and of the work on them; their bytes are in the object store.",
        retention="As long as the task; refused uploads for a week.",
        personal=words("file_name"),
        other=words(
            "id task_id study_session_id student_id state content_type size sha256 refusal "
            "uploaded_by asked_at completed_at handed_in_at swept_at"
        ),
        rules=(
            Rule(
                "work_files",
                "student_id = :person",
                words("id task_id file_name content_type size sha256 state asked_at handed_in_at"),
                {"file_name": "''", "state": "'gone'", "swept_at": "NULL"},
            ),
            Rule(
                "task_files",
                "student_id IS NULL AND uploaded_by = :person AND state = 'ready'",
                words("id task_id file_name content_type size sha256 asked_at"),
                Fate.KEPT,
            ),
        ),
        kept={"file_name": COURSE},
    ),
    Held(
        store="extensions",
        purpose="Who has more time for a task or an assessment.",
        retention="As long as the class.",
        personal=words("reason"),
        other=words(
            "id item_id study_session_id student_id due_at extra_time_factor remind_at granted_by "
            "granted_at revision"
        ),
        rules=(
            Rule(
                "extensions",
                "student_id = :person",
                words("id item_id study_session_id due_at extra_time_factor reason granted_at"),
                {"reason": "''"},
            ),
        ),
    ),
    Held(
        store="tasks",
        purpose="Work that a tutor sets.",
        retention="As long as the class.",
        personal=words("title description category"),
        other=words(
            "id study_session_id points state due_at publish_at published_at remind_at "
            "task_series_id created_at "
            "revision grace_minutes percent_per_day base cap_percent cut_off_minutes"
        ),
        rules=(
            Rule(
                "tasks",
                TAUGHT,
                words(
                    "id study_session_id title description points category state due_at "
                    "published_at created_at"
                ),
                Fate.KEPT,
            ),
        ),
        kept={"title": COURSE, "description": COURSE, "category": COURSE},
    ),
    Held(
        store="task_series",
        purpose="Tasks that repeat.",
        retention="As long as the class.",
        personal=words("title description category"),
        other=words(
            "id study_session_id points local_due zone rule lead_minutes next_due next_publish_at "
            "created_at ended_at revision grace_minutes percent_per_day base cap_percent "
            "cut_off_minutes"
        ),
        rules=(
            Rule(
                "task_series",
                TAUGHT,
                words(
                    "id study_session_id title description category points local_due zone rule "
                    "created_at"
                ),
                Fate.KEPT,
            ),
        ),
        kept={"title": COURSE, "description": COURSE, "category": COURSE},
    ),
    Held(
        store="late_policies",
        purpose="How classes treat late work.",
        retention="As long as the class.",
        other=words(
            "study_session_id grace_minutes percent_per_day base cap_percent cut_off_minutes"
        ),
    ),
)
