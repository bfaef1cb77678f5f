"""Attendance as a CSV file, built by a job (S29)."""

import csv
import io
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs import objects as gateway
from libs.spreadsheets import safe
from session_service.attendance_exports.files import HEADER
from session_service.attendance_exports.schemas import BuildExport, SweepExports
from session_service.class_roles.schemas import ClassRoleName
from tests.session_service.attendance.lessons import add_lesson, close, stayed
from tests.session_service.materials.library import Library

DAY = timedelta(days=1)


async def ask(library: Library) -> dict[str, Any]:
    """Asks for an export."""
    path = f"/v1/study-sessions/{library.made['id']}/attendance-exports"
    made: dict[str, Any] = await library.send(library.tutor, "POST", path, expect=202)
    return made


async def test_s29_an_export_is_built_by_a_job_and_fetched_by_an_address(library: Library) -> None:
    """A lesson whose title looks like a formula, and one by call."""
    await library.rows(
        "INSERT INTO people (account_id, user_code, name, zone, revision) "
        "VALUES (:id, :code, '@Asha Räo', 'UTC', 1)",
        id=library.student.id, code=library.student.code,
    )  # fmt: skip
    first = await add_lesson(library, title='=HYPERLINK("https://evil.example")')
    await library.world.handle(stayed(first, library.student, 12, 60))
    await close(library, first)
    second = await add_lesson(library, title="Maths, again")
    await close(library, second)
    asked = await ask(library)
    assert (asked["state"], asked["rows"], asked["url"]) == ("pending", None, None)
    assert await library.run_jobs() == ["session.attendance_exports.build"]
    path = f"/v1/attendance-exports/{asked['id']}"
    ready = await library.send(library.tutor, "GET", path)
    assert (ready["state"], ready["rows"]) == ("ready", 2)
    answer = await library.http.get(ready["url"])
    assert answer.headers["content-type"].startswith("text/csv")
    assert answer.headers["content-disposition"] == (
        f'attachment; filename="attendance-{library.world.clock.now():%Y-%m-%d}.csv"'
    )
    assert answer.content.startswith(b"\xef\xbb\xbflesson,")
    header, *lines = csv.reader(io.StringIO(answer.content.decode("utf-8-sig"), newline=""))
    assert header == list(HEADER)
    shift = timedelta(hours=5, minutes=30)  # the class is in Kolkata

    def times(lesson: Any) -> list[str]:
        at = lesson.starts_at
        return [f"{at + shift:%Y-%m-%d %H:%M}", f"{at:%Y-%m-%dT%H:%M:%SZ}"]

    student = [library.student.code, "'@Asha Räo"]
    assert lines == [
        ["'=HYPERLINK(\"https://evil.example\")", *times(first), *student, "late", "yes", "",
         "48", "call", ""],
        ["Maths, again", *times(second), *student, "absent", "", "", "", "", ""],
    ]  # fmt: skip
    library.world.clock.move(timedelta(minutes=5, seconds=1))
    assert (await library.http.get(ready["url"])).status_code == 403
    again = await library.send(library.tutor, "GET", path)
    assert (await library.http.get(again["url"])).status_code == 200


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x", "\t=1", "\r=1", " =1", "\uff1d1"])
def test_s29_x17_no_cell_is_a_formula(text: str) -> None:
    assert safe(text) == "'" + text


@given(st.text())
def test_s29_every_cell_is_itself_or_begins_with_an_apostrophe(text: str) -> None:
    found = safe(text)
    assert found in (text, f"'{text}")
    assert not found.lstrip(" ").startswith(("=", "+", "-", "@", "\t", "\r", "\n"))


async def test_s29_an_export_is_one_s_own_while_one_teaches(library: Library) -> None:
    assistant = library.stack.as_user("tutor")
    path = f"/v1/study-sessions/{library.made['id']}/attendance-exports"
    gone = (404, "study_session_not_found")
    assert await library.refused(assistant, "POST", path) == gone
    await library.give(assistant, ClassRoleName.ASSISTANT)
    own = await library.send(assistant, "POST", path, expect=202)
    await library.run_jobs()
    one = f"/v1/attendance-exports/{own['id']}"
    assert (await library.send(assistant, "GET", one))["state"] == "ready"
    gone = (404, "attendance_export_not_found")
    assert await library.refused(library.tutor, "GET", one) == gone
    await library.rows("DELETE FROM class_roles")
    assert await library.refused(assistant, "GET", one) == gone


async def test_s29_exports_go_after_a_day(library: Library) -> None:
    asked = await ask(library)
    await library.run_jobs()
    late = await ask(library)
    library.world.clock.move(DAY - timedelta(seconds=1))
    await library.run(SweepExports())
    assert library.objects() == [f"attendance-exports/{asked['id']}.csv"]
    library.world.clock.move(timedelta(seconds=1))
    path = f"/v1/attendance-exports/{asked['id']}"
    refusal = await library.refused(library.tutor, "GET", path)
    assert refusal == (404, "attendance_export_not_found")
    await library.run(SweepExports())
    await library.run(BuildExport(export_id=late["id"]))  # it comes at last
    assert library.objects() == []
    assert await library.rows("SELECT 1 FROM attendance_exports") == []


class Killed(BaseException):
    """The process is gone."""


POINTS = ["objects.before_put_file", "objects.after_put_file"]
SWEPT = ["objects.before_delete", "objects.after_delete"]


@pytest.mark.parametrize("name", [*POINTS, *SWEPT])
@pytest.mark.parametrize("again", [True, False])
async def test_s29_a_death_between_calls_leaves_nothing_behind(
    library: Library, monkeypatch: pytest.MonkeyPatch, name: str, again: bool
) -> None:
    """The worker dies while it builds, or while it sweeps; after a day nothing is left."""
    asked = await ask(library)
    if name in SWEPT:
        await library.run_jobs()
        library.world.clock.move(DAY)

    async def reach(point: str) -> None:
        if point == name:
            raise Killed

    monkeypatch.setattr(gateway, "reach", reach)
    job = SweepExports() if name in SWEPT else BuildExport(export_id=asked["id"])
    with pytest.raises(Killed):
        await library.run(job)
    monkeypatch.undo()
    if again:
        await library.run(BuildExport(export_id=asked["id"]))
        if name in POINTS:
            path = f"/v1/attendance-exports/{asked['id']}"
            assert (await library.send(library.tutor, "GET", path))["state"] == "ready"
    library.world.clock.move(DAY)
    await library.run(SweepExports())
    assert library.objects() == []
    assert await library.rows("SELECT 1 FROM attendance_exports") == []
