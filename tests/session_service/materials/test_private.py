"""Material on a lesson that a student has booked is that student's (S25, S27, U-A6)."""

from typing import Any

import pytest

from session_service.class_roles.schemas import ClassRoleName
from session_service.lessons.models import Lesson
from tests.session_service.attendance.lessons import add_lesson
from tests.session_service.materials.library import PDF, Library
from tests.stack import User
from tests.statements import statements

HIDDEN = (404, "material_not_found")


async def people(library: Library) -> tuple[list[User], list[User]]:
    """Who may see what is the student's, and who may not: a classmate, and who observes that one
    only.
    """
    helpers = [library.stack.as_user("tutor") for _ in range(2)]
    for user, role in zip(helpers, (ClassRoleName.CO_TUTOR, ClassRoleName.ASSISTANT), strict=True):
        await library.give(user, role)
    observer, other_observer = (library.stack.as_user("student") for _ in range(2))
    await library.give(observer, ClassRoleName.OBSERVER)
    classmate = library.stack.as_user("student")
    await library.world.member(library.made, classmate)
    await library.give(other_observer, ClassRoleName.OBSERVER)
    await library.rows(
        "UPDATE class_roles SET student_id = :student WHERE account_id = :observer",
        student=classmate.id,
        observer=other_observer.id,
    )
    return [library.tutor, *helpers, library.student, observer], [classmate, other_observer]


async def booked(library: Library) -> Lesson:
    """A lesson of the student's alone."""
    return await add_lesson(library, student_id=library.student.id, teacher_id=library.tutor.id)


async def test_u_a6_material_of_a_booked_lesson_is_one_student_s(library: Library) -> None:
    seeing, others = await people(library)
    lesson = await booked(library)
    material = await library.add("file", lesson_id=str(lesson.id), title="Yours")
    await library.upload(material)
    await library.run_jobs()
    await library.publish(material)
    await library.publish(await library.add(title="Everybody's"))
    path = f"/v1/materials/{material['id']}"
    for user in seeing:
        assert await library.seen(user) == ["Yours", "Everybody's"]
        assert await library.seen(user, f"?lesson_id={lesson.id}") == ["Yours"]
        assert (await library.send(user, "GET", path))["title"] == "Yours"
        assert len(await library.versions(user, material)) == 1
        link = (await library.download(user, material))["url"]
        assert (await library.http.get(link)).content == PDF
    for user in others:
        assert await library.seen(user) == ["Everybody's"]
        assert await library.seen(user, f"?lesson_id={lesson.id}") == []
        assert await library.refused(user, "GET", path) == HIDDEN
        assert await library.refused(user, "GET", f"{path}/versions") == HIDDEN
        assert await library.refused(user, "POST", f"{path}/downloads", {}) == HIDDEN
    views = (await library.send(library.tutor, "GET", f"{path}/views"))["items"]
    assert [one["account_id"] for one in views] == [str(library.student.id)]


async def test_u_a6_a_draft_of_a_booked_lesson_is_the_teachers(library: Library) -> None:
    lesson = await booked(library)
    material = await library.add(lesson_id=str(lesson.id))
    assert (
        await library.refused(library.student, "GET", f"/v1/materials/{material['id']}") == HIDDEN
    )


async def test_u_a6_what_goes_to_a_booked_lesson_leaves_the_class(library: Library) -> None:
    """And comes back when it is taken off the lesson."""
    _, others = await people(library)
    lesson, material = await booked(library), await library.add()
    await library.publish(material)
    path = f"/v1/materials/{material['id']}"
    for lesson_id, seen in ((str(lesson.id), []), (None, ["Fractions"])):
        await library.send(library.tutor, "PATCH", path, {"lesson_id": lesson_id})
        assert [await library.seen(user) for user in others] == [seen, seen]
        assert await library.seen(library.student) == ["Fractions"]


@pytest.mark.parametrize("private", [True, False])
async def test_n17_only_who_may_see_material_is_told_of_it(library: Library, private: bool) -> None:
    lesson = await booked(library) if private else await add_lesson(library)
    await library.publish(await library.add(lesson_id=str(lesson.id)))
    [event] = await library.events()
    assert event["student_id"] == (str(library.student.id) if private else None)


async def test_u_a6_a_student_who_left_sees_no_lesson_s_material(library: Library) -> None:
    lesson = await booked(library)
    material = await library.add(lesson_id=str(lesson.id))
    await library.publish(material)
    await library.rows(
        "UPDATE memberships SET state = 'left' WHERE student_id = :id", id=library.student.id
    )
    assert (
        await library.refused(library.student, "GET", f"/v1/materials/{material['id']}") == HIDDEN
    )


async def test_s25_a_list_with_lessons_costs_the_same(library: Library) -> None:
    counts, path = [], f"/v1/study-sessions/{library.made['id']}/materials"
    for _ in range(2):
        for lesson in (await booked(library), await add_lesson(library)):
            await library.publish(await library.add(lesson_id=str(lesson.id)))
        with statements() as sent:
            page: dict[str, Any] = await library.send(library.student, "GET", path)
        counts.append((len(page["items"]), len(sent)))
    assert counts == [(2, 2), (4, 2)]
