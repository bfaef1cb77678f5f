"""The HTTP process of session_service."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from fastapi import FastAPI

from libs import app as http
from libs import postgres, probes
from libs.clock import Clock
from libs.process import settle
from libs.settings import load
from session_service.answer_keys.router import router as answer_keys
from session_service.approvals.router import router as approvals
from session_service.assessments.router import router as assessments
from session_service.at_risk.router import router as at_risk
from session_service.attempts.router import router as attempts
from session_service.attendance.router import router as attendance
from session_service.attendance_exports.router import router as attendance_exports
from session_service.attendance_totals.router import router as attendance_totals
from session_service.bookings.router import router as bookings
from session_service.calendars.router import router as calendars
from session_service.charts.router import router as charts
from session_service.check_ins.router import router as check_ins
from session_service.class_images.router import router as class_images
from session_service.class_roles.router import router as class_roles
from session_service.copies.router import router as copies
from session_service.credits.router import router as credit_routes
from session_service.explanations.router import router as explanations
from session_service.extensions.router import router as extensions
from session_service.file_versions.router import router as file_versions
from session_service.folders.router import router as folders
from session_service.grade_items.router import router as grade_items
from session_service.gradebook.router import router as gradebook
from session_service.holidays.router import router as holidays
from session_service.invitations.router import router as invitations
from session_service.item_statistics.router import router as item_statistics
from session_service.join_codes.router import router as join_codes
from session_service.late_policies.router import router as late_policies
from session_service.leaderboards.router import router as leaderboards
from session_service.lessons.router import router as lessons
from session_service.marking_queue.router import router as marking_queue
from session_service.marks.router import router as marks
from session_service.materials.router import router as materials
from session_service.memberships.router import router as memberships
from session_service.owner_offers.router import router as owner_offers
from session_service.progress.router import router as progress
from session_service.question_files.router import router as question_files
from session_service.questions.router import router as questions
from session_service.regrades.router import router as regrades
from session_service.releases.router import router as releases
from session_service.reschedules.router import router as reschedules
from session_service.resources import open_resources
from session_service.rubrics.router import router as rubrics
from session_service.saved_comments.router import router as saved_comments
from session_service.series.router import router as series
from session_service.settings import Settings
from session_service.streaks.router import router as streaks
from session_service.study_sessions.router import router as study_sessions
from session_service.submission_marks.router import router as submission_marks
from session_service.submissions.router import router as submissions
from session_service.task_series.router import router as task_series
from session_service.tasks.router import router as tasks
from session_service.work_files.router import router as work_files


def create_app(settings: Settings | None = None, clock: Clock | None = None) -> FastAPI:
    """Builds the app; without arguments from the environment."""
    settings = settings or load(Settings)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with open_resources(settings, clock) as resources:
            http.hand_out(app, resources)
            revocations = asyncio.create_task(resources.revocations.run())
            http.drain_on_sigterm(app)
            settle()
            yield
            revocations.cancel()

    def checks(app: FastAPI) -> Mapping[str, probes.Check]:
        head = postgres.migration_head("session_service")
        return {
            "database": lambda: app.state.database.ping(head),
            "redis": lambda: app.state.redis.ping(),
        }

    return http.build_app(
        http.About(
            "session_service",
            "Classes, memberships, lessons, material, tasks, submissions and marks.",
            "/api/sessions",
        ),
        settings,
        [
            *(study_sessions, approvals, copies, class_images, owner_offers, class_roles),
            *(join_codes, memberships, invitations, lessons, series, holidays, calendars),
            *(credit_routes, bookings, reschedules, folders, materials, file_versions),
            *(attendance, check_ins, attendance_totals, attendance_exports),
            *(late_policies, tasks, task_series, work_files, extensions, submissions),
            *(grade_items, submission_marks, marks, releases),
            *(
                questions,
                question_files,
                assessments,
                attempts,
                answer_keys,
                marking_queue,
                regrades,
                item_statistics,
            ),
            *(gradebook, explanations, rubrics, saved_comments),
            *(progress, leaderboards, streaks, at_risk, charts),
        ],
        lifespan,
        checks,
    )
