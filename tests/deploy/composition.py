"""compose.yaml as Docker Compose reads it, as far as our file needs that: `${...}` and secrets."""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml  # type: ignore[import-untyped]  # no stubs in the lock

ROOT = Path(__file__).parents[2]
SECRET = re.compile(r"(PASSWORD|SECRET|CREDENTIALS|_KEY)($|_KEY$)")
_REFERENCE = re.compile(r"\$\$|\$\{(?P<name>\w+)(?:(?P<how>:[-+?])(?P<word>[^{}]*))?\}")

JSON_KEY = '{"type": "service_account"}'
FILLED = {
    "STUDYZED_PUBLIC_URL": "https://studyzed.example",
    "STUDYZED_FILES_URL": "https://files.studyzed.example",
    "NOTIFICATION_FCM_PROJECT": "studyzed-example",
    "NOTIFICATION_FCM_CREDENTIALS": JSON_KEY,
    "PAYMENT_STRIPE_SECRET_KEY": "sk_live_" + "made0up0in0this0test",  # pragma: allowlist secret
    "PAYMENT_STRIPE_WEBHOOK_SECRET": "whsec_" + "made0up0in0this0test",  # pragma: allowlist secret
}
"""What an operator would write where openssl's word does not do."""


@cache
def services() -> dict[str, dict[str, Any]]:
    """All services, anchors resolved and `${...}` left as it stands."""
    read = yaml.safe_load((ROOT / "compose.yaml").read_text())
    return dict(read["services"])


@cache
def networks() -> dict[str, dict[str, Any]]:
    """All networks, `${...}` left as it stands."""
    return dict(yaml.safe_load((ROOT / "compose.yaml").read_text())["networks"])


def ours() -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Name, Python package and description of the containers that run our own images."""
    for name, service in services().items():
        if found := re.match(r"studyzed/(\w+):", service["image"]):
            yield name, found[1], service


def example() -> dict[str, str]:
    """The variables of deploy/env.example."""
    lines = (ROOT / "deploy/env.example").read_text().splitlines()
    pairs = (line.split("=", 1) for line in lines if line and not line.startswith("#"))
    return {name: value.strip("'") for name, value in pairs}


def filled() -> dict[str, str]:
    """deploy/env.example as an operator fills it in, with strong made-up secrets."""
    words = (f"{number:02d}made0up4this0test8only2abcdefghij" for number in range(99))
    return {name: value or FILLED.get(name) or next(words) for name, value in example().items()}


def references(value: str) -> Iterator[tuple[str, str]]:
    """The name and the operator (`:-`, `:+`, `:?` or none) of each `${...}`."""
    for found in _REFERENCE.finditer(value):
        if found["name"]:
            yield found["name"], found["how"] or ""


def substitute(value: str, variables: Mapping[str, str]) -> str:
    """The value with `${...}` replaced. Raises KeyError for a missing variable that must be set."""

    def one(found: re.Match[str]) -> str:
        if not found["name"]:
            return "$"
        given = variables.get(found["name"], "")
        if found["how"] == ":+":
            return str(found["word"]) if given else ""
        if given or found["how"] == ":-":
            return given or str(found["word"])
        if found["how"] == ":?":
            raise KeyError(found["name"])
        return ""

    return _REFERENCE.sub(one, value)


def environment(service: Mapping[str, Any], variables: Mapping[str, str]) -> dict[str, str]:
    """What a container's process finds in its environment."""
    found = service.get("environment", {})
    return {name: substitute(value, variables) for name, value in found.items()}


def strings(value: Any) -> Iterator[str]:
    """All strings in a part of the file."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for part in value.values():
            yield from strings(part)
    elif isinstance(value, list | tuple):
        for part in value:
            yield from strings(part)
