"""What is held of lessons and of the rules that make them."""

from libs.data_map import DataMap, Fate, Held, Rule, words
from session_service.privacy.data_map.phrases import COURSE, TAUGHT

STORES: DataMap = (
    Held(
        store="lesson_series",
        purpose="Rules that make lessons.",
        retention="As long as the class.",
        personal=words("title description"),
        other=words(
            "id study_session_id previous_id teacher_id student_id local_start zone rule minutes "
            "expanded_to finished tzdata created_at sequence revision"
        ),
        rules=(
            Rule(
                "lesson_series",
                TAUGHT,
                words(
                    "id study_session_id title description local_start zone rule minutes created_at"
                ),
                Fate.KEPT,
            ),
        ),
        kept={"title": COURSE, "description": COURSE},
    ),
    Held(
        store="lessons",
        purpose="When a class meets.",
        retention="As long as the class.",
        personal=words("title description"),
        other=words(
            "id series_id study_session_id teacher_id student_id recurrence_id local_start zone "
            "starts_at ends_at state holiday_id moved reworded hours_checked_at sequence revision"
        ),
        rules=(
            Rule(
                "lessons",
                TAUGHT,
                words("id series_id study_session_id title description starts_at ends_at state"),
                Fate.KEPT,
            ),
        ),
        kept={"title": COURSE, "description": COURSE},
    ),
    Held(
        store="class_holidays",
        purpose="Days on which a class does not meet.",
        retention="As long as the class.",
        personal=words("name"),
        other=words("id study_session_id first_on last_on created_at removed_at"),
        rules=(
            Rule(
                "class_holidays",
                TAUGHT,
                words("id study_session_id name first_on last_on"),
                Fate.KEPT,
            ),
        ),
        kept={"name": COURSE},
    ),
    Held(
        store="calendar_feeds",
        purpose="By which address a person's calendar is read: a digest of it.",
        retention="As long as the account, or until the person ends it.",
        personal=words("digest"),
        other=words("account_id created_at read_at"),
        rules=(
            Rule(
                "calendar_feed",
                "account_id = :person",
                words("created_at read_at"),
                Fate.REMOVED,
            ),
        ),
        hidden={"digest": "of no use to anybody"},
    ),
)
