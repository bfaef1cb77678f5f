"""What session_service holds of people."""

from libs.data_map import FORMER, DataMap, Fate, Held, Rule, words
from libs.personal_rows import IDEMPOTENCY_KEYS, INBOX, OUTBOX

RECORD = "the class's record of what was done and how well; its student has no name any more"
COURSE = "course material, which the class's students go on using"
OWN_SUBMISSIONS = "submission_id IN (SELECT id FROM submissions WHERE student_id = :person)"
TAUGHT = "study_session_id IN (SELECT id FROM study_sessions WHERE tutor_id = :person)"

STORES: DataMap = (
    Held(
        store="people",
        purpose="Names to show, zones for the times of lessons: a copy of user_service's.",
        retention="As long as the account; then without a name, which no late event brings back.",
        personal=words("name zone"),
        other=words("account_id user_code role revision"),
        rules=(
            Rule(
                "people",
                "account_id = :person",
                words("user_code name zone role"),
                {"name": f"'{FORMER}'", "zone": "'UTC'"},
            ),
        ),
    ),
    Held(
        store="marks",
        purpose="Marks with their history.",
        retention="As long as the class.",
        personal=words("points comment"),
        other=words("id submission_id number marked_by marked_at released_at"),
        rules=(
            Rule(
                "marks",
                f"{OWN_SUBMISSIONS} AND released_at IS NOT NULL",
                words("id submission_id number points comment marked_at released_at"),
                {"comment": "''"},
            ),
            Rule(
                "marks_not_released",
                f"{OWN_SUBMISSIONS} AND released_at IS NULL",
                (),
                {"comment": "''"},
            ),
            Rule(
                "marks_given",
                "marked_by = :person",
                words("id submission_id number points comment marked_at released_at"),
                Fate.KEPT,
            ),
        ),
        kept={"points": RECORD},
    ),
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
        store="material_views",
        purpose="Which students have opened which material.",
        retention="As long as the class.",
        other=words("id material_id account_id opened_at downloaded_at"),
        rules=(
            Rule(
                "material_views",
                "account_id = :person",
                words("id material_id opened_at downloaded_at"),
            ),
        ),
    ),
    Held(
        store="material_versions",
        purpose="Uploaded files of material; their bytes are in the object store.",
        retention="As long as the material; refused uploads for a week.",
        personal=words("file_name"),
        other=words(
            "id material_id study_session_id number state content_type size sha256 refusal "
            "uploaded_by asked_at completed_at swept_at"
        ),
        rules=(
            Rule(
                "material_versions",
                f"({TAUGHT} OR uploaded_by = :person) AND state = 'ready'",
                words("id material_id number file_name content_type size sha256 asked_at"),
                Fate.KEPT,
            ),
        ),
        kept={"file_name": COURSE},
    ),
    Held(
        store="materials",
        purpose="Files, links and notes of a class.",
        retention="As long as the class; of what was deleted its title.",
        personal=words("title description link text"),
        other=words(
            "id study_session_id folder_id lesson_id kind state newest_number published_number "
            "publish_at notify published_at created_by created_at deleted_at revision"
        ),
        rules=(
            Rule(
                "materials",
                f"({TAUGHT} OR created_by = :person) AND state <> 'deleted'",
                words(
                    "id study_session_id folder_id lesson_id kind title description link text "
                    "state published_at created_at"
                ),
                Fate.KEPT,
            ),
        ),
        kept=dict.fromkeys(("title", "description", "link", "text"), COURSE),
    ),
    Held(
        store="folders",
        purpose="Folders of a class's material.",
        retention="As long as the class.",
        personal=words("name"),
        other=words("id study_session_id parent_id position created_at"),
        rules=(
            Rule(
                "folders", TAUGHT, words("id study_session_id parent_id position name"), Fate.KEPT
            ),
        ),
        kept={"name": COURSE},
    ),
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
    Held(
        store="class_refunds",
        purpose="How far payments for rejected classes are on their way back.",
        retention="For good.",
        other=words(
            "payment_id refund_id study_session_id state amount currency requested_at ended_at "
            "revision"
        ),
        rules=(
            Rule(
                "class_refunds",
                TAUGHT,
                words("payment_id study_session_id state amount currency requested_at ended_at"),
                Fate.KEPT,
            ),
        ),
    ),
    Held(
        store="rejection_answers",
        purpose="That payment_service knows of a rejection.",
        retention="For good.",
        other=words("study_session_id refunds answered_at"),
    ),
    Held(
        store="study_sessions",
        purpose="Classes.",
        retention="For good.",
        personal=words("name description rejection_reason image_folder image_alt"),
        other=words(
            "id session_code zone tutor_id state paid_at approved_at approved_by rejected_at "
            "rejected_by ended_at paused_at paused_for kept_from kept_seconds capacity admission "
            "attendance_percent late_minutes "
            "early_minutes created_at revision"
        ),
        rules=(
            Rule(
                "classes",
                "tutor_id = :person",
                words(
                    "id session_code name description zone state paid_at approved_at rejected_at "
                    "rejection_reason ended_at paused_at paused_for kept_seconds capacity "
                    "admission attendance_percent late_minutes early_minutes image_folder "
                    "image_alt created_at"
                ),
                {"description": "''", "rejection_reason": "''"},
            ),
        ),
        kept={
            "name": "the class's own name, by which its students know it",
            "image_folder": COURSE,
            "image_alt": COURSE,
        },
    ),
    Held(
        store="class_images",
        purpose="Images of classes that were uploaded.",
        retention="Refused ones a week; others as long as they are shown.",
        personal=words("alt"),
        other=words("id study_session_id state folder refusal asked_at completed_at swept_at"),
        rules=(
            Rule(
                "class_images",
                TAUGHT,
                words("id study_session_id state alt refusal asked_at completed_at"),
                Fate.KEPT,
            ),
        ),
        kept={"alt": COURSE},
    ),
    Held(
        store="owner_offers",
        purpose="Who was offered a class to own, and what came of it.",
        retention="As long as the class.",
        other=words(
            "id study_session_id offered_by by_admin to_id to_code state offered_at answered_at "
            "revision"
        ),
        rules=(
            Rule(
                "owner_offers",
                "to_id = :person OR offered_by = :person",
                words("id study_session_id by_admin to_code state offered_at answered_at"),
                Fate.KEPT,
            ),
        ),
    ),
    Held(
        store="owner_holds",
        purpose="Whose classes are paused because their owner is blocked or leaving.",
        retention="For good: what is replayed late must find it.",
        other=words("account_id cause holds revision"),
        rules=(Rule("owner_holds", "account_id = :person", words("cause holds"), Fate.KEPT),),
    ),
    IDEMPOTENCY_KEYS,
    OUTBOX,
    INBOX,
)
