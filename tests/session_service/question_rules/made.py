"""Questions of every type, with answers to them, made by hypothesis."""

from typing import Any

from hypothesis import strategies as st
from pydantic import TypeAdapter

from session_service.question_rules.answers import Answer, AnyAnswer
from session_service.question_rules.contents import AnyContent, Content
from session_service.question_rules.keys import AnyKey, Key

CONTENT: TypeAdapter[AnyContent] = TypeAdapter(Content)
KEY: TypeAdapter[AnyKey] = TypeAdapter(Key)
ANSWER: TypeAdapter[AnyAnswer] = TypeAdapter(Answer)
Asked = tuple[AnyContent, AnyKey, AnyAnswer]
WORDS = st.text("abcdé ßİ", min_size=1, max_size=5).filter(lambda text: bool(text.strip()))
NUMBERS = st.decimals(-1_000, 1_000, places=3).map(str)
CREDIT = st.sampled_from(["partial", "all"])


def asked(kind: str, content: dict[str, Any], key: dict[str, Any], answer: dict[str, Any]) -> Asked:
    """A question and an answer from what their models take."""
    of = {"type": kind}
    return (
        CONTENT.validate_python({"prompt": "P", **of, **content}),
        KEY.validate_python({**of, **key}),
        ANSWER.validate_python({**of, **answer}),
    )


def options(*ids: str) -> list[dict[str, str]]:
    """Options whose texts are their ids."""
    return [{"id": one, "text": one} for one in ids]


def _some(ids: list[str], least: int = 0) -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from(ids), min_size=least, unique=True)


@st.composite
def choices(draw: st.DrawFn) -> Asked:
    ids = list("abcdef"[: draw(st.integers(2, 6))])
    content = {"options": options(*ids)}
    if draw(st.booleans()):
        answer = {"option": draw(st.sampled_from([*ids, None]))}
        return asked("single", content, {"right": draw(st.sampled_from(ids))}, answer)
    key = {"right": draw(_some(ids, 1)), "credit": draw(CREDIT)}
    return asked("multiple", content, key, {"options": draw(_some(ids))})


@st.composite
def arrangements(draw: st.DrawFn) -> Asked:
    ids = list("abcd")
    if draw(st.booleans()):
        key = {"order": draw(st.permutations(ids)), "credit": draw(CREDIT)}
        return asked("ordering", {"items": options(*ids)}, key, {"items": draw(_some(ids))})
    pairs = {one: draw(st.sampled_from("wxyz")) for one in ids}
    given = draw(st.dictionaries(st.sampled_from(ids), st.sampled_from("wxyz")))
    sides = {"left": options(*ids), "right": options(*"wxyz")}
    return asked("matching", sides, {"pairs": pairs, "credit": draw(CREDIT)}, {"pairs": given})


@st.composite
def texts(draw: st.DrawFn) -> Asked:
    variants = st.lists(WORDS, min_size=1, max_size=3)
    if draw(st.booleans()):
        answer = {"text": draw(st.just("") | WORDS)}
        return asked("short_text", {}, {"variants": draw(variants)}, answer)
    gaps: dict[str, Any] = {"prompt": "[[1]] and [[2]]", "gaps": [{"id": "1"}, {"id": "2"}]}
    key = {"gaps": {"1": draw(variants), "2": draw(variants)}, "credit": draw(CREDIT)}
    filled = {"gaps": draw(st.dictionaries(st.sampled_from("12"), st.just("") | WORDS))}
    return asked("cloze", gaps, key, filled)


@st.composite
def others(draw: st.DrawFn) -> Asked:
    kind = draw(st.sampled_from(["true_false", "numeric", "essay"]))
    if kind == "true_false":
        answer = {"value": draw(st.sampled_from([True, False, None]))}
        return asked(kind, {}, {"right": draw(st.booleans())}, answer)
    if kind == "essay":
        return asked(kind, {}, {}, {"text": draw(st.just("") | WORDS)})
    key = {"value": draw(NUMBERS), "tolerance": "0.5", "tolerance_kind": "relative"}
    return asked(kind, {}, key, {"value": draw(NUMBERS | st.text(max_size=9, alphabet="1,.e-"))})


QUESTIONS = choices() | arrangements() | texts() | others()
