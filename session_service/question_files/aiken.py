"""Aiken (https://docs.moodle.org/en/Aiken_format): single choice, a line for each option.

What is 2 + 2?
A. Three
B. Four
ANSWER: B
"""

import re
from string import ascii_uppercase

from session_service.question_files.reading import Reading, Wrong, lines_of, options
from session_service.question_rules.contents import AnyContent, SingleContent
from session_service.question_rules.keys import AnyKey, SingleKey

_OPTION = re.compile(r"([A-Z])[.)]\s*(.*)")
_ANSWER = re.compile(r"ANSWER:\s*([A-Za-z])\s*")


def read(text: str) -> Reading:
    """The questions of a file. After an error it goes on behind the next `ANSWER:` line."""
    made, block = Reading(), list[tuple[int, str]]()
    try:
        for number, line in enumerate(lines_of(text), 1):
            if line.strip():
                block.append((number, line.strip()))
            if _ANSWER.fullmatch(line.strip()) or line.strip().startswith("ANSWER:"):
                _end(made, block)
                block = []
        if block:
            made.error(block[0][0], "answer_missing", "a line `ANSWER: …` is missing")
    except Wrong as wrong:
        made.fail(wrong)
    return made


def _end(made: Reading, block: list[tuple[int, str]]) -> None:
    first, (last, answer) = block[0][0], block[-1]
    prompt: list[str] = []
    texts: list[str] = []
    for number, line in block[:-1]:
        option = _OPTION.fullmatch(line)
        if option is None and texts:
            made.error(number, "option_expected", "an option begins as in `A. ` or `A) `")
            return
        if option is None:
            prompt.append(line)
        elif option[1] != ascii_uppercase[len(texts) % 26]:
            made.error(number, "option_out_of_order", "options go by A, B, C and so on")
            return
        else:
            texts.append(option[2])
    right = _ANSWER.fullmatch(answer)
    if right is None or right[1].upper() not in ascii_uppercase[: len(texts)]:
        made.error(last, "answer_unknown", "the answer must be the letter of an option")
        return
    key = {"type": "single", "right": f"o{ascii_uppercase.index(right[1].upper()) + 1}"}
    content = {"type": "single", "prompt": "\n".join(prompt), "options": options(texts)}
    made.take(first, {"content": content, "key": key})


def write(content: AnyContent, key: AnyKey) -> str | None:
    """One question; `None` for what Aiken cannot hold."""
    if not isinstance(content, SingleContent) or not isinstance(key, SingleKey):
        return None
    texts = [one.text for one in content.options]
    prompt = content.prompt.split("\n")
    safe = all(_is_plain(line) for line in prompt) and not any("\n" in one for one in texts)
    if not safe or any(one != one.strip() or lines_of(one) != [one] for one in texts):
        return None
    right = [one.id for one in content.options].index(key.right)
    rows = [f"{letter}. {one}" for letter, one in zip(ascii_uppercase, texts, strict=False)]
    return "\n".join([*prompt, *rows, f"ANSWER: {ascii_uppercase[right]}"]) + "\n"


def _is_plain(line: str) -> bool:
    special = _OPTION.fullmatch(line) or line.startswith("ANSWER:")
    return bool(line.strip()) and line == line.strip() and not special and "\r" not in line
