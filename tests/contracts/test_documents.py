"""What others build on is written down, and changes only in ways that they can follow."""

import json
import re
from typing import Any

import pytest

from libs.migrate import SERVICES
from tests import event_table
from tests.event_table import handlers
from tests.openapi import DOCS, documents, event_schemas, published

README = event_table.README.read_text()


@pytest.mark.parametrize("name", sorted(event_schemas()))
def test_x_a2_event_schema_is_kept(name: str) -> None:
    """A change of an event is seen in review; a breaking one is a new version."""
    kept: dict[str, Any] = json.loads((DOCS / "events" / f"{name}.json").read_text())
    assert event_schemas()[name] == kept


def test_x_a2_documents_are_current() -> None:
    stale = [path.name for path, text in documents() if path.read_text() != text]
    assert stale == []


def test_x_a2_the_readme_names_every_event_with_those_who_consume_it() -> None:
    rows = re.findall(r"^\| `(\w+\.events)` \| `(\w+)` \|.*\| ([^|]+) \|$", README, re.MULTILINE)
    taken: dict[tuple[str, str], set[str]] = {
        (event.topic, event.__name__): set() for event in published().values()
    }
    for service in SERVICES:
        for event in handlers(service):
            taken[event.topic, event.__name__].add(service.removesuffix("_service"))
    shown = {(topic, name): set(who.split(", ")) - {"nobody"} for topic, name, who in rows}
    assert shown == taken
    arrows = set(re.findall(r"^    (\w+)events --> in(\w+)\[", README, re.MULTILINE))
    edges = {(topic.split(".")[0], name) for (topic, _), names in taken.items() for name in names}
    assert arrows == edges


def test_only_user_events_carry_personal_data() -> None:
    personal = re.compile(r"name|mail|phone|locale|zone|body|comment|reason")
    for (name, _), event in published().items():
        found = {field for field in event.data_schema()["properties"] if personal.search(field)}
        assert not found or event.topic == "user.events", f"{name} carries {found}"


def test_x1_operation_ids_are_stable_words() -> None:
    for path, text in documents():
        if path.parent.name != "openapi":
            continue
        document = json.loads(text)
        ids = [
            operation["operationId"]
            for methods in document["paths"].values()
            for operation in methods.values()
        ]
        assert len(ids) == len(set(ids))
        assert all(re.fullmatch(r"[a-z]+(_[a-z0-9]+)+", name) for name in ids), ids


def test_x_a3_every_operation_documents_what_any_request_may_get() -> None:
    """The app's `default` response would hide a status that a route forgets to name."""
    missing = []
    for path, text in documents():
        if path.parent.name != "openapi":
            continue
        for place, methods in json.loads(text)["paths"].items():
            for method, operation in methods.items():
                takes = operation.get("parameters") or "requestBody" in operation
                needed = {"422"} if takes else set()
                needed |= {"401"} if operation.get("security") else set()
                if not needed <= operation["responses"].keys():
                    missing.append(f"{path.stem}: {method} {place}")
    assert missing == []
