"""Who changes a mark of a submission that was seen says why (R3, S-A12)."""

from typing import Any

from tests.session_service.desk import Desk


async def mark(desk: Desk, work: Any, **body: Any) -> tuple[int, str | None]:
    """Status, and the pointer of what is wrong."""
    answer = await desk.ask(desk.tutor, "POST", f"/v1/submissions/{work['id']}/marks", body)
    found = answer.json()
    return answer.status_code, found["fields"][0]["pointer"] if "fields" in found else None


async def test_r3_a_mark_that_was_seen_is_not_changed_without_a_reason(desk: Desk) -> None:
    work = await desk.submit(await desk.task())
    assert await mark(desk, work, points=7) == (201, None)
    assert await mark(desk, work, points=7) == (201, None)
    assert await mark(desk, work, points=8) == (422, "/reason")
    assert await mark(desk, work, points=7, comment="Good.") == (422, "/reason")
    rows = await desk.rows("SELECT total, revision FROM marks")
    assert [tuple(row) for row in rows] == [(7, 1)]
    assert await mark(desk, work, points=8, reason="misread") == (201, None)
    trail = await desk.rows(
        "SELECT c.changed_by, c.from_total, c.to_total, w.reason FROM mark_changes c "
        "LEFT JOIN mark_words w ON w.change_id = c.id ORDER BY c.number"
    )
    assert [tuple(row) for row in trail] == [
        (desk.tutor.id, None, 7, None), (desk.tutor.id, 7, 8, "misread"),
    ]  # fmt: skip


async def test_s_a12_a_draft_is_marked_again_without_a_reason(desk: Desk) -> None:
    task = await desk.task()
    path = f"/v1/grade-items/{task['id']}"
    await desk.send(desk.tutor, "PATCH", path, {"release": "by_hand"})
    work = await desk.submit(task)
    assert await mark(desk, work, points=7) == (201, None)
    assert await mark(desk, work, points=8) == (201, None)
