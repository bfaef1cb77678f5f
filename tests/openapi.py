"""Writes the documents that others read: OpenAPI per service, AsyncAPI, a schema per event, the
data map, and the README's table of events.

python -m tests.openapi            write them
python -m tests.openapi --check    fail if they are not what the code says
"""

import importlib
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from libs.app import write_openapi
from libs.events.base import REGISTRY, Envelope, Event
from tests import data_map, event_table

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"


def event_name(key: tuple[str, int]) -> str:
    """`studyzed.task.assigned.v1`."""
    return f"{key[0]}.v{key[1]}"


def published() -> dict[tuple[str, int], type[Event]]:
    """Every event of the platform, in order; not those that tests have made up."""
    for module in sorted((ROOT / "libs" / "events").glob("*.py")):
        importlib.import_module(f"libs.events.{module.stem}")
    found = sorted(REGISTRY.items(), key=lambda entry: entry[0])
    return {key: event for key, event in found if event.__module__.startswith("libs.events.")}


def event_schemas() -> dict[str, dict[str, Any]]:
    """JSON Schema of every event's data, by name."""
    return {event_name(key): event.data_schema() for key, event in published().items()}


def asyncapi(schemas: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """The events as one AsyncAPI 3.0 document (https://www.asyncapi.com/docs/reference)."""
    channels: dict[str, Any] = {}
    messages: dict[str, Any] = {}
    for key, event in published().items():
        name = event_name(key)
        channel = channels.setdefault(event.topic, {"address": event.topic, "messages": {}})
        channel["messages"][name] = {"$ref": f"#/components/messages/{name}"}
        messages[name] = {
            "name": event.type,
            "summary": (event.__doc__ or "").strip().splitlines()[0],
            "contentType": "application/cloudevents+json",
            "payload": {
                "allOf": [
                    {"$ref": "#/components/schemas/Envelope"},
                    {"type": "object", "properties": {"data": schemas[name]}},
                ]
            },
        }
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "StudyZed events",
            "version": "1.0.0",
            "description": "CloudEvents 1.0 in JSON over Kafka; a topic per service, keyed by "
            "`subject`. Readers ignore unknown fields and skip unknown types.",
        },
        "channels": channels,
        "operations": {
            f"send_{topic.partition('.')[0]}": {
                "action": "send",
                "channel": {"$ref": f"#/channels/{topic}"},
            }
            for topic in channels
        },
        "components": {"messages": messages, "schemas": {"Envelope": Envelope.model_json_schema()}},
    }


def services() -> list[str]:
    """The services with an HTTP face."""
    return sorted(path.parent.name for path in ROOT.glob("*_service/app.py"))


def documents() -> Iterator[tuple[Path, str]]:
    """Every file that is written from the code, and its text."""
    for service in services():
        app = importlib.import_module(f"tests.access.{service}").app_for_routes()
        yield DOCS / "openapi" / f"{service}.json", _text(write_openapi(app))
    schemas = event_schemas()
    for name, schema in schemas.items():
        yield DOCS / "events" / f"{name}.json", _text(schema)
    yield DOCS / "asyncapi.json", _text(asyncapi(schemas))
    yield DOCS / "data-map.md", data_map.document()
    yield event_table.README, event_table.readme(published().values())


def _text(document: dict[str, Any]) -> str:
    return json.dumps(document, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def main() -> int:
    """The command line; returns the exit status."""
    check = "--check" in sys.argv[1:]
    wanted = dict(documents())
    stale = [path for path, text in wanted.items() if not path.exists() or path.read_text() != text]
    stale += [
        path
        for folder in ("openapi", "events")
        for path in (DOCS / folder).glob("*.json")
        if path not in wanted
    ]
    if check:
        for path in stale:
            print(f"{path.relative_to(ROOT)} is not what the code says: run `make openapi`")  # noqa: T201
        return 1 if stale else 0
    for path, text in wanted.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    print(f"wrote {len(wanted)} documents")  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main())
