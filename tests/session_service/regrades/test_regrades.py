"""Marking anew after a key was corrected (S22)."""

from typing import Any

from tests.session_service.attempts.hall import Hall
from tests.stack import Stack


async def corrected(hall: Hall, test: dict[str, Any], right: str) -> dict[str, Any]:
    """The first question as it is asked; its key names another option from now on."""
    path = f"/v1/assessments/{test['id']}/questions"
    asked: dict[str, Any] = (await hall.world.get(hall.tutor, path))["items"][-1]
    [option] = [one["id"] for one in asked["content"]["options"] if one["text"] == right]
    body = {"content": asked["content"], "key": {"type": "single", "right": option}}
    path = f"/v1/questions/{asked['question_id']}/versions"
    await hall.world.post(hall.tutor, path, body)
    return asked


async def test_s22_a_look_at_who_changes_and_then_the_change(hall: Hall, stack: Stack) -> None:
    other, third = stack.as_user("student"), stack.as_user("student")
    test = await hall.test(floor_at_zero=True)
    for one in (other, third):
        await hall.world.member(hall.made, one)
    for user, word in ((hall.student, "Four"), (other, "Five"), (third, "Three")):
        attempt = await hall.start(test, user)
        await hall.save(attempt, 0, word, user=user)
        await hall.save(attempt, 1, "Four", user=user)
        await hall.submit(attempt, user=user)
    await hall.sweep()
    asked = await corrected(hall, test, "Five")
    path = f"/v1/assessments/{test['id']}/questions/{asked['id']}/regrade"
    expected = {
        str(hall.student.id): (["2.00"], ["-0.50"], "4.00", "1.50"),
        str(other.id): (["-0.50"], ["2.00"], "1.50", "4.00"),
    }
    looks = [await hall.world.get(hall.tutor, path) for _ in range(2)]
    totals = [(await hall.total(test, one))[1] for one in (hall.student, other, third)]
    assert totals == ["4.00", "1.50", "1.50"]
    done = await hall.world.post(hall.tutor, path, {"reason": "Wrong key"}, expect=200)
    for found in (*looks, done):
        assert (found["from_version"], found["to_version"]) == (1, 2)
        assert {
            one["student_id"]: (
                one["from_points"], one["to_points"], one["from_total"], one["to_total"],
            )
            for one in found["students"]
        } == expected  # fmt: skip
    totals = [(await hall.total(test, one))[1] for one in (hall.student, other, third)]
    assert totals == ["1.50", "4.00", "1.50"]
    again = await hall.world.post(hall.tutor, path, {"reason": "Wrong key"}, expect=200)
    assert again["students"] == []
    mark = await hall.mark(test)
    assert mark is not None
    assert mark["parts"][0]["rule"] == "single/1 key 2"
    changes = (await hall.world.get(hall.tutor, f"/v1/marks/{mark['id']}/changes"))["items"]
    assert [(one["from_total"], one["to_total"], one["reason"]) for one in changes] == [
        ("4.00", "1.50", "Wrong key"), (None, "4.00", None),
    ]  # fmt: skip
    untouched = await hall.mark(test, third)
    assert untouched is not None
    assert untouched["revision"] == 1


async def test_s22_what_is_open_is_marked_by_the_new_key(hall: Hall) -> None:
    test = await hall.test()
    attempt = await hall.start(test)
    await hall.save(attempt, 0, "Five")
    asked = await corrected(hall, test, "Five")
    path = f"/v1/assessments/{test['id']}/questions/{asked['id']}/regrade"
    done = await hall.world.post(hall.tutor, path, {"reason": "Wrong key"}, expect=200)
    assert done["students"] == []
    await hall.submit(attempt)
    await hall.sweep()
    assert await hall.total(test) == ("draft", "2.00")


async def test_s22_what_a_person_has_marked_stays(hall: Hall) -> None:
    test = await hall.test()
    attempt = await hall.start(test)
    await hall.save(attempt, 0, "Four")
    await hall.submit(attempt)
    await hall.sweep()
    asked = await corrected(hall, test, "Five")
    part = f"/v1/attempts/{attempt['id']}/parts/{asked['id']}"
    answer = await hall.send(hall.tutor, "PUT", part, {"points": "1.00"})
    assert answer.status_code == 200
    path = f"/v1/assessments/{test['id']}/questions/{asked['id']}/regrade"
    done = await hall.world.post(hall.tutor, path, {"reason": "Wrong key"}, expect=200)
    assert done["students"] == []
    assert await hall.total(test) == ("draft", "1.00")


async def test_s22_what_an_import_has_added_stays(hall: Hall) -> None:
    """The file of the gradebook says 3.00 where the parts make 2.00; the regrade takes 2.50 off."""
    test = await hall.test()
    attempt = await hall.start(test)
    await hall.save(attempt, 0, "Four")
    await hall.submit(attempt)
    await hall.sweep()
    base = f"/v1/study-sessions/{hall.made['id']}"
    answer = await hall.world.client.request(
        "POST", f"{base}/gradebook-imports",
        content=f"student code,x [{test['id']}]\n{hall.student.code},3.00\n",
        headers=hall.tutor.headers | {"Content-Type": "text/csv"},
    )  # fmt: skip
    assert answer.status_code == 200, answer.text
    assert await hall.total(test) == ("draft", "3.00")
    asked = await corrected(hall, test, "Five")
    path = f"/v1/assessments/{test['id']}/questions/{asked['id']}/regrade"
    await hall.world.post(hall.tutor, path, {"reason": "Wrong key"}, expect=200)
    mark = await hall.mark(test)
    assert mark is not None
    assert [(one["points"], one["source"]) for one in mark["parts"]] == [
        ("-0.50", "auto"), ("0.00", "auto"), ("1.00", "import"),
    ]  # fmt: skip
    assert mark["total"] == "0.50"


async def test_s22_a_key_to_other_options_does_not_fit(hall: Hall) -> None:
    test = await hall.test()
    path = f"/v1/assessments/{test['id']}/questions"
    asked = (await hall.world.get(hall.tutor, path))["items"][-1]
    options = [{"id": "x", "text": "Yes"}, {"id": "y", "text": "No"}]
    body = {
        "content": {"type": "single", "prompt": "Other?", "options": options},
        "key": {"type": "single", "right": "x"},
    }
    await hall.world.post(hall.tutor, f"/v1/questions/{asked['question_id']}/versions", body)
    refused = await hall.refused(hall.tutor, "GET", f"{path}/{asked['id']}/regrade")
    assert refused == (409, "key_does_not_fit")
    missing = f"{path}/{test['id']}/regrade"
    assert await hall.refused(hall.tutor, "GET", missing) == (404, "question_not_asked")
