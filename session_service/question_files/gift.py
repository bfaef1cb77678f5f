"""GIFT (https://docs.moodle.org/en/GIFT_format): choice, true/false, short answers, numbers,
matching and essays. Blank lines separate questions; `//` begins a comment.
"""

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from session_service.question_files.reading import Reading, Wrong, lines_of, options

BLANK = "_____"
"""What stands in a prompt where the answers stood in the middle of it."""
_HEAD = re.compile(
    r"\s*(?:::(?:\\.|[^\\])*?::)?\s*(?:\[(html|markdown|plain|moodle)\])?", re.DOTALL
)
_WEIGHT = re.compile(r"\s*%(-?[0-9]+(?:\.[0-9]+)?)%")
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
TRUE, FALSE = ("T", "TRUE"), ("F", "FALSE")


@dataclass(frozen=True, slots=True)
class _Choice:
    """One answer in braces: `=` right or `~` wrong, its weight in percent, its text as written."""

    right: bool
    weight: Decimal | None
    raw: str
    feedback: str

    @property
    def text(self) -> str:
        return plain(self.raw)


def read(text: str) -> Reading:
    """The questions of a file. After an error it goes on behind the next blank line."""
    made, block, first = Reading(), list[str](), 0
    tags: list[str] = []
    for number, line in enumerate([*lines_of(text), ""], 1):
        if line.lstrip().startswith("//"):
            continue
        if line.startswith("$CATEGORY:"):
            name = line.partition(":")[2].strip().rpartition("/")[2].lower()[:40]
            tags = [name] if name else []
        elif line.strip():
            first = first if block else number
            block.append(line)
        elif block:
            _take(made, first, "\n".join(block), tags)
            block = []
    return made


def _take(made: Reading, line: int, block: str, tags: list[str]) -> None:
    try:
        made.take(line, {**_question(made, line, block), "tags": tags})
    except Wrong as wrong:
        made.fail(wrong)


def _question(made: Reading, line: int, block: str) -> dict[str, Any]:
    head = _HEAD.match(block)
    assert head is not None  # noqa: S101  (all of it is optional)
    if head[1] == "html":
        made.note(line, "html_as_text", "formatted text is taken as it is written")
    body = block[head.end() :]
    opened, closed = _find(body, "{"), _find(body, "}")
    if opened < 0 or closed < opened:
        raise Wrong(line, "answers_missing", "answers must stand in braces")
    before, inside, after = body[:opened], body[opened + 1 : closed], body[closed + 1 :]
    if _find(after, "{") >= 0:
        raise Wrong(line + _lines(before, inside), "braces_twice", "one pair of braces, please")
    prompt = plain(before)
    if after.strip():
        prompt = f"{prompt} {BLANK} {plain(after)}".strip()
    answers, _, explanation = _cut(inside, "####")
    made_of = _answers(made, line + _lines(before), answers, prompt)
    return made_of | {"explanation": plain(explanation)}


def _answers(made: Reading, line: int, inside: str, prompt: str) -> dict[str, Any]:
    bare = inside.strip()
    if not bare:
        return _made("essay", {"prompt": prompt}, {})
    if bare.startswith("#"):
        return _made("numeric", {"prompt": prompt}, _numeric(line, bare[1:]))
    word = _cut(bare, "#")[0].strip().upper()
    if word in (*TRUE, *FALSE):
        if "#" in bare:
            made.note(line, "feedback_left_out", "feedback on single answers is not kept")
        return _made("true_false", {"prompt": prompt}, {"right": word in TRUE})
    choices = _choices(line, inside)
    if any(one.feedback for one in choices):
        made.note(line, "feedback_left_out", "feedback on single answers is not kept")
    if all(one.right for one in choices):
        return _of_right_ones(made, line, choices, prompt)
    return _of_choices(made, line, choices, prompt)


def _choices(line: int, inside: str) -> list[_Choice]:
    marks = [at for at, sign in _signs(inside) if sign in "=~"]
    if not marks or inside[: marks[0]].strip():
        raise Wrong(line, "answer_expected", "an answer begins with = or ~")
    found = []
    for at, end in zip(marks, [*marks[1:], len(inside)], strict=True):
        written, _, feedback = _cut(inside[at + 1 : end], "#")
        weight = _WEIGHT.match(written)
        raw = written[weight.end() :] if weight else written
        percent = Decimal(weight[1]) if weight else None
        found.append(_Choice(inside[at] == "=", percent, raw, feedback.strip()))
    return found


