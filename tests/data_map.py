"""Writes `docs/data-map.md` from the services' data maps; `tests/openapi.py` keeps it current."""

import importlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from libs.data_map import DataMap, Fate, Held, Rule
from libs.migrate import SERVICES

HEAD = Path(__file__).with_suffix(".md")
"""What stands above the tables: what no list can say."""


def maps() -> Iterator[tuple[str, DataMap]]:
    """Every service with its map."""
    for service in SERVICES:
        yield service, importlib.import_module(f"{service}.privacy.data_map").STORES


def document() -> str:
    """The whole page."""
    return HEAD.read_text() + "".join(
        f"\n## {service}\n\n{_table(stores)}" for service, stores in maps()
    )


def _table(stores: DataMap) -> str:
    lines = [
        "| Store | What for | How long | Of people | Export | Erasure |",
        "|---|---|---|---|---|---|",
    ]
    lines += [_line(held) for held in sorted(stores, key=lambda held: held.store)]
    return "\n".join(lines) + "\n"


def _line(held: Held) -> str:
    cells = (
        f"`{held.store}`",
        held.purpose,
        held.retention,
        _names(held.personal) or "nothing but ids",
        _exports(held),
        _erasures(held),
    )
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _exports(held: Held) -> str:
    lists = [f"{rule.name}: {_names(rule.shown)}" for rule in held.rules if rule.shown]
    lists += [f"not {name}: {reason}" for name, reason in held.hidden.items()]
    return "; ".join(lists) or "nothing"


def _erasures(held: Held) -> str:
    told = [f"{rule.name}: {_fate(rule)}" for rule in held.rules]
    told += [f"{name} stays: {reason}" for name, reason in held.kept.items()]
    return "; ".join(told) or "nothing to erase"


def _fate(rule: Rule) -> str:
    if isinstance(rule.erase, Fate):
        return f"rows {rule.erase.value}"
    return f"{_names(rule.erase)} overwritten"


def _names(names: Mapping[str, Any] | tuple[str, ...]) -> str:
    return ", ".join(f"`{name}`" for name in names)
