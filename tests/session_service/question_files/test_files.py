"""Files of questions as people write them: Aiken, GIFT and CSV, with errors by line (S21)."""

from typing import Any

import pytest

from session_service.question_files import aiken, gift, table
from session_service.question_files.reading import Reading
from session_service.questions.schemas import QuestionCreate
from tests.session_service.assessments.school import ESSAY, School

AIKEN = """\
What is 2 + 2?
A. Three
B) Four
ANSWER: B

Which is a prime?
A. Four
B. Seven
C. Nine
ANSWER: b
"""
GIFT = """\
// A comment
$CATEGORY: $course$/Sums

::One:: What is 2 + 2? {
  =Four#right
  ~Three
}

Two plus two is {~%50%even ~%-100%odd ~%50%small}.

The sun rises in the east. {T#Yes####Look out}

Who wrote Faust? {=Goethe =J. W. Goethe =%50%Schiller}

[html]How high? {#8848:1}

How far? {#1.5..2.5}

Match. {=cat -> Katze =dog -> Hund = -> Pferd}

Discuss \\{freely\\}. {}
"""
CSV = """\
type,prompt,options,right,points,tags
single,What is 2 + 2?,Three|Four,2,"2,5",sums|easy
numeric,"How
far?",,"1,5",,
matching,Match.,cat=Katze|dog=Hund|=Pferd,,,
cloze,It [[1]] [[2]].,1=is/are|2=,1=is|2=red/crimson,,
"""


def shown(read: Reading) -> list[tuple[int, str]]:
    return [(line, one.content.type) for line, one in read.found]


def told(read: Reading) -> list[tuple[int, str]]:
    return [(one.line, one.code) for one in read.errors]


def key(read: Reading, place: int) -> dict[str, Any]:
    made: QuestionCreate = read.found[place][1]
    return made.key.model_dump(mode="json", exclude={"type", "credit"})


def test_s21_aiken() -> None:
    found = aiken.read(AIKEN.replace("\n", "\r\n"))
    assert shown(found) == [(1, "single"), (6, "single")]
    assert [key(found, n) for n in (0, 1)] == [{"right": "o2"}, {"right": "o2"}]
    assert found.errors == []


@pytest.mark.parametrize(
    ("text", "errors"),
    [
        ("Q\nA. x\nB. y\n", [(1, "answer_missing")]),
        ("\n\nQ\nA. x\nB. y\nANSWER: C\n", [(6, "answer_unknown")]),
        ("Q\nA. x\nC. y\nANSWER: A\n" + AIKEN, [(3, "option_out_of_order")]),
        ("Q\nA. x\nno option\nANSWER: A\n", [(3, "option_expected")]),
        ("Q\nA. x\nANSWER: A\n", [(1, "invalid")]),
        ("ANSWER: A\n", [(1, "answer_unknown")]),
    ],
)
def test_s21_aiken_with_errors_by_line(text: str, errors: list[tuple[int, str]]) -> None:
    assert told(aiken.read(text)) == errors


def test_s21_gift() -> None:
    found = gift.read(GIFT)
    assert found.errors == []
    assert shown(found) == [
        (4, "single"), (9, "multiple"), (11, "true_false"), (13, "short_text"), (15, "numeric"),
        (17, "numeric"), (19, "matching"), (21, "essay"),
    ]  # fmt: skip
    assert key(found, 0) == {"right": "o1"}
    assert key(found, 1) == {"right": ["o1", "o3"]}
    assert found.found[1][1].content.prompt == "Two plus two is _____ ."
    assert (key(found, 2), found.found[2][1].explanation) == ({"right": True}, "Look out")
    assert key(found, 3) == {"variants": ["Goethe", "J. W. Goethe"]}
    assert [key(found, n)["tolerance"] for n in (4, 5)] == ["1", "0.5"]
    assert key(found, 6) == {"pairs": {"l1": "r1", "l2": "r2"}}
    assert found.found[7][1].content.prompt == "Discuss {freely}."
    assert {tuple(one.tags) for _, one in found.found} == {("sums",)}
    assert [(one.line, one.code) for one in found.notes] == [
        (4, "feedback_left_out"), (11, "feedback_left_out"), (13, "weights_left_out"),
        (15, "html_as_text"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "errors"),
    [
        ("A\n\nno braces\n\nB {T}", [(1, "answers_missing"), (3, "answers_missing")]),
        ("A {T} {F}", [(1, "braces_twice")]),
        ("A {\n=x\n=y\n~z}", [(1, "several_right")]),
        ("A {~%50%x ~%30%y ~z}", [(1, "weights_differ")]),
        ("A {~x ~y}", [(1, "weights_differ")]),
        ("\nA {#one}", [(2, "not_a_number")]),
        ("A {#=1:0 =%50%2:0}", [(1, "several_numbers")]),
        ("A\nB {x}", [(2, "answer_expected")]),
        ("A {=x ~}", [(1, "invalid")]),
    ],
)
def test_s21_gift_with_errors_by_line(text: str, errors: list[tuple[int, str]]) -> None:
    assert told(gift.read(text)) == errors


