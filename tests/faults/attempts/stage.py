"""The stage of attempts: session_service's processes."""

from session_service.settings import Settings
from tests.faults.stage import Cast

CAST = Cast("session_service", Settings, "tests.faults.attempts.worker")
HTTP, BACKGROUND, _ = PROGRAMS = CAST.programs
