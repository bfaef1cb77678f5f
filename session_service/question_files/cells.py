"""Lists and pairs in one cell of a table: `a|b`, `x=1|y=2`, `1=is/was|2=red`. A backslash protects
a sign that is meant as such.
"""

import re

from libs.spreadsheets import safe

_SPECIAL = re.compile(r"[\\|=/]")
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)


def join(parts: list[str], sign: str = "|") -> str:
    """One text from several that are protected already."""
    return sign.join(parts)


def protect(text: str) -> str:
    """A text in which no sign separates anything."""
    return _SPECIAL.sub(lambda one: "\\" + one[0], text)


def bare(text: str) -> str:
    """The text that was protected."""
    return _ESCAPED.sub(lambda one: one[1], text).strip()


def split(text: str, sign: str = "|") -> list[str]:
    """The parts of a text, protected still; none for an empty one."""
    if not text.strip():
        return []
    found, begun = [], 0
    hidden = _ESCAPED.sub("\x00\x00", text)
    for at, one in enumerate(hidden):
        if one == sign:
            found.append(text[begun:at])
            begun = at + 1
    return [*found, text[begun:]]


def pair(text: str) -> tuple[str, str]:
    """What stands before the first `=` and behind it, protected still."""
    first, *rest = split(text, "=") or [""]
    return first, "=".join(rest)


def guard(text: str) -> str:
    """A cell that no spreadsheet takes for a formula, and that can be told from what it was."""
    return f"'{text}" if text.startswith("'") else safe(text)


def unguard(cell: str) -> str:
    """What was guarded."""
    rest = cell[1:]
    return rest if cell.startswith("'") and guard(rest) == cell else cell
