"""What is held of people's places in classes."""

from libs.data_map import DataMap, Fate, Held, Rule, words

STORES: DataMap = (
    Held(
        store="memberships",
        purpose="Who is in which class.",
        retention="As long as the class.",
        personal=words("reason"),
        other=words(
            "id study_session_id student_id student_code state pre_approved waiting_number "
            "requested_at approved_at ended_at revision"
        ),
        rules=(
            Rule(
                "memberships",
                "student_id = :person",
                words("id study_session_id state requested_at approved_at ended_at reason"),
                {"reason": "NULL"},
            ),
        ),
    ),
    Held(
        store="invitations",
        purpose="Links by which people are asked into classes.",
        retention="As long as the class.",
        other=words(
            "id study_session_id token_hmac pre_approved expires_at use_limit uses created_by "
            "created_at revoked_at"
        ),
    ),
    Held(
        store="join_codes",
        purpose="Codes by which students ask to join.",
        retention="As long as the class.",
        other=words("study_session_id code expires_at use_limit uses rotated_at"),
    ),
    Held(
        store="class_roles",
        purpose="Who co-teaches, assists or observes in which class.",
        retention="As long as the class.",
        other=words(
            "id study_session_id account_id user_code role student_id state invited_at "
            "accepted_at revision"
        ),
        rules=(
            Rule(
                "class_roles",
                "account_id = :person",
                words("id study_session_id role state invited_at accepted_at"),
                Fate.KEPT,
            ),
        ),
    ),
)