def test_s21_a_table_with_commas_or_semicolons() -> None:
    for text in (CSV, "\ufeff" + CSV.replace("\n", "\r\n")):
        found = table.read(text)
        assert found.errors == []
        assert shown(found) == [(2, "single"), (3, "numeric"), (5, "matching"), (6, "cloze")]
        assert (key(found, 0), key(found, 1)["value"]) == ({"right": "o2"}, "1.5")
        assert str(found.found[0][1].points) == "2.50"
        assert found.found[0][1].tags == ["sums", "easy"]
        assert key(found, 3) == {"gaps": {"1": ["is"], "2": ["red", "crimson"]}}
    german = table.read("type;prompt;right\nnumeric;Wie weit?;1,5\n")
    assert key(german, 0)["value"] == "1.5"


@pytest.mark.parametrize(
    ("text", "errors"),
    [
        ("", [(1, "columns")]),
        ("type,prompt,colour\n", [(1, "columns")]),
        ("type,prompt,options,right\nsingle,P,a|b,3\nriddle,P,,\n",
         [(2, "unknown_option"), (3, "type_unknown")]),
        ("type,prompt,options,right\nsingle,P,a|b,x\n", [(2, "cell")]),
        ("type,prompt,right\nnumeric,P,many\ntrue_false,P,perhaps\n", [(2, "cell"), (3, "cell")]),
        ("type,prompt\nessay,P,more,cells\n", [(2, "too_many_cells")]),
        ("type,prompt\nessay,\n", [(2, "invalid")]),
        ('type,prompt\nessay,"P\nQ"x\n', [(3, "not_csv")]),
    ],
)  # fmt: skip
def test_s21_a_table_with_errors_by_line(text: str, errors: list[tuple[int, str]]) -> None:
    assert told(table.read(text)) == errors


async def test_s21_a_dry_run_adds_nothing_and_an_import_all_or_nothing(school: School) -> None:
    path, bank = "/v1/question-imports", "/v1/questions"
    body = {"format": "gift", "text": "\n\nA {T}\n\nB {#x}", "tags": ["new"]}
    dry = await school.world.post(school.tutor, path, body)
    assert [(one["line"], one["tags"]) for one in dry["found"]] == [(3, ["new"])]
    assert [(one["line"], one["code"]) for one in dry["errors"]] == [(5, "not_a_number")]
    assert dry["added"] == []
    answer = await school.send(school.tutor, "POST", path, body | {"dry_run": False})
    assert (answer.status_code, answer.json()["code"]) == (422, "import_refused")
    assert answer.json()["fields"][0]["detail"].startswith("line 5: ")
    assert (await school.world.get(school.tutor, bank))["items"] == []
    good = body | {"dry_run": False, "text": "A {T}\n\nB {#1}"}
    made = await school.world.post(school.tutor, path, good)
    items = (await school.world.get(school.tutor, f"{bank}?tag=new"))["items"]
    assert [one["id"] for one in reversed(items)] == made["added"]
    assert [one["type"] for one in items] == ["numeric", "true_false"]
    empty = body | {"text": "// nothing", "dry_run": False}
    assert await school.refused(school.tutor, "POST", path, empty) == (422, "import_refused")


async def test_s21_of_very_many_errors_the_first_are_named_and_the_others_counted(
    school: School,
) -> None:
    body = {"format": "gift", "text": "B {#x}\n\n" * 130}
    dry = await school.world.post(school.tutor, "/v1/question-imports", body)
    assert (len(dry["errors"]), dry["more_errors"], dry["more_notes"]) == (100, 30, 0)
    assert dry["errors"][-1]["line"] == 199
    answer = await school.send(
        school.tutor, "POST", "/v1/question-imports", body | {"dry_run": False}
    )
    fields = answer.json()["fields"]
    assert (answer.status_code, len(fields)) == (422, 101)
    assert (fields[-1]["code"], fields[-1]["detail"]) == ("more_errors", "and 30 more")


async def test_s21_an_export_says_what_is_left_out_and_comes_back(school: School) -> None:
    await school.question(tags=["a"])
    essay = await school.question(**ESSAY, tags=["a"])
    await school.question(tags=["b"])
    counts = {}
    for form in ("aiken", "gift", "csv"):
        found = await school.world.get(school.tutor, f"/v1/question-exports?format={form}&tag=a")
        counts[form] = (found["count"], [one["question_id"] for one in found["left_out"]])
        body = {"format": form, "text": found["text"]}
        read = await school.world.post(school.tutor, "/v1/question-imports", body)
        assert (len(read["found"]), read["errors"]) == (found["count"], [])
    assert counts == {"aiken": (1, [essay["id"]]), "gift": (1, [essay["id"]]), "csv": (2, [])}


@pytest.mark.parametrize("number", ["9e999999..9e999999", "-9e999999..9e999999"])
def test_s21_numbers_that_no_decimal_can_hold_are_an_error_of_their_line(number: str) -> None:
    read = gift.read(f"How far? {{#{number}}}")
    assert [(one.line, one.code) for one in read.errors] == [(1, "not_a_number")]
    assert read.found == []


@pytest.mark.timeout(15)
@pytest.mark.parametrize("kind", ["gift", "csv"])
def test_s21_a_file_of_very_many_pairs_holds_nobody_up(kind: str) -> None:
    """Each pair is looked up once, not among all others: it took half a minute."""
    pairs = 40_000 if kind == "gift" else 17_000
    sides = [f"{number:x}" for number in range(pairs)]
    if kind == "gift":
        read = gift.read(f"Q {{{''.join(f'=a->{one}' for one in sides)}}}")
    else:
        rows = ["type,prompt,options", *(f"matching,Q,{'|'.join(f'a={o}' for o in sides)}",) * 3]
        read = table.read("\n".join(rows))
    assert {one.code for one in read.errors} == {"invalid"}
