"""What is held of question banks and assessments."""

from libs.data_map import DataMap, Fate, Held, Rule, words
from session_service.privacy.data_map.phrases import COURSE, TAUGHT

STORES: DataMap = (
    Held(
        store="questions",
        purpose="Questions of tutors' banks.",
        retention="For good: assessments and marks refer to them.",
        personal=words("tags"),
        other=words("id owner_id type number created_at archived_at revision"),
        rules=(
            Rule(
                "questions",
                "owner_id = :person",
                words("id type tags number created_at archived_at"),
                Fate.KEPT,
            ),
        ),
        kept={"tags": COURSE},
    ),
    Held(
        store="question_versions",
        purpose="What each version of a question asks, and what is right.",
        retention="For good: assessments and marks refer to them.",
        personal=words("content key explanation"),
        other=words("id question_id number points negative created_by created_at"),
        rules=(
            Rule(
                "question_versions",
                "created_by = :person",
                words("id question_id number content key explanation points negative created_at"),
                Fate.KEPT,
            ),
        ),
        kept=dict.fromkeys(("content", "key", "explanation"), COURSE),
    ),
    Held(
        store="assessments",
        purpose="Tests that tutors set.",
        retention="As long as the class.",
        personal=words("title description"),
        other=words(
            "id study_session_id state opens_at closes_at time_limit_minutes attempt_limit "
            "cooldown_minutes counting shuffle_questions shuffle_options floor_at_zero "
            "allowance_seconds release key_release category question_count points created_by "
            "created_at published_at closed_at revision"
        ),
        rules=(
            Rule(
                "assessments",
                f"({TAUGHT} OR created_by = :person)",
                words(
                    "id study_session_id title description state opens_at closes_at points "
                    "created_at published_at closed_at"
                ),
                Fate.KEPT,
            ),
        ),
        kept={"title": COURSE, "description": COURSE},
    ),
    Held(
        store="assessment_items",
        purpose="What a test asks: fixed questions, and draws from a bank.",
        retention="As long as the class.",
        other=words("id assessment_id position question_id tag bank_id count points negative"),
    ),
    Held(
        store="assessment_questions",
        purpose="Questions as they were when a test was published.",
        retention="As long as the class.",
        other=words("id assessment_id item question_id version_id key_version_id points negative"),
    ),
    Held(
        store="item_statistics",
        purpose="How the questions of tests did: numbers of whole classes, no person.",
        retention="As long as the class; counted anew without whoever is erased.",
        other=words(
            "assessment_id state asked_at computed_at facts rule seed resamples students waiting "
            "questions"
        ),
    ),
)
