"""What is written is read again as it was (S21)."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from session_service.question_files import aiken, cells, gift, gift_writing, table, table_writing
from session_service.question_files.reading import Reading
from session_service.question_rules.contents import MatchingContent, OrderingContent
from session_service.question_rules.keys import MatchingKey, OrderingKey
from session_service.questions.schemas import QuestionCreate
from tests.session_service.question_rules.made import CREDIT

TEXT = st.text("aB1 ~=#{}:\\|/%->[]'\"+@,;\n.\té.A)", min_size=1, max_size=12).filter(
    lambda text: bool(text.strip())
)
TEXTS = st.lists(TEXT.map(str.strip), min_size=2, max_size=5, unique=True)
NUMBER = st.decimals(-1_000, 1_000, places=3).map(str)
Body = tuple[dict[str, Any], dict[str, Any]]


def options(texts: list[str], prefix: str = "o") -> list[dict[str, str]]:
    return [{"id": f"{prefix}{n}", "text": one} for n, one in enumerate(texts)]


@st.composite
def bodies(draw: st.DrawFn) -> Body:
    kind = draw(st.sampled_from([single, multiple, ordering, matching, texts, numeric, others]))
    made: Body = draw(kind())
    return made


@st.composite
def single(draw: st.DrawFn) -> Body:
    made = options(draw(TEXTS))
    return {"type": "single", "options": made}, {"right": draw(st.sampled_from(made))["id"]}


@st.composite
def multiple(draw: st.DrawFn) -> Body:
    made = options(draw(TEXTS))
    right = draw(st.lists(st.sampled_from([one["id"] for one in made]), min_size=1, unique=True))
    return {"type": "multiple", "options": made}, {"right": sorted(right), "credit": draw(CREDIT)}


@st.composite
def ordering(draw: st.DrawFn) -> Body:
    made = options(draw(TEXTS))
    order = draw(st.permutations([one["id"] for one in made]))
    return {"type": "ordering", "items": made}, {"order": order, "credit": draw(CREDIT)}


@st.composite
def matching(draw: st.DrawFn) -> Body:
    left, right = options(draw(TEXTS), "l"), options(draw(TEXTS), "r")
    pairs = {one["id"]: draw(st.sampled_from(right))["id"] for one in left}
    content = {"type": "matching", "left": left, "right": right}
    return content, {"pairs": pairs, "credit": draw(CREDIT)}


@st.composite
def texts(draw: st.DrawFn) -> Body:
    if draw(st.booleans()):
        return {"type": "short_text"}, {"variants": draw(TEXTS)}
    choices = draw(st.just([]) | TEXTS)
    content = {"type": "cloze", "gaps": [{"id": "1", "choices": choices}, {"id": "b-2"}]}
    return content, {"gaps": {"1": choices or draw(TEXTS), "b-2": draw(TEXTS)}}


@st.composite
def numeric(draw: st.DrawFn) -> Body:
    kind = draw(st.sampled_from(["absolute", "relative"]))
    units = draw(st.just([]) | st.just([{"unit": "m=|/s"}, {"unit": "cm", "factor": "0.01"}]))
    key = {"value": draw(NUMBER), "tolerance": "0.25", "tolerance_kind": kind, "units": units}
    mark = draw(st.sampled_from(["either", "comma"]))
    return {"type": "numeric", "decimal_mark": mark}, key


@st.composite
def others(draw: st.DrawFn) -> Body:
    kind = draw(st.sampled_from(["true_false", "essay", "file"]))
    if kind == "true_false":
        return {"type": kind}, {"right": draw(st.booleans())}
    return {"type": kind}, {"guidance": draw(st.just("") | TEXT)}


@st.composite
def questions(draw: st.DrawFn) -> QuestionCreate:
    """A question of any type, whose texts hold every sign that means something in some file."""
    content, key = draw(bodies())
    prompt = draw(TEXT)
    if content["type"] == "cloze":
        prompt += "[[1]] [[b-2]]"
    return QuestionCreate.model_validate(
        {
            "content": {"prompt": prompt, **content},
            "key": {"type": content["type"], **key},
            "explanation": draw(st.just("") | TEXT),
            "points": "2.50",
            "negative": "0.25",
            "tags": ["a|b", "=c"],
        }
    )


def canonical(made: QuestionCreate) -> tuple[Any, Any]:
    """Content and key with ids by place; what papers shuffle anyway is put in the key's order."""
    content, key = made.content, made.key
    if isinstance(content, OrderingContent) and isinstance(key, OrderingKey):
        by_id = {one.id: one for one in content.items}
        content = content.model_copy(update={"items": [by_id[one] for one in key.order]})
    if isinstance(content, MatchingContent) and isinstance(key, MatchingKey):
        used = [key.pairs[one.id] for one in content.left]
        right = {one.id: one for one in content.right}
        ids = list(dict.fromkeys([*used, *right]))
        content = content.model_copy(update={"right": [right[one] for one in ids]})
    names = {one: f"n{n}" for n, one in enumerate(content.hidden_ids)}
    return content.renamed(names), key.renamed(names)


