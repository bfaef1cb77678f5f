"""What is held of who took part in lessons."""

from libs.data_map import DataMap, Fate, Held, Rule, words

STORES: DataMap = (
    Held(
        store="call_stays",
        purpose="When students were in a lesson's call, from which their attendance is counted.",
        retention="As long as the class.",
        other=words("participant_id lesson_id account_id joined_at left_at revision"),
        rules=(
            Rule(
                "call_stays",
                "account_id = :person",
                words("lesson_id joined_at left_at"),
            ),
        ),
    ),
    Held(
        store="attendance_reasons",
        purpose="Why tutors corrected somebody's attendance.",
        retention="As long as the class.",
        personal=words("reason"),
        other=words("correction_id student_id"),
        rules=(Rule("attendance_reasons", "student_id = :person", words("correction_id reason")),),
    ),
    Held(
        store="attendance_corrections",
        purpose="What tutors have said of attendance; rows are only added.",
        retention="As long as the class.",
        other=words("id attendance_id changed_by changed_at from_state to_state"),
        rules=(
            Rule(
                "attendance_corrections",
                "attendance_id IN (SELECT id FROM attendance WHERE student_id = :person)",
                words("id attendance_id changed_at from_state to_state"),
                Fate.KEPT,
            ),
        ),
    ),
    Held(
        store="attendance",
        purpose="Who took part in which lesson.",
        retention="As long as the class.",
        other=words(
            "id lesson_id study_session_id student_id state came_late left_early minutes source "
            "override checked_in_at checked_in_by updated_at revision"
        ),
        rules=(
            Rule(
                "attendance",
                "student_id = :person",
                words("id lesson_id state came_late left_early minutes source checked_in_at"),
                Fate.KEPT,
            ),
        ),
    ),
    Held(
        store="attendance_closings",
        purpose="Lessons whose attendance was counted.",
        retention="As long as the class.",
        other=words("lesson_id closed_at"),
    ),
    Held(
        store="check_in_secrets",
        purpose="From what the codes to check in are drawn.",
        retention="As long as the class.",
        other=words("lesson_id secret"),
    ),
    Held(
        store="attendance_exports",
        purpose="Files with a class's attendance that somebody asked for.",
        retention="A day.",
        other=words("id study_session_id asked_by state rows asked_at"),
        rules=(
            Rule(
                "attendance_exports",
                "asked_by = :person",
                words("id study_session_id asked_at"),
                Fate.KEPT,
            ),
        ),
    ),
)
