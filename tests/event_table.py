"""The README's diagram and table of events, written from what the code publishes and consumes."""

import importlib
import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from libs.events.base import Event
from libs.migrate import SERVICES, TOPICS

README = Path(__file__).parents[1] / "README.md"
BEGIN, END = "<!-- events, by `make openapi` -->\n", "<!-- end of events -->\n"
ANSWERS = "privacy.events"
"""The topic of all services but the one that reads it."""


def handlers(service: str) -> Iterable[type[Event]]:
    """The events that a service's background process takes."""
    process = importlib.import_module(f"{service}.background")
    more = [getattr(process, name, {}) for name in ("HINTS", "OUTGOING")]
    found: Mapping[type[Event], object] = process.HANDLERS | more[0] | more[1]
    return found.keys()


def consumers() -> dict[type[Event], list[str]]:
    """Who takes each event, by the services' names."""
    found: dict[type[Event], list[str]] = {}
    for service in SERVICES:
        for event in handlers(service):
            found.setdefault(event, []).append(service)
    return found


def producers(topic: str) -> list[str]:
    """Who writes to a topic."""
    if topic == ANSWERS:
        return [service for service in SERVICES if service != "user_service"]
    return [f"{topic.partition('.')[0]}_service"]


def readme(events: Iterable[type[Event]]) -> str:
    """The README with its events as they are now."""
    text = README.read_text()
    before, rest = text.split(BEGIN)
    after = rest.split(END)[1]
    known = sorted(events, key=lambda event: (TOPICS.index(event.topic), event.__name__))
    return f"{before}{BEGIN}{_diagram(known)}\n{_table(known)}{END}{after}"


def _diagram(events: Iterable[type[Event]]) -> str:
    taken = consumers()
    edges = [
        f'    {_node(service)}["{service}"] --> {_node(topic)}[["{topic}"]]'
        for topic in TOPICS
        for service in producers(topic)
    ]
    edges.append("")
    pairs = {
        (TOPICS.index(event.topic), SERVICES.index(service))
        for event in events
        for service in taken.get(event, [])
    }
    edges += [
        f'    {_node(TOPICS[topic])} --> in{_node(SERVICES[service])}["{SERVICES[service]}"]'
        for topic, service in sorted(pairs)
    ]
    return "\n".join(["```mermaid", "flowchart LR", *edges, "```", ""])


def _node(name: str) -> str:
    return name.removesuffix("_service").replace(".", "")


def _table(events: Iterable[type[Event]]) -> str:
    taken = consumers()
    rows = ["| Topic | Event | What it says | Who consumes it |", "|---|---|---|---|"]
    for event in events:
        services = [name.removesuffix("_service") for name in taken.get(event, [])]
        cells = (f"`{event.topic}`", f"`{event.__name__}`", _says(event), ", ".join(services))
        rows.append(f"| {' | '.join(cells)} |".replace("|  |", "| nobody |"))
    return "\n".join([*rows, ""])


def _says(event: type[Event]) -> str:
    """The first sentence of its docstring."""
    words = " ".join((event.__doc__ or "").split())
    return re.split(r"\.(?: |$)|;", words)[0].replace("|", r"\|")
