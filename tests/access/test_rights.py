"""Walks the table of rights."""

import importlib
import importlib.util
from pathlib import Path
from typing import Any

import pytest

from tests.access.table import Row
from tests.stack import Stack

ROOT = Path(__file__).parents[2]
SERVICES = sorted(folder.parent.name for folder in ROOT.glob("*_service/app.py"))


def table(service: str) -> Any:
    return importlib.import_module(f"tests.access.{service}")


def rows() -> list[Any]:
    return [
        pytest.param(service, row, id=f"{service} {row.name}")
        for service in SERVICES
        if importlib.util.find_spec(f"tests.access.{service}")
        for row in table(service).ROWS
    ]


@pytest.mark.parametrize("service", SERVICES)
def test_u_a6_every_route_has_a_row(service: str) -> None:
    from tests.access.table import routes

    module = table(service)
    listed = [(row.method, row.path) for row in module.ROWS]
    assert len(listed) == len(set(listed)), "a route has two rows"
    assert set(listed) == routes(module.app_for_routes())


@pytest.mark.parametrize(("service", "row"), rows())
async def test_u_a6_rights(stack: Stack, service: str, row: Row) -> None:
    """Denials first, and they change nothing; then each right in a world of its own."""
    module = table(service)
    assert set(row.answers) >= module.CALLERS, f"every caller needs an answer: {module.CALLERS}"
    denied = {caller: status for caller, status in row.answers.items() if status >= 400}
    async with stack.passing(), module.world(stack) as world:
        before = await world.fingerprint()
        for caller, status in denied.items():
            answer = await world.ask(row, caller)
            assert answer.status_code == status, f"{caller}: {answer.text}"
            assert answer.headers["content-type"] == "application/problem+json"
            assert await world.fingerprint() == before, f"{caller} was denied, and yet changed data"
    for caller, status in row.answers.items():
        if caller not in denied:
            async with stack.passing(), module.world(stack) as world:
                answer = await world.ask(row, caller)
                assert answer.status_code == status, f"{caller}: {answer.text}"
