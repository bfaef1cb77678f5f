"""Crash points stand on both sides of each vendor call, and the check sees where they do not."""

import ast
from pathlib import Path

import pytest

from libs.crashpoint import ROOT, calls
from tests.faults import gateways

GATEWAYS = sorted(ROOT.glob("*_service/**/*_gateway.py"))
GOOD = """
class Gateway:
    async def send(self, mail):
        client = await self._client()
        await reach("mail.before_send")
        answer = await client.send(mail)
        await reach("mail.after_send")
        return answer
    async def _client(self): return await library.connect()
    async def twice(self, mail):
        return await self.send(mail)
"""


def test_all_gateways_have_them() -> None:
    assert len(GATEWAYS) >= 3
    assert gateways.problems() == []


@pytest.mark.parametrize("path", GATEWAYS, ids=lambda path: path.name)
@pytest.mark.parametrize("side", [".before_", ".after_"])
def test_a_point_taken_away_is_missed(path: Path, side: str) -> None:
    source = path.read_text()
    lines = source.splitlines()
    for name, line in calls(ast.parse(source)):
        if side in name:
            indent = len(lines[line - 1]) - len(lines[line - 1].lstrip())
            lines[line - 1] = " " * indent + "pass"
    assert list(gateways.missing("\n".join(lines))) != []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('await reach("mail.before_send")', "pass"),
        ('await reach("mail.after_send")', "pass"),
        ("await self.send(mail)", "await library.send(mail)"),
        ("await self.send(mail)", "await asyncio.to_thread(library.send, mail)"),
        ("return await self.send(mail)", "async with library.open() as file: pass"),
    ],
)
def test_a_call_without_is_seen(old: str, new: str) -> None:
    assert list(gateways.missing(GOOD)) == []
    assert old in GOOD
    assert list(gateways.missing(GOOD.replace(old, new))) != []


def test_points_that_cannot_be_read_are_seen(tmp_path: Path) -> None:
    (tmp_path / "libs").mkdir()
    (tmp_path / "libs/one.py").write_text("import plans\n\nfar = plans.reach(1)\n")
    assert gateways.problems(tmp_path) == [
        'libs/one.py, line 3: write `await reach("a.literal_name")`'
    ]


def test_a_gateway_that_calls_nobody_is_seen() -> None:
    assert list(gateways.missing("async def send(): pass")) == [
        "awaits no vendor at all: is it a gateway?"
    ]
