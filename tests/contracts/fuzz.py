"""Schemathesis over a service that really runs: its whole API by its own OpenAPI document.

Requests come over a socket, with the tokens of the service's world in the table of rights in turn,
and its real ids in place of every other made-up one, so that they reach what lies behind a 404.
"""

import itertools
import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import schemathesis
from schemathesis import Case, CheckContext, Response
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import events, from_schema

SEED = 20_261_122
CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "problem_conformance",
)
ANYWHERE = (400, 405, 413, 415)
"""Refusals of any request at any route; others must stand in the route's `responses`."""
FRAMING = ("Content-Length", "Transfer-Encoding")
"""Made-up ones are no HTTP: the server itself refuses them in plain text, before any route."""
PROBLEM = {"type", "title", "status", "detail", "code", "trace_id"}


@schemathesis.check
def problem_conformance(_: CheckContext, response: Response, case: Case[Any]) -> None:
    """X-A3: every refusal is problem+json with a code and a trace id."""
    if response.status_code < 400:
        return
    listed = case.operation.definition.raw["responses"].keys()
    # Another method than the operation's may be that of a route with a parameter in this place.
    elsewhere = str(response.request.method).upper() != case.operation.label.split()[0].upper()
    known = str(response.status_code) in listed or response.status_code in ANYWHERE
    assert known or elsewhere, (
        f"{response.status_code} is not documented: {response.content[:200]!r}"
    )
    told = response.headers.get("content-type", [""])[0]
    assert told == "application/problem+json", f"{response.status_code} as {told!r}"
    body = json.loads(response.content)
    assert body.keys() >= PROBLEM, f"a problem lacks {PROBLEM - body.keys()}"
    assert body["status"] == response.status_code
    assert body["trace_id"] == response.headers["x-trace-id"][0]


@dataclass
class Found:
    """What a run has done and found."""

    cases: int = 0
    statuses: Counter[int] = field(default_factory=Counter)
    operations: dict[str, set[int]] = field(default_factory=dict)
    faults: dict[str, str] = field(default_factory=dict)


@dataclass
class Fuzz:
    """One service under test: where it is, who calls it, and what exists in it."""

    document: Mapping[str, Any]
    url: str
    callers: Sequence[Mapping[str, str]]
    values: Mapping[str, Any]
    examples: int
    steps: int
    turns: Iterator[int] = field(default_factory=itertools.count)

    def run(self) -> Found:
        """Runs all phases; blocks."""
        schema = schemathesis.openapi.from_dict(
            {**self.document, "servers": [{"url": "/"}]}, config=self._config()
        )
        found, RUNS[self.url] = Found(), self
        for event in from_schema(schema).execute():
            self._note(event, found)
        return found

    def _config(self) -> SchemathesisConfig:
        examples = {"max-examples": self.examples}
        return SchemathesisConfig.from_dict(
            {
                "seed": SEED,
                "base-url": self.url,
                "continue-on-failure": True,
                "request-timeout": 20,
                "generation": {"deterministic": True, "database": "none", **examples},
                "checks": {"enabled": False} | {name: {"enabled": True} for name in CHECKS},
                "phases": {"stateful": {"generation": examples, "max-steps": self.steps}},
            }
        )

    def prepare(self, case: Case[Any]) -> None:
        """Makes a request the next caller's, and every other round one for what exists."""
        turn = next(self.turns)
        for name in ("Authorization", *FRAMING):
            case.headers.pop(name, None)
        case.headers.update(self.callers[turn % len(self.callers)])
        if (turn // len(self.callers)) % 2:
            self._make_real(case)

    def _make_real(self, case: Case[Any]) -> None:
        """Puts what exists where a parameter or field has its name."""
        places = (case.path_parameters, case.query, case.body)
        for place in places:
            if isinstance(place, dict):
                place.update({k: str(v) for k, v in self.values.items() if k in place})

    def _note(self, event: Any, found: Found) -> None:
        if isinstance(event, events.NonFatalError):
            found.faults[f"error in {event.label}"] = str(event.info.format())
        elif isinstance(event, events.FatalError):
            raise event.exception
        elif isinstance(event, events.ScenarioFinished):
            for node in event.recorder.interactions.values():
                self._count(node, found)
            for case_id, checks in event.recorder.checks.items():
                for check in checks:
                    if check.failure_info is not None:
                        self._fault(event, case_id, check, found)

    def _count(self, node: Any, found: Found) -> None:
        found.cases += 1
        if node.response is not None:
            found.statuses[node.response.status_code] += 1

    def _fault(self, event: Any, case_id: str, check: Any, found: Found) -> None:
        case = event.recorder.cases[case_id].value
        failure = check.failure_info.failure
        name = f"{case.operation.label}: {check.name}: {failure.title}"
        found.faults.setdefault(name, f"{failure.message}\n{check.failure_info.code_sample}")


RUNS: dict[str, Fuzz] = {}
"""The runs by the service's address: a hook before the call can only be a global one."""


@schemathesis.hook
def before_call(_: Any, case: Case[Any], kwargs: dict[str, Any]) -> None:
    """Hands a request to its run."""
    RUNS[str(case.operation.schema.config.base_url)].prepare(case)


def lines(found: Found) -> Iterator[str]:
    """What was found, to be read."""
    for name, text in sorted(found.faults.items()):
        yield f"{name}\n    " + text.replace("\n", "\n    ")