def only(read: Reading) -> QuestionCreate:
    assert read.errors == []
    [(line, made)] = read.found
    assert line >= 1
    return made


@given(questions())
def test_s21_every_question_comes_through_a_table_whole(made: QuestionCreate) -> None:
    line = table_writing.write(made)
    assert line is not None
    found = only(table.read(table_writing.header() + line))
    assert canonical(found) == canonical(made)
    shared = {"explanation", "points", "negative", "tags"}
    assert found.model_dump(include=shared) == made.model_dump(include=shared)


@given(questions())
def test_s21_what_gift_can_hold_comes_through_it(made: QuestionCreate) -> None:
    text = gift_writing.write(1, made.content, made.key, made.explanation)
    kind = made.content.type
    if text is None:
        assert kind not in ("single", "true_false")
        return
    assert kind not in ("ordering", "cloze", "file")
    found = only(gift.read(text))
    assert canonical(found) == canonical(made)
    assert found.explanation == made.explanation


@given(questions())
def test_s21_what_aiken_can_hold_comes_through_it(made: QuestionCreate) -> None:
    text = aiken.write(made.content, made.key)
    if text is not None:
        assert canonical(only(aiken.read(text))) == canonical(made)
    elif made.content.type == "single":
        said = [made.content.prompt, *(one.text for one in made.content.options)]
        assert any(not one.isalnum() for one in said)


@given(st.lists(questions(), max_size=4))
def test_s21_many_questions_stay_apart(made: list[QuestionCreate]) -> None:
    parts = [table_writing.write(one) for one in made]
    found = table.read(table_writing.header() + "".join(part for part in parts if part))
    assert [canonical(one) for _, one in found.found] == [canonical(one) for one in made]
    written = [gift_writing.write(n, one.content, one.key, "") for n, one in enumerate(made)]
    kept = [one for one, text in zip(made, written, strict=True) if text is not None]
    read = gift.read("\n".join(text for text in written if text is not None))
    assert [canonical(one) for _, one in read.found] == [canonical(one) for one in kept]


@given(st.text("aA.):=~#{}%->\\|,;\"'\n 1TFANSWER$/", max_size=60))
def test_whatever_is_read_is_read_or_told_of(text: str) -> None:
    for read in (aiken.read, gift.read, table.read):
        found = read(text)
        assert all(note.line >= 1 for note in (*found.errors, *found.notes))
    try:
        table.read("type,prompt,options,right\n" + text)
    except ValidationError as error:  # pragma: no cover
        raise AssertionError from error


@given(st.text("'=+-@\t a", max_size=6))
def test_a_guarded_cell_is_no_formula_and_can_be_read(text: str) -> None:
    cell = cells.guard(text)
    assert not cell.lstrip().startswith(("=", "+", "-", "@"))
    assert cells.unguard(cell) == text
