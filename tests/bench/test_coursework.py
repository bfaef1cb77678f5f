"""The rows of the benches fit the schema, and are as many as they say."""

import asyncpg

from session_service.settings import Settings
from tests.bench import coursework
from tests.bench.place import owner_dsn
from tests.bench.seeds import TASKS
from tests.conftest import SettingsFor
from tests.stack import Stack

STUDENTS = 3
COUNTS = """
SELECT (SELECT count(*) FROM grade_items), (SELECT count(*) FROM submissions),
(SELECT count(*) FROM marks WHERE state = 'released' AND total BETWEEN 0 AND 10)
"""


async def test_everybody_has_handed_in_everything(settings_for: SettingsFor, stack: Stack) -> None:
    settings = await settings_for(Settings, "session_service")
    connection = await asyncpg.connect(owner_dsn(settings))
    try:
        people = coursework.members(STUDENTS)
        await coursework.coursework(connection, stack.as_user("tutor"), people)
        await coursework.settle(connection)
        counts = await connection.fetchrow(COUNTS)
    finally:
        await connection.close()
    items = TASKS + coursework.ASSESSMENTS
    assert counts is not None
    assert tuple(counts) == (items, STUDENTS * TASKS, STUDENTS * items)
