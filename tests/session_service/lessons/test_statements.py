"""Lists about lessons take as many statements for much as for nothing."""

from typing import Any

from libs.ids import new_id
from tests.session_service.schedule import Class
from tests.statements import statements

MONTH = "from=2026-10-01T00:00:00Z&to=2026-11-01T00:00:00Z&limit=100"


async def counted(made: Class, path: str, *, student: bool = False) -> tuple[int, int]:
    """How many rows a list shows, and how many statements it took."""
    user = made.world.student if student else made.world.tutor
    with statements() as seen:
        page = await made.world.get(user, path)
    return len(page["items"]), len(seen)


async def test_a_month_of_a_student_with_ten_classes_is_one_statement(made: Class) -> None:
    assert await counted(made, f"/v1/lessons?{MONTH}", student=True) == (0, 1)
    others: list[Any] = [made.made]
    for _ in range(9):
        others.append(await made.world.study_session())
        await made.world.member(others[-1])
    for number, one in enumerate(others):
        await made.world.series(one, f"2026-10-0{2 + number % 2}T{10 + number}:00")
    stranger = await made.world.study_session()
    await made.world.series(stranger, "2026-10-05T17:00")
    assert await counted(made, f"/v1/lessons?{MONTH}", student=True) == (50, 1)
    assert await counted(made, f"/v1/lessons?{MONTH}&study_session_id={made.id}") == (5, 1)


async def test_lists_of_a_class_s_teacher_take_a_fixed_number(made: Class) -> None:
    paths = {
        f"/v1/lessons?{MONTH}&study_session_id={made.id}": (30, 1),
        f"/v1/lessons/conflicts?{MONTH}&study_session_id={made.id}": (30, 2),
        f"/v1/lesson-series?study_session_id={made.id}&limit=100": (2, 1),
        f"/v1/study-sessions/{made.id}/holidays?limit=100": (30, 2),
    }
    for path, (_, count) in paths.items():
        assert (path, await counted(made, path)) == (path, (0, count))
    for _ in range(2):
        await made.weekly("2026-10-05T17:00", rule="FREQ=DAILY;COUNT=15")
    days = [{"name": str(new_id()), "first_on": "2028-01-01"}] * 30
    path = f"/v1/study-sessions/{made.id}/holidays"
    await made.world.post(made.world.tutor, path, {"holidays": days})
    for path, expected in paths.items():
        assert (path, await counted(made, path)) == (path, expected)
