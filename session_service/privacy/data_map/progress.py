"""What session_service holds of people in leaderboards and pictures of progress."""

from libs.data_map import DataMap, Fate, Held, Rule, words

STORES: DataMap = (
    Held(
        store="leaderboard_opt_outs",
        purpose="Who is hidden from a class's leaderboard.",
        retention="As long as the class, or until it is taken back.",
        other=words("study_session_id student_id opted_out_at"),
        rules=(
            Rule(
                "leaderboard_opt_outs",
                "student_id = :person",
                words("study_session_id opted_out_at"),
                Fate.REMOVED,
            ),
        ),
    ),
    Held(
        store="charts",
        purpose="Pictures of how students and classes get on.",
        retention="As long as the class; drawn anew when marks change.",
        personal=words("svg"),
        other=words("study_session_id kind subject_id asked_at drawn_at digest tag"),
        rules=(
            Rule(
                "charts",
                "subject_id = :person",
                words("study_session_id kind drawn_at"),
                Fate.REMOVED,
            ),
        ),
        hidden={"svg": "drawn from works and marks, which are in the export"},
    ),
)
