"""What session_service holds of people in marks and gradebooks."""

from libs.data_map import DataMap, Fate, Held, Rule, words
from session_service.privacy.data_map.phrases import COURSE, RECORD, TAUGHT

SEEN = "(state = 'released')"
NUMBERS = "penalty_days penalty_percent penalty_base penalty_points"
SHOWN = words(
    f"id item_id study_session_id work_id state excused total {NUMBERS} comment marked_at "
    "released_at"
)
OF_SEEN = "mark_id IN (SELECT id FROM marks WHERE student_id = :person AND state = 'released')"
OF_HIDDEN = "mark_id IN (SELECT id FROM marks WHERE student_id = :person AND state <> 'released')"
LATER = (
    "EXISTS (SELECT 1 FROM mark_changes c JOIN marks m ON m.id = c.mark_id "
    "WHERE c.id = change_id AND c.to_state = 'released' AND m.state = 'released')"
)

STORES: DataMap = (
    Held(
        store="marks",
        purpose="Marks: one per student and work.",
        retention="As long as the class.",
        personal=words("total penalty_points comment"),
        other=words(
            "id item_id study_session_id student_id work_id state excused penalty_days "
            "penalty_percent penalty_base marked_by marked_at released_at revision"
        ),
        rules=(
            Rule("marks", f"student_id = :person AND {SEEN}", SHOWN, {"comment": "''"}),
            Rule(
                "marks_not_released",
                f"student_id = :person AND NOT {SEEN}",
                (),
                {"comment": "''"},
            ),
            Rule("marks_given", "marked_by = :person", SHOWN, Fate.KEPT),
        ),
        kept={"total": RECORD, "penalty_points": RECORD},
    ),
    Held(
        store="mark_parts",
        purpose="What marks are made of: points for each question or criterion, with a note.",
        retention="As long as the class.",
        personal=words("points note"),
        other=words("mark_id key position maximum source rule"),
        rules=(
            Rule(
                "mark_parts",
                OF_SEEN,
                words("mark_id key points maximum source rule note"),
                {"note": "''"},
            ),
            Rule("mark_parts_not_released", OF_HIDDEN, (), {"note": "''"}),
        ),
        kept={"points": RECORD},
    ),
    Held(
        store="mark_changes",
        purpose="The trail of marks: who changed what, when.",
        retention="As long as the class.",
        personal=words("from_total to_total penalty_points parts"),
        other=words(
            "id mark_id number kind changed_by changed_at from_state to_state excused work_id "
            "penalty_days penalty_percent penalty_base"
        ),
        rules=(
            Rule(
                "mark_changes",
                f"{OF_SEEN} AND to_state = 'released'",
                words("id mark_id number kind changed_at to_total penalty_points parts to_state"),
                Fate.KEPT,
            ),
            Rule(
                "mark_changes_made",
                "changed_by = :person",
                words("id mark_id number kind changed_at from_total to_total"),
                Fate.KEPT,
            ),
        ),
        kept=dict.fromkeys(words("from_total to_total penalty_points parts"), RECORD),
    ),
    Held(
        store="mark_words",
        purpose="Why marks were changed, and earlier comments.",
        retention="As long as the class.",
        personal=words("reason comment"),
        other=words("change_id student_id"),
        rules=(
            Rule(
                "mark_words",
                f"student_id = :person AND {LATER}",
                words("change_id reason comment"),
                Fate.REMOVED,
            ),
            Rule("mark_words_not_released", f"student_id = :person AND NOT {LATER}"),
        ),
    ),
    Held(
        store="grade_items",
        purpose="The columns of gradebooks.",
        retention="As long as the class.",
        personal=words("title category"),
        other=words(
            "id study_session_id kind points release due_at cut_off_at position created_at revision"
        ),
        rules=(
            Rule(
                "grade_items",
                TAUGHT,
                words("id study_session_id kind title points category created_at"),
                Fate.KEPT,
            ),
        ),
        kept={"title": COURSE, "category": COURSE},
    ),
    Held(
        store="rubrics",
        purpose="By what tutors mark.",
        retention="As long as works are marked by them.",
        other=words("id owner_id version created_at"),
        rules=(Rule("rubrics", "owner_id = :person", words("id version created_at"), Fate.KEPT),),
    ),
    Held(
        store="rubric_versions",
        purpose="What rubrics say.",
        retention="As long as works are marked by them.",
        personal=words("title criteria"),
        other=words("rubric_id version points"),
        rules=(
            Rule(
                "rubric_versions",
                "rubric_id IN (SELECT id FROM rubrics WHERE owner_id = :person)",
                words("rubric_id version title points criteria"),
                Fate.KEPT,
            ),
        ),
        kept=dict.fromkeys(words("title criteria"), COURSE),
    ),
    Held(
        store="item_rubrics",
        purpose="By which rubric a work is marked.",
        retention="As long as the class.",
        other=words("item_id rubric_id version"),
    ),
    Held(
        store="saved_comments",
        purpose="Comments that tutors keep to write them again.",
        retention="Until their owner removes them.",
        personal=words("text"),
        other=words("id owner_id created_at"),
        rules=(Rule("saved_comments", "owner_id = :person", words("id text created_at")),),
    ),
    Held(
        store="grade_categories",
        purpose="How gradebooks weigh.",
        retention="As long as the class.",
        other=words("study_session_id name position weight drop_lowest"),
    ),
    Held(
        store="mark_releases",
        purpose="Who showed marks to students, when, and who took that back.",
        retention="As long as the class.",
        other=words("id study_session_id released_by released_at undone_by undone_at revision"),
    ),
    Held(
        store="released_marks",
        purpose="Which marks were shown in which release.",
        retention="As long as the class.",
        other=words("release_id mark_id number"),
    ),
)