def _of_right_ones(made: Reading, line: int, choices: list[_Choice], prompt: str) -> dict[str, Any]:
    """Short answers, or pairs to be matched."""
    if all("->" in one.raw for one in choices):
        return _matching(choices, prompt)
    variants = [one.text for one in choices if one.weight in (None, Decimal(100))]
    if len(variants) < len(choices):
        made.note(line, "weights_left_out", "answers that are worth less than 100 % are not kept")
    return _made("short_text", {"prompt": prompt}, {"variants": variants})


def _matching(choices: list[_Choice], prompt: str) -> dict[str, Any]:
    sides = [tuple(plain(side) for side in one.raw.split("->", 1)) for one in choices]
    right = list(dict.fromkeys(side for _, side in sides))
    pairs = [(left, side) for left, side in sides if left]
    content = {
        "prompt": prompt,
        "left": options([left for left, _ in pairs], "l"),
        "right": options(right, "r"),
    }
    ids = {side: f"r{n}" for n, side in enumerate(right, 1)}
    key = {f"l{n}": ids[side] for n, (_, side) in enumerate(pairs, 1)}
    return _made("matching", content, {"pairs": key})


def _of_choices(made: Reading, line: int, choices: list[_Choice], prompt: str) -> dict[str, Any]:
    content = {"prompt": prompt, "options": options([one.text for one in choices])}
    right = [f"o{n}" for n, one in enumerate(choices, 1) if one.right]
    if right:
        if len(right) > 1:
            raise Wrong(line, "several_right", "one answer with =, or weights with ~%")
        if any(one.weight for one in choices if not one.right):
            made.note(line, "weights_left_out", "a wrong answer is worth nothing here")
        return _made("single", content, {"right": right[0]})
    weights = [one.weight or Decimal(0) for one in choices]
    above = [one for one in weights if one > 0]
    total = sum(above, Decimal(-100))
    if not above or max(above) - min(above) > 1 or abs(total) > 1:
        raise Wrong(line, "weights_differ", "right answers must be worth the same, 100 % in all")
    _check_below(made, line, weights)
    key = {"right": [f"o{n}" for n, one in enumerate(weights, 1) if one > 0]}
    return _made("multiple", content, key)


def _check_below(made: Reading, line: int, weights: list[Decimal]) -> None:
    below = [one for one in weights if one <= 0]
    total = sum(below, Decimal(100))
    if below and (max(below) - min(below) > 1 or abs(total) > 1):
        made.note(line, "weights_changed", "wrong answers cost -100 % in all, each the same")


def _numeric(line: int, written: str) -> dict[str, Any]:
    value = _cut(written.strip().removeprefix("="), "#")[0].strip()
    try:
        if "=" in value or "%" in value:
            raise Wrong(line, "several_numbers", "one number, please")
        if ".." in value:
            low, high = (Decimal(one.strip()) for one in value.split("..", 1))
            return {"value": (low + high) / 2, "tolerance": abs(high - low) / 2}
        number, _, tolerance = value.partition(":")
        return {"value": Decimal(number.strip()), "tolerance": Decimal(tolerance.strip() or 0)}
    except ArithmeticError as error:  # also of a sum that no decimal can hold
        raise Wrong(line, "not_a_number", "as in #1.5, #1.5:0.1 or #1.4..1.6") from error


def _made(kind: str, content: dict[str, Any], key: dict[str, Any]) -> dict[str, Any]:
    return {"content": {"type": kind, **content}, "key": {"type": kind, **key}}


def plain(written: str) -> str:
    """A text without the backslashes that protect it; `\\n` ends a line."""
    return _ESCAPED.sub(lambda one: "\n" if one[1] == "n" else one[1], written).strip()


def _signs(text: str) -> list[tuple[int, str]]:
    """All characters that no backslash protects, with their places."""
    bare = _ESCAPED.sub("\x00\x00", text)
    return [(at, sign) for at, sign in enumerate(bare) if sign != "\x00"]


def _find(text: str, sign: str) -> int:
    return _ESCAPED.sub("\x00\x00", text).find(sign)


def _cut(text: str, sign: str) -> tuple[str, str, str]:
    """As `str.partition`, at the first one that no backslash protects."""
    at = _find(text, sign)
    return (text, "", "") if at < 0 else (text[:at], sign, text[at + len(sign) :])


def _lines(*parts: str) -> int:
    return sum(part.count("\n") for part in parts)
