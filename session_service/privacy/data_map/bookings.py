"""What is held of lessons that students book and move."""

from libs.data_map import DataMap, Fate, Held, Rule, words

STORES: DataMap = (
    Held(
        store="bookings",
        purpose="Lessons that students have booked.",
        retention="As long as the class.",
        personal=words("note reason"),
        other=words(
            "id study_session_id lesson_id tutor_id student_id student_code credit_id created_at "
            "cancelled_at cancelled_by revision"
        ),
        rules=(
            Rule(
                "bookings",
                "student_id = :person",
                words("id study_session_id lesson_id note created_at cancelled_at reason"),
                {"note": "''", "reason": "''"},
            ),
            Rule(
                "bookings_taken",
                "tutor_id = :person AND cancelled_by = :person",
                words("id study_session_id lesson_id created_at cancelled_at reason"),
                {"reason": "''"},
            ),
        ),
    ),
    Held(
        store="credits",
        purpose="Make-up lessons that students may book.",
        retention="As long as the class.",
        personal=words("reason"),
        other=words(
            "id study_session_id student_id lesson_id granted_by granted_at expires_at booking_id "
            "revoked_at"
        ),
        rules=(
            Rule(
                "credits",
                "student_id = :person",
                words("id study_session_id lesson_id reason granted_at expires_at revoked_at"),
                {"reason": "''"},
            ),
        ),
    ),
    Held(
        store="reschedules",
        purpose="Students' requests for another time.",
        retention="As long as the class.",
        personal=words("reason note"),
        other=words(
            "id study_session_id lesson_id student_id proposed_at state outcome created_at "
            "decided_at decided_by revision"
        ),
        rules=(
            Rule(
                "reschedules",
                "student_id = :person",
                words("id lesson_id proposed_at reason state outcome note created_at decided_at"),
                {"reason": "''", "note": "''"},
            ),
        ),
    ),
    Held(
        store="availabilities",
        purpose="When teachers can be booked.",
        retention="As long as the account.",
        personal=words("windows days_off"),
        other=words(
            "tutor_id zone slot_minutes buffer_minutes notice_minutes horizon_days needs_credit "
            "revision"
        ),
        rules=(
            Rule(
                "availability",
                "tutor_id = :person",
                words("zone slot_minutes buffer_minutes notice_minutes windows days_off"),
                Fate.REMOVED,
            ),
        ),
    ),
)
