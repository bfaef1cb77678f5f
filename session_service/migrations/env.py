"""Alembic's entry for this service."""

import session_service.approvals.models
import session_service.assessments.models
import session_service.attempts.models
import session_service.attendance.models
import session_service.attendance_exports.models
import session_service.bookings.models
import session_service.calendars.models
import session_service.charts.models
import session_service.check_ins.models
import session_service.class_images.models
import session_service.class_roles.models
import session_service.credits.models
import session_service.extensions.models
import session_service.folders.models
import session_service.grade_items.models
import session_service.gradebook.models
import session_service.holidays.models
import session_service.invitations.models
import session_service.item_statistics.models
import session_service.join_codes.models
import session_service.late_policies.models
import session_service.leaderboards.models
import session_service.lessons.models
import session_service.marks.models
import session_service.materials.models
import session_service.memberships.models
import session_service.owner_holds.models
import session_service.owner_offers.models
import session_service.people.models
import session_service.questions.models
import session_service.reschedules.models
import session_service.rubrics.models
import session_service.saved_comments.models
import session_service.study_sessions.models
import session_service.submissions.models
import session_service.task_series.models
import session_service.tasks.models
import session_service.work_files.models  # noqa: F401
from libs import idempotency, inbox
from libs.migrate import run_env
from session_service.base import Base

run_env(Base.metadata, inbox.INBOX.metadata, idempotency.METADATA)
