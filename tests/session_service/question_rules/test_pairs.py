"""Contents and keys as authors hand them in, and answers that fit (R5, S-A10)."""

from itertools import count
from typing import Any

import pytest
from hypothesis import given
from pydantic import ValidationError

from session_service.question_rules import marking, pairs
from tests.session_service.question_rules.made import (
    ANSWER,
    CONTENT,
    KEY,
    QUESTIONS,
    Asked,
    asked,
    options,
)  # fmt: skip

AB = {"options": options("a", "b")}


@pytest.mark.parametrize(
    ("kind", "content", "key", "pointer"),
    [
        ("single", AB, {"right": "c"}, "/key/right"),
        ("multiple", AB, {"right": ["a", "c"]}, "/key/right"),
        ("ordering", {"items": options("a", "b")}, {"order": ["a"]}, "/key/order"),
        ("matching", {"left": options("a"), "right": options("x", "y")}, {"pairs": {"a": "z"}},
         "/key/pairs"),
        ("matching", {"left": options("a", "b"), "right": options("x", "y")},
         {"pairs": {"a": "x"}}, "/key/pairs"),
        ("cloze", {"prompt": "[[1]]", "gaps": [{"id": "1"}]}, {"gaps": {"2": ["x"]}}, "/key/gaps"),
        ("cloze", {"prompt": "[[1]]", "gaps": [{"id": "1", "choices": ["x", "y"]}]},
         {"gaps": {"1": ["z"]}}, "/key/gaps/1"),
        ("numeric", {}, {"value": "1", "unit_needed": True}, "/key/units"),
    ],
)  # fmt: skip
def test_s14_a_key_that_is_none(
    kind: str, content: dict[str, Any], key: dict[str, Any], pointer: str
) -> None:
    of = {"type": kind}
    found = pairs.problem(
        CONTENT.validate_python({"prompt": "P", **of, **content}), KEY.validate_python(of | key)
    )
    assert found is not None
    assert found.pointer == pointer


def test_s14_a_key_of_another_type() -> None:
    found = pairs.problem(asked("essay", {}, {}, {})[0], asked("file", {}, {}, {})[1])
    assert found is not None
    assert found.pointer == "/key/type"


@pytest.mark.parametrize(
    "content",
    [
        {"type": "single", "prompt": "P", "options": options("a")},
        {"type": "single", "prompt": "P", "options": options("a", "a")},
        {"type": "single", "prompt": " ", **AB},
        {"type": "cloze", "prompt": "[[1]] [[1]]", "gaps": [{"id": "1"}]},
        {"type": "cloze", "prompt": "no gap", "gaps": [{"id": "1"}]},
        {"type": "matching", "prompt": "P", "left": options("a"), "right": options("a", "b")},
        {"type": "essay", "prompt": "P", "right": True},
        {"type": "hotspot", "prompt": "P"},
    ],
)
def test_s14_a_content_that_is_none(content: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        CONTENT.validate_python(content)


@pytest.mark.parametrize(
    ("content", "answer", "why"),
    [
        ({"type": "single", **AB}, {"type": "single", "option": "z"}, "unknown_option"),
        ({"type": "multiple", **AB}, {"type": "multiple", "options": ["a", "z"]}, "unknown_option"),
        ({"type": "ordering", "items": options("a", "b")}, {"type": "ordering", "items": ["z"]},
         "unknown_option"),
        ({"type": "matching", "left": options("a"), "right": options("x", "y")},
         {"type": "matching", "pairs": {"a": "a"}}, "unknown_option"),
        ({"type": "cloze", "prompt": "[[1]]", "gaps": [{"id": "1"}]},
         {"type": "cloze", "gaps": {"2": "x"}}, "unknown_option"),
        ({"type": "essay"}, {"type": "short_text", "text": "x"}, "wrong_type"),
        ({"type": "single", **AB}, {"type": "single", "option": "b"}, None),
    ],
)  # fmt: skip
def test_r5_the_option_of_another_question_is_no_answer(
    content: dict[str, Any], answer: dict[str, Any], why: str | None
) -> None:
    made = CONTENT.validate_python({"prompt": "P", **content})
    assert made.misfit(ANSWER.validate_python(answer)) == why


@given(QUESTIONS)
def test_s_a10_drawn_ids_keep_the_meaning_and_show_nothing_of_the_author_s(one: Asked) -> None:
    content, key, answer = one
    numbers = count()
    made, renamed = pairs.relabelled(content, key, (), lambda: f"new{next(numbers)}")
    assert pairs.problem(made, renamed) is None
    assert not set(content.hidden_ids) & set(made.hidden_ids)
    assert len(made.hidden_ids) == len(content.hidden_ids)
    kept = pairs.relabelled(made, renamed, made.hidden_ids, lambda: "never")
    assert kept == (made, renamed)
    if not content.hidden_ids:
        points = marking.mark(content, key, answer, 3).points  # type: ignore[arg-type]
        assert marking.mark(made, renamed, answer, 3).points == points  # type: ignore[arg-type]


@given(QUESTIONS)
def test_every_model_is_the_same_after_its_json(one: Asked) -> None:
    adapters: tuple[Any, ...] = (CONTENT, KEY, ANSWER)
    for adapter, made in zip(adapters, one, strict=True):
        assert adapter.validate_python(adapter.dump_python(made, mode="json")) == made
