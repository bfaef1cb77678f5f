"""The CSV file (RFC 4180) as spreadsheets take it."""

import csv
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

from libs import zones
from libs.spreadsheets import safe

HEADER = (
    "lesson", "starts (local)", "starts (UTC)", "student code", "student", "attendance",
    "came late", "left early", "minutes in call", "source", "tutor's word",
)  # fmt: skip


def cells(row: Any, zone: str) -> Sequence[str]:
    """One line, from a row of the query."""
    local = zones.to_wall(row.starts_at, zone).strftime("%Y-%m-%d %H:%M")
    values = (
        row.title, local, row.starts_at.strftime("%Y-%m-%dT%H:%M:%SZ"), row.student_code,
        row.name, row.state, _flag(row.came_late), _flag(row.left_early), row.minutes,
        row.source, _flag(row.override),
    )  # fmt: skip
    return [safe(value) for value in values]


async def write(path: Path, rows: AsyncIterator[Any], zone: str) -> int:
    """Writes the file; returns how many rows it has. It begins with a byte order mark, by which
    Excel knows UTF-8.
    """
    count = 0
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(HEADER)
        async for row in rows:
            writer.writerow(cells(row, zone))
            count += 1
    return count


def _flag(value: bool) -> str:
    return "yes" if value else ""
