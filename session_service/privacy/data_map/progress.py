"""What session_service holds of people in leaderboards."""

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
)
