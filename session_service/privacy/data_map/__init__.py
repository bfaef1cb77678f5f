"""What session_service holds of people: one module for each area, in the order in which an erasure
goes through them.
"""

from libs.data_map import DataMap
from libs.personal_rows import IDEMPOTENCY_KEYS, INBOX, OUTBOX
from session_service.privacy.data_map import (
    assessments,
    attempts,
    attendance,
    bookings,
    classes,
    lessons,
    marks,
    materials,
    memberships,
    people,
    progress,
    tasks,
)

STORES: DataMap = (
    *people.STORES,
    *marks.STORES,
    *progress.STORES,
    *tasks.STORES,
    *attempts.STORES,
    *assessments.STORES,
    *memberships.STORES,
    *lessons.STORES,
    *materials.STORES,
    *bookings.STORES,
    *attendance.STORES,
    *classes.STORES,
    IDEMPOTENCY_KEYS,
    OUTBOX,
    INBOX,
)
