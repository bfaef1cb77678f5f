"""X18: the data maps speak of every table and collection, every field, and nothing else."""

import importlib
import re
from pathlib import Path

import pytest
from sqlalchemy import MetaData

from libs import idempotency, inbox
from libs.data_map import Fate, Held, Rule
from libs.migrate import SERVICES, has_migrations
from tests.data_map import maps

ROOT = Path(__file__).parents[2]
MAPS = dict(maps())
ON_POSTGRES = [service for service in SERVICES if has_migrations(service)]
ON_MONGO = [service for service in SERVICES if not has_migrations(service)]
COLLECTION = re.compile(r"""(?:session|database|mongo\.database)\["(\w+)"\]""")


def tables(service: str) -> dict[str, set[str]]:
    """Columns by table, as a service's migrations are checked against."""
    source = (ROOT / service / "migrations/env.py").read_text()
    for module in re.findall(rf"^import ({service}\.\w+\.models)", source, re.MULTILINE):
        importlib.import_module(module)
    known: list[MetaData] = [importlib.import_module(f"{service}.base").Base.metadata]
    known.append(inbox.INBOX.metadata)
    if "idempotency.METADATA" in source:
        known.append(idempotency.METADATA)
    return {
        table.name: set(table.columns.keys())
        for metadata in known
        for table in metadata.tables.values()
    }


@pytest.mark.parametrize("service", ON_POSTGRES)
def test_x18_every_table_and_column_has_an_entry(service: str) -> None:
    stores = MAPS[service]
    assert {held.store: held.fields for held in stores} == tables(service)


@pytest.mark.parametrize("service", ON_MONGO)
def test_x18_every_collection_has_an_entry(service: str) -> None:
    """Fields of documents are compared by the end-to-end test, which has documents."""
    files = [*(ROOT / service).rglob("*.py"), *(ROOT / "libs").glob("mongo*.py")]
    named = {name for file in files for name in COLLECTION.findall(file.read_text())}
    assert {held.store for held in MAPS[service]} == named


@pytest.mark.parametrize("service", SERVICES)
def test_x18_entries_say_what_becomes_of_every_field(service: str) -> None:
    faults = [fault for held in MAPS[service] for fault in held.faults()]
    assert faults == []
    names = [rule.name for held in MAPS[service] for rule in held.rules]
    assert len(names) == len(set(names)), "lists of one part have names of their own"
    assert len({held.store for held in MAPS[service]}) == len(MAPS[service])


def test_x18_an_entry_that_forgets_a_field_is_found() -> None:
    def held(*rules: Rule, **other: dict[str, str]) -> list[str]:
        made = Held("t", "", "", other=("id",), personal=("name",), rules=rules, **other)  # type: ignore[arg-type]
        return sorted(made.faults())

    unseen = "t.name is in no export, and `hidden` does not say why"
    outlives = "t.name outlives an erasure, and `kept` does not say why"
    assert held() == [unseen, outlives]
    assert held(Rule("t", "true", ("name",), Fate.KEPT)) == [outlives]
    assert held(Rule("t", "true", ("name",), {"id": "1"})) == [outlives]
    assert held(Rule("t", "true")) == [unseen]
    assert held(Rule("t", "true", ("name",))) == []
    assert held(Rule("t", "true", (), {"name": "''"}), hidden={"name": "a secret"}) == []
    assert held(Rule("t", "true", ("nam", "name"))) == ["t.nam is no field"]
