"""`python -m tests.faults.gateways`: no vendor is called without a crash point on both sides.

In each `*_gateway.py`, and in `libs/objects.py`, whatever a function awaits that is not the
module's own is a vendor's: before the first such call and after the last one the function must
await `reach`, with names that hold `.before_` and `.after_`.
A client's making and closing change nothing at the vendor.
"""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

from libs.crashpoint import ROOT, calls, is_point, points

EXEMPT = {"close", "_client"}
OUR_OWN = {"asyncio.sleep"}
OF_ALL = "libs/objects.py"
"""The only gateway that services share."""


def missing(source: str) -> Iterator[str]:
    """What a gateway's source lacks, one line for each function; a gateway calls somebody."""
    tree = ast.parse(source)
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.AsyncFunctionDef)]
    own = {node.name for node in ast.walk(tree) if isinstance(node, FUNCTIONS)}
    found = False
    for function in functions:
        lines = sorted(_vendor_calls(function, own))
        if not lines or function.name in EXEMPT:
            continue
        found = True
        points = list(calls(function))
        before = [line for name, line in points if ".before_" in name]
        after = [line for name, line in points if ".after_" in name]
        if not any(line < lines[0] for line in before):
            yield f"line {lines[0]}: {function.name} awaits a vendor without a point before it"
        if not any(line > lines[-1] for line in after):
            yield f"line {lines[-1]}: {function.name} awaits a vendor without a point after it"
    if not found:
        yield "awaits no vendor at all: is it a gateway?"


FUNCTIONS = (ast.AsyncFunctionDef, ast.FunctionDef)


def _vendor_calls(function: ast.AsyncFunctionDef, own: set[str]) -> Iterator[int]:
    for node in ast.walk(function):
        if isinstance(node, ast.AsyncFor) or (
            isinstance(node, ast.AsyncWith) and not _all_own(node)
        ):
            yield node.lineno
        if not isinstance(node, ast.Await) or is_point(node.value) or _is_own(node.value, own):
            continue
        yield node.end_lineno or node.lineno


def _all_own(node: ast.AsyncWith) -> bool:
    """Whether an `async with` is a lock or a time-out of ours."""
    words = [ast.unparse(item.context_expr) for item in node.items]
    return all(word.startswith(("asyncio.timeout(", "self._making")) for word in words)


def _is_own(node: ast.expr, own: set[str]) -> bool:
    if not isinstance(node, ast.Call):
        return False
    word = ast.unparse(node.func)
    return word in OUR_OWN or word in own or word.removeprefix("self.") in own


def problems(root: Path = ROOT) -> list[str]:
    """What all gateways of a source tree lack; or why its crash points cannot be read."""
    try:
        points(root)
    except ValueError as error:
        return [str(error)]
    return [
        f"{file.relative_to(root)}: {line}"
        for file in sorted([root / OF_ALL, *root.glob("*_service/**/*_gateway.py")])
        for line in missing(file.read_text())
    ]


if __name__ == "__main__":
    sys.exit("\n".join(problems()) or None)
